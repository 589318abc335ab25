using System.Net;
using System.Net.Http.Json;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Settings;

/// <summary>How changes of settings reach nodes, and what comes back.</summary>
[Category("Slow")]
public sealed class ProcessSettingsTests : ControlPlaneFixture
{
    [Test]
    public async Task Changed_settings_are_told_to_the_same_process_and_what_its_worker_says_of_them_is_shown()
    {
        var (agent, assignment, _) = await _control.RunningAsync("alpha");
        await using var closing = agent;

        using var put = await _control.Http.PutAsJsonAsync("/settings", new { surge_threshold = 3.5 });
        Assert.That(put.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var next = (await agent.DesiredAsync(d => d.Assignments.Any(a => a.SettingsVersion == "1.1"))).Assignments.Single();

        Assert.That((next.ProcessId, next.Epoch), Is.EqualTo((assignment.ProcessId, 1L)));
        Assert.That(StreamClips.Shared.Settings.ClipSettings.FromJson(next.SettingsJson).SurgeThreshold, Is.EqualTo(3.5));
        await TellAsync(agent, next, "0.1");
        await Eventually.TrueAsync(async () => (await _control.ProcessAsync(next))["settings_applied"]!.ToString() == "0.1", "it works by the old ones still");
        var behind = await _control.ProcessAsync(next);
        Assert.That((behind["settings_version"]!.ToString(), behind["settings_change"]!.ToString()), Is.EqualTo(("1.1", "surge_threshold 2 → 3.5")));
        await TellAsync(agent, next, "1.1");
        await Eventually.TrueAsync(async () => (await _control.ProcessAsync(next))["settings_applied"]!.ToString() == "1.1", "it has taken them up");
    }

    [Test]
    public async Task A_setting_that_wants_a_new_beginning_says_so_until_the_worker_has_begun_anew()
    {
        var (agent, assignment, _) = await _control.RunningAsync("alpha");
        await using var closing = agent;

        using var put = await _control.Http.PutAsJsonAsync("/settings", new { quality = "720p60" });
        var next = (await agent.DesiredAsync(d => d.Assignments.Any(a => a.SettingsVersion == "1.1"))).Assignments.Single();
        Assert.That((await _control.ProcessAsync(next))["reason"]!.ToString(), Is.EqualTo("begins anew between two clips with settings 1.1: quality best → 720p60"));
        await TellAsync(agent, next, "0.1");
        await TellAsync(agent, next, "1.1");

        await Eventually.TrueAsync(async () => (await _control.ProcessAsync(next)) is var p && p["settings_applied"]!.ToString() == "1.1" && p["reason"]!.ToString().Length == 0, "it has begun anew");
        Assert.That(next.ProcessId, Is.EqualTo(assignment.ProcessId));
    }

    [Test]
    public async Task How_long_clips_are_kept_and_what_a_streamer_overrides_touches_no_process()
    {
        var (agent, assignment, _) = await _control.RunningAsync("alpha");
        await using var closing = agent;
        var own = await _control.AddStreamerAsync("bravo", settings: new { surge_threshold = 4, quality = "worst" });
        var both = await agent.DesiredAsync(d => d.Assignments.Count == 2);

        using (var put = await _control.Http.PutAsJsonAsync("/settings", new { keep_clips_days = 30 })) Assert.That(put.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using (var put = await _control.Http.PutAsJsonAsync("/settings", new { keep_clips_days = 30, surge_threshold = 3, quality = "1080p" })) Assert.That(put.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var after = await agent.DesiredAsync(d => d.Revision > both.Revision);

        Assert.That(after.Revision, Is.EqualTo(both.Revision + 1), "the first change told nobody anything");
        Assert.That(after.Assignments.ToDictionary(a => a.Streamer, a => a.SettingsVersion), Is.EqualTo(new Dictionary<string, string> { ["alpha"] = "2.1", ["bravo"] = "0.1" }));
        Assert.That(after.Assignments.Single(a => a.StreamerId == own.ToString()).SettingsJson, Is.EqualTo(both.Assignments.Single(a => a.StreamerId == own.ToString()).SettingsJson));
        Assert.That(after.Assignments.Select(a => a.Epoch), Is.All.EqualTo(1));
        Assert.That(assignment.SettingsVersion, Is.EqualTo("0.1"));
    }

    private static Task TellAsync(FakeAgent agent, Assignment assignment, string version)
    {
        var status = RunningProcess.Status(assignment, ProcessState.Running, WorkerPhase.Watching);
        status.Worker.SettingsVersion = version;
        return agent.StatusAsync(99, status);
    }
}
