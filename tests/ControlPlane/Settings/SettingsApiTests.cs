using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace StreamClips.ControlPlane.Tests.Settings;

/// <summary>Settings over HTTP.</summary>
[Category("Slow")]
public sealed class SettingsApiTests : ControlPlaneFixture
{
    [Test]
    public async Task Defaults_are_put_by_their_version_listed_and_put_back()
    {
        using var none = await _control.Http.GetAsync("/settings");
        Assert.That(none.Headers.ETag!.Tag, Does.StartWith("\"0."));
        var (status, first) = await SendAsync(HttpMethod.Put, "/settings", """{"surge_threshold":3}""", "\"0\"");
        Assert.That((status, first["version"]!.GetValue<long>(), first["settings"]!["keep_clips_days"]!.GetValue<double>()), Is.EqualTo((200, 1L, 0d)));
        (status, _) = await SendAsync(HttpMethod.Put, "/settings", """{"surge_threshold":4}""", "\"0\"");
        Assert.That(status, Is.EqualTo(412), "it was made from an older one");
        await SendAsync(HttpMethod.Put, "/settings", """{"surge_threshold":4,"quality":"worst"}""", "\"1\"");

        (status, var back) = await SendAsync(HttpMethod.Post, "/settings/rollback", """{"version":1}""", "\"2\"");
        Assert.That((status, back["version"]!.GetValue<long>(), back["settings"]!["surge_threshold"]!.GetValue<double>()), Is.EqualTo((200, 3L, 3d)));
        var page = await _control.GetAsync("/settings/versions?limit=2");
        Assert.That(page["items"]!.AsArray().Select(v => (v!["version"]!.GetValue<long>(), v["restores"]?.GetValue<long>(), v["by"]!.ToString())), Is.EqualTo(new (long, long?, string)[] { (3, 1, "admin"), (2, null, "admin") }));
        Assert.That(page["items"]![0]!["changes"]!.AsArray().Select(c => $"{c!["setting"]} {c["before"]} {c["after"]}"), Is.EqualTo(new[] { "surge_threshold 4 3", "quality worst best" }));
        var next = await _control.GetAsync($"/settings/versions?limit=2&cursor={page["next"]}");
        Assert.That(next["items"]!.AsArray().Single()!["version"]!.GetValue<long>(), Is.EqualTo(1));
        Assert.That((await _control.GetAsync("/settings/versions/2"))["settings"]!["quality"]!.ToString(), Is.EqualTo("worst"));
        Assert.That((await _control.Http.GetAsync("/settings/versions/9")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_streamer_shows_each_value_with_its_source_and_null_takes_an_override_away()
    {
        var id = await _control.AddStreamerAsync("alpha", active: false, settings: new { clip_duration = 30, quality = "worst" });
        await SendAsync(HttpMethod.Put, "/settings", """{"quality":"720p","surge_threshold":3}""");

        var shown = await _control.GetAsync($"/streamers/{id}/settings");
        Assert.That(Of(shown, "clip_duration"), Is.EqualTo(("30", "override", "60", "restart")));
        Assert.That(Of(shown, "surge_threshold"), Is.EqualTo(("3", "default", "3", "live")));
        Assert.That(Of(shown, "keep_clips_days"), Is.EqualTo(("0", "default", "0", "none")));
        Assert.That((shown["version"]!.GetValue<long>(), shown["defaults_version"]!.GetValue<long>(), shown["process"]), Is.EqualTo((1L, 1L, (JsonNode?)null)));

        var (status, put) = await SendAsync(HttpMethod.Put, $"/streamers/{id}/settings", """{"clip_duration":45,"quality":null}""", "\"1\"");
        Assert.That((status, put["overrides"]!.ToJsonString()), Is.EqualTo((200, """{"clip_duration":45}""")));
        Assert.That(Of(put, "quality"), Is.EqualTo(("720p", "default", "720p", "restart")));
        (status, put) = await SendAsync(HttpMethod.Post, $"/streamers/{id}/settings/rollback", """{"version":1}""");
        Assert.That((status, put["version"]!.GetValue<long>(), Of(put, "quality").Source), Is.EqualTo((200, 3L, "override")));
        Assert.That((await _control.GetAsync($"/streamers/{id}/settings/versions"))["items"]!.AsArray(), Has.Count.EqualTo(3));
        Assert.That((await _control.GetAsync($"/streamers/{id}"))["version"]!.GetValue<long>(), Is.EqualTo(3), "the streamer changed with it");
    }

    [Test]
    public async Task Every_fault_is_named_at_once_and_what_is_not_there_is_told()
    {
        var id = await _control.AddStreamerAsync("alpha", active: false);
        var (status, problem) = await SendAsync(HttpMethod.Put, $"/streamers/{id}/settings", """{"clip_duration":"long","zoom":1}""");
        Assert.That((status, string.Join(',', problem["errors"]!.AsObject().Select(e => e.Key))), Is.EqualTo((400, "clip_duration,zoom")));
        (status, problem) = await SendAsync(HttpMethod.Post, "/settings/rollback", """{"version":0,"why":"x"}""");
        Assert.That((status, string.Join(',', problem["errors"]!.AsObject().Select(e => e.Key))), Is.EqualTo((400, "version,why")));
        foreach (var path in (string[])[$"/streamers/{Guid.NewGuid()}/settings", $"/streamers/{Guid.NewGuid()}/settings/versions", $"/streamers/{id}/settings/versions/7"])
            Assert.That((await _control.Http.GetAsync(path)).StatusCode, Is.EqualTo(HttpStatusCode.NotFound), path);
        Assert.That((await SendAsync(HttpMethod.Post, "/settings/rollback", """{"version":5}""")).Status, Is.EqualTo(404));
        Assert.That((await SendAsync(HttpMethod.Put, $"/streamers/{Guid.NewGuid()}/settings", "{}")).Status, Is.EqualTo(404));
    }

    private static (string Value, string Source, string Default, string Effect) Of(JsonNode shown, string setting) =>
        shown["settings"]![setting]! is var s ? (s["value"]!.ToString(), s["source"]!.ToString(), s["default"]!.ToString(), s["effect"]!.ToString()) : default;

    private async Task<(int Status, JsonNode Answer)> SendAsync(HttpMethod method, string path, string body, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var response = await _control.Http.SendAsync(request);
        return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonNode>())!);
    }
}
