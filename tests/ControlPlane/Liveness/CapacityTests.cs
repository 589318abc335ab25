using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Liveness;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Liveness;

[Category("Slow")]
public sealed class CapacityTests
{
    [Test]
    public async Task A_node_for_two_watches_the_two_of_five_that_are_live_and_another_as_soon_as_it_goes_live()
    {
        await using var site = await Site.StartAsync(["bea", "dan"], ["ann", "cid", "eve"]);
        await using var control = await TestControlPlane.StartAsync(change: o => o with { Liveness = site.Options(helix: false) });
        await using var agent = await FakeAgent.ConnectAsync(control, capacity: 2);
        foreach (var name in (string[])["ann", "bea", "cid", "dan", "eve"]) await control.AddStreamerAsync(name);

        var desired = await agent.DesiredAsync(d => d.Assignments.Count == 2);
        Assert.That(desired.Assignments.Select(a => a.Streamer), Is.EquivalentTo((string[])["bea", "dan"]));
        var ann = await StreamerAsync(control, "ann", s => s["live"]?.GetValue<bool>() == false && s["waiting"]!.ToString().StartsWith("offline", StringComparison.Ordinal), "it is known to be offline");
        Assert.That(ann["waiting"]!.ToString(), Does.Match("^offline; next look at [0-9]{2}:[0-9]{2}:[0-9]{2}$"));
        Assert.That(ann["next_look_at"], Is.Not.Null);
        Assert.That(await NamesAsync(control, "?live=true"), Is.EqualTo((string[])["bea", "dan"]));
        await Eventually.TrueAsync(async () => (await NamesAsync(control, "?live=false")).SequenceEqual((string[])["ann", "cid", "eve"]), "the others are known to be offline");
        Assert.That(await control.Http.GetStringAsync("/app"), Does.Contain("offline; next look at"));

        // Its worker waits itself, and its platform says so: the place is free for who goes live.
        await site.ControlAsync("channels/bea/offline");
        await site.ControlAsync("channels/eve/online");
        var bea = desired.Assignments.Single(a => a.Streamer == "bea");
        await agent.StatusAsync(desired.Revision, Running(bea, "waiting"), Running(desired.Assignments.Single(a => a.Streamer == "dan"), "watching"));
        await LookNowAsync(control);
        await StreamerAsync(control, "bea", s => s["live"]?.GetValue<bool>() == false, "its platform says that it is offline");
        await StreamerAsync(control, "eve", s => s["live"]?.GetValue<bool>() == true, "its platform says that it is live");
        await control.ExecuteAsync("update live_status set changed_at = changed_at - interval '2 minutes'");
        control.Get<ChangeSignal>().Set(Topic.Planning);

        var next = await agent.DesiredAsync(d => d.Assignments.Any(a => a.Streamer == "eve"));
        Assert.That(next.Assignments.Select(a => a.Streamer), Is.EquivalentTo((string[])["dan", "eve"]));
    }

    [Test]
    public async Task An_outage_and_a_lie_end_nothing_and_what_was_known_stays_with_its_age()
    {
        await using var site = await Site.StartAsync(["ann"], ["bea"]);
        await using var control = await TestControlPlane.StartAsync(change: o => o with { Liveness = site.Options(helix: true) });
        await using var agent = await FakeAgent.ConnectAsync(control);
        foreach (var name in (string[])["ann", "bea"]) await control.AddStreamerAsync(name);
        var desired = await agent.DesiredAsync(d => d.Assignments.Count == 1);
        var ann = desired.Assignments.Single();
        await agent.StatusAsync(desired.Revision, Running(ann, "watching"));
        var known = await StreamerAsync(control, "bea", s => s["live"]?.GetValue<bool>() == false, "it is known to be offline");

        await site.ControlAsync("helix", new { limit = 0 });
        await LookNowAsync(control);
        var silent = await StreamerAsync(control, "bea", s => s["live_fault"]?.ToString().Contains("429", StringComparison.Ordinal) == true, "the platform does not answer");
        Assert.That(silent["live_checked_at"]!.ToString(), Is.EqualTo(known["live_checked_at"]!.ToString()), "the age of what is known");
        Assert.That(silent["live"]!.GetValue<bool>(), Is.False);
        Assert.That(control.Get<IEnumerable<PlatformLooks>>().Single(p => p.Platform == "twitch").PausedUntil, Is.GreaterThan(TimeProvider.System.GetUtcNow()), "it is left alone");
        await StaysAsync();

        // Somebody sets it right, and it says of nobody that they are live.
        await site.ControlAsync("helix", new { answers = "empty" });
        await control.ExecuteAsync("update live_status set next_look_at = 'epoch'");
        var looks = new PlatformLooks(new TwitchHelix(control.Get<StatusHttp>(), site.Options(true).TwitchHelix, site.Options(true).TwitchAuth, site.Options(true).TwitchClient!, TimeProvider.System),
            control.Get<LivenessStore>(), TimeProvider.System, new Random(1), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        Assert.That(await looks.RunOnceAsync(CancellationToken.None), Is.EqualTo(2));
        await StreamerAsync(control, "ann", s => s["live"]?.GetValue<bool>() == false, "the lie is known");
        await control.ExecuteAsync("update live_status set changed_at = changed_at - interval '2 minutes'");
        await StaysAsync();

        async Task StaysAsync()
        {
            await control.Get<StreamClips.ControlPlane.Assignments.AssignmentLoop>().RunOnceAsync(CancellationToken.None);
            Assert.That(await control.ScalarAsync<Guid>("select id from process where wished = 'run'"), Is.EqualTo(Guid.Parse(ann.ProcessId)));
        }
    }

    [Test]
    public async Task A_streamer_of_another_address_or_again_active_is_looked_at_anew_and_an_inactive_one_is_not()
    {
        await using var control = await TestControlPlane.StartAsync();
        var id = await control.AddStreamerAsync("ann");
        var store = control.Get<LivenessStore>();
        var now = TimeProvider.System.GetUtcNow();
        Assert.That(await store.ClassifyAsync(CancellationToken.None), Is.EqualTo(1));
        var due = (await store.DueAsync("twitch", now, 10, CancellationToken.None)).Single();
        Assert.That((due.StreamerId, due.Channel), Is.EqualTo((id, "ann")));
        Assert.That(await store.WriteAsync([new(due, new(Live: true), "", now.AddMinutes(1))], now, CancellationToken.None), Is.EqualTo(1));
        Assert.That(await store.DueAsync("twitch", now, 10, CancellationToken.None), Is.Empty);

        await control.ExecuteAsync("update streamer set url = 'https://kick.com/ann' where id = @id", new { id });
        Assert.That(await store.WriteAsync([new(due, new(Live: false), "", now.AddMinutes(1))], now, CancellationToken.None), Is.Zero, "the answer is of another address");
        Assert.That(await control.ScalarAsync<bool>("select live is null from live_status"));
        Assert.That(await store.ClassifyAsync(CancellationToken.None), Is.EqualTo(1));
        Assert.That((await store.DueAsync("kick", now, 10, CancellationToken.None)).Single().Channel, Is.EqualTo("ann"));

        await control.ExecuteAsync("update streamer set active = false where id = @id", new { id });
        await store.ClassifyAsync(CancellationToken.None);
        Assert.That(await store.DueAsync("kick", now.AddYears(1), 10, CancellationToken.None), Is.Empty);
    }

    private static ProcessStatus Running(Assignment a, string phase) => new()
    {
        ProcessId = a.ProcessId, Epoch = a.Epoch, State = ProcessState.Running, Worker = new WorkerStatus { Phase = phase, AtMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() },
    };

    /// <summary>Does not wait until looks are due.</summary>
    private static Task<int> LookNowAsync(TestControlPlane control) => control.ExecuteAsync("update live_status set next_look_at = 'epoch' where platform <> 'none'");

    private static async Task<string[]> NamesAsync(TestControlPlane control, string query) => [.. (await control.GetAsync($"/streamers{query}"))["items"]!.AsArray().Select(s => s!["name"]!.ToString())];

    private static Task<JsonNode> StreamerAsync(TestControlPlane control, string name, Func<JsonNode, bool> fits, string what) => Eventually.ValueAsync(
        async () => (await control.GetAsync("/streamers"))["items"]!.AsArray().FirstOrDefault(s => s!["name"]!.ToString() == name && fits(s)), $"{name}: {what}");
}
