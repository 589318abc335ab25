using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Leadership;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Tests.Enrollment;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Leadership;

/// <summary>Two replicas on one database, of which one's clock is a minute behind and the other's a minute ahead.</summary>
[Category("Slow")]
public sealed class ClockSkewTests
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);
    private TestControlPlane _behind = null!;
    private TestControlPlane _ahead = null!;

    [SetUp]
    public async Task StartAsync()
    {
        var database = await TestServer.DatabaseAsync();
        _behind = await TestControlPlane.StartAsync(database, clock: new WrongClock(TimeSpan.FromMinutes(-1)));
        _ahead = await TestControlPlane.StartAsync(database, clock: new WrongClock(TimeSpan.FromMinutes(1)));
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _ahead.DisposeAsync();
        await _behind.DisposeAsync();
    }

    [Test]
    public async Task A_node_is_lost_by_its_silence_and_not_by_who_heard_it()
    {
        await using var first = await FakeAgent.ConnectAsync(_behind);
        await using var second = await FakeAgent.ConnectAsync(_ahead, "node-2");
        await HeardAsync(first, second);
        Assert.That((await LostAsync(_behind), await LostAsync(_ahead)), Is.EqualTo((false, false)), "both were just heard");

        foreach (var (silent, leader) in (((string, TestControlPlane)[])[("node-1", _behind), ("node-2", _behind), ("node-1", _ahead), ("node-2", _ahead)]))
        {
            await _ahead.ExecuteAsync("update node set last_seen_at = last_seen_at - @Silence where id = @silent", new { Silence, silent });
            Assert.That(await LostAsync(leader), Is.True);
            Assert.That(await _ahead.ScalarAsync<string>("select string_agg(id, ' ') from node where state = 'lost'"), Is.EqualTo(silent));
            await HeardAsync(first, second);
            Assert.That((await LostAsync(_behind), await LostAsync(_ahead)), Is.EqualTo((false, false)), "it is back");
        }
    }

    [Test]
    public async Task Whether_a_session_lives_does_not_depend_on_the_replica_that_is_asked()
    {
        var certificate = await TestNode.EnrolledAsync(_behind, "node-1");
        foreach (var (one, other) in ((TestControlPlane, TestControlPlane)[])[(_behind, _ahead), (_ahead, _behind)])
        {
            await using var agent = FakeAgent.Dial(one, certificate);
            await agent.SayAsync(FakeAgent.Hello("node-1", agent: $"agent {one.Address}"));
            await agent.HearAsync(m => m.Welcome);
            // However slow the machine is.
            await one.ExecuteAsync("update node set last_seen_at = last_seen_at + interval '10 min'");
            await using var copy = FakeAgent.Dial(other, certificate);
            await copy.SayAsync(FakeAgent.Hello("node-1", agent: "a copy"));
            Assert.That((await copy.EndAsync())?.StatusCode, Is.EqualTo(StatusCode.AlreadyExists), "the session lives");

            await one.ExecuteAsync("update node set last_seen_at = last_seen_at - interval '20 min'");
            await using var successor = FakeAgent.Dial(other, certificate);
            await successor.SayAsync(FakeAgent.Hello("node-1", agent: "a successor"));
            await successor.HearAsync(m => m.Welcome);
            await one.ExecuteAsync("update node set last_seen_at = last_seen_at - interval '30 s'");
        }
    }

    /// <summary>Whether a replica that leads, and has listened for long enough, finds a node that is lost.</summary>
    private static async Task<bool> LostAsync(TestControlPlane leader)
    {
        var store = leader.Get<AssignmentStore>();
        var watch = new NodeWatch(Silence - TimeSpan.FromSeconds(15));
        var now = (await store.HeardAsync(CancellationToken.None)).Now;
        for (var ago = Silence; ago > TimeSpan.Zero; ago -= TimeSpan.FromSeconds(5)) watch.LostBefore(now - ago);
        using var loop = new AssignmentLoop(store, watch, new Leader(), leader.Get<ChangeSignal>(), leader.Get<TimeProvider>(), NullLogger<AssignmentLoop>.Instance);
        return await loop.MarkLostAsync(CancellationToken.None);
    }

    private async Task HeardAsync(params FakeAgent[] agents)
    {
        var at = await _ahead.ScalarAsync<DateTime>("select clock_timestamp()");
        foreach (var agent in agents) await agent.StatusAsync(1);
        await Eventually.TrueAsync(async () => await _ahead.ScalarAsync<long>("select count(*) from node where state = 'ready' and last_seen_at >= @at", new { at }) == agents.Length, "all are heard");
    }

    /// <summary>A clock that goes right and was set wrongly.</summary>
    private sealed class WrongClock(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
    }
}
