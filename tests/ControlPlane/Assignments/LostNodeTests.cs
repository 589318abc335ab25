using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Assignments;

public sealed class LostNodeTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public async Task A_lost_node_s_streamer_moves_and_the_node_that_returns_is_told_to_stop_it()
    {
        await using var control = await TestControlPlane.StartAsync();
        await using var first = await FakeAgent.ConnectAsync(control);
        await control.AddStreamerAsync("alpha");
        var held = (await first.DesiredAsync(d => d.Assignments.Count == 1)).Assignments[0];
        await using var second = await FakeAgent.ConnectAsync(control, "node-2");

        await control.ExecuteAsync("update node set last_seen_at = last_seen_at - interval '2 hours' where id = 'node-1'");
        var now = TimeProvider.System.GetUtcNow();
        Assert.That(await control.Get<AssignmentStore>().MarkLostAsync(now.AddHours(-1), now, CancellationToken.None), Is.EqualTo((string[])["node-1"]));
        await control.Get<AssignmentLoop>().RunOnceAsync(CancellationToken.None);

        var moved = (await second.DesiredAsync(d => d.Assignments.Count == 1)).Assignments[0];
        Assert.That((moved.StreamerId, moved.Epoch), Is.EqualTo((held.StreamerId, 2L)));
        Assert.That((await control.GetAsync($"/stream-clips/{held.ProcessId}"))["state"]!.ToString(), Is.EqualTo("lost"));
        Assert.That((await first.DesiredAsync(d => d.Revision > 2)).Assignments, Is.Empty);
        await first.StatusAsync(1, new ProcessStatus { ProcessId = held.ProcessId, Epoch = 1, State = ProcessState.Running });
        await Eventually.TrueAsync(async () => (await control.GetAsync("/nodes"))["items"]!.AsArray().All(n => n!["state"]!.ToString() == "ready"), "the node is back");
        Assert.That(await control.ScalarAsync<long>("select count(*) from process where wished = 'run'"), Is.EqualTo(1));
    }

    [Test]
    public void Only_a_silence_that_was_listened_to_counts()
    {
        var watch = new NodeWatch();

        Look(0, 13);
        Assert.That(watch.LostBefore(Start.AddSeconds(14)), Is.Null, "who has just started has heard nobody");
        Assert.That(watch.LostBefore(Start.AddSeconds(15)), Is.EqualTo(Start));
        watch.Deaf();
        Look(16, 30);
        Assert.That(watch.LostBefore(Start.AddSeconds(31)), Is.EqualTo(Start.AddSeconds(16)), "nor has who could not write it down");
        Look(60, 74);
        Assert.That(watch.LostBefore(Start.AddSeconds(74.5)), Is.Null, "nor has who was paused");
        Assert.That(watch.LostBefore(Start.AddSeconds(75)), Is.EqualTo(Start.AddSeconds(60)));
        Look(-3600, -3586);
        Assert.That(watch.LostBefore(Start.AddSeconds(-3585)), Is.EqualTo(Start.AddSeconds(-3600)), "after the clock was set back by an hour it is listened to anew");

        void Look(int from, int to)
        {
            for (var second = from; second <= to; second++) Assert.That(watch.LostBefore(Start.AddSeconds(second)), Is.Null);
        }
    }
}
