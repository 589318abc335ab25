using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StreamClips.Testing;

namespace StreamClips.EndToEnd.Tests;

/// <summary>Settings on their way from the API through a real agent to a real worker.</summary>
[TestFixture]
[Category("Slow")]
internal sealed class SettingsTests
{
    [Test]
    public async Task A_change_reaches_the_worker_that_runs_at_once_or_between_two_clips_and_no_process_is_started_for_it()
    {
        using var directory = new TemporaryDirectory();
        await using var demo = await DemoRun.StartReadyAsync(directory.Path);
        await demo.EventAsync("channel.live", e => e["streamer"]!.ToString() == "alpha", 120);
        var before = (await demo.Api.ProcessAsync("alpha"))!;
        var path = $"/streamers/{before["streamer_id"]}/settings";
        var own = (await ReadAsync(demo, path))["overrides"]!.AsObject();

        own["surge_threshold"] = 3.5;
        await PutAsync(demo, path, own);
        await TakenUpAsync(demo, path, "surge_threshold 2.5 → 3.5");
        own["quality"] = "worst";
        own["surge_threshold"] = 2.5;
        await PutAsync(demo, path, own);
        await TakenUpAsync(demo, path, "surge_threshold 3.5 → 2.5, quality best → worst");

        var after = (await demo.Api.ProcessAsync("alpha"))!;
        Assert.That(Identity(after), Is.EqualTo(Identity(before)), "the same process, and the same pid");
        await Eventually.TrueAsync(async () => (await demo.Api.ProcessAsync("alpha"))?["baseline_rate"]!.GetValue<double>() > 0, "the new session decides", 240);
        await demo.Site.SurgeAsync("alpha");
        await demo.EventAsync("clip.saved", e => e["streamer"]!.ToString() == "alpha", 240);
        Assert.That(await demo.StopAsync(), Is.Zero, demo.Errors);
    }

    private static string Identity(JsonObject process) => $"{process["id"]} {process["epoch"]} {process["pid"]} {process["restarts"]}";

    private static async Task<JsonNode> ReadAsync(DemoRun demo, string path) => JsonNode.Parse(await demo.Api.Http.GetStringAsync(path))!;

    private static async Task PutAsync(DemoRun demo, string path, JsonObject settings)
    {
        using var response = await demo.Api.Http.PutAsJsonAsync(path, settings);
        Assert.That(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static Task TakenUpAsync(DemoRun demo, string path, string change) => Eventually.TrueAsync(
        async () => (await ReadAsync(demo, path))["process"] is JsonObject p && p["change"]!.ToString() == change && p["behind"]!.GetValue<bool>() is false, $"the worker works by {change}", 240);
}
