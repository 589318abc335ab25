using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Leadership;
using StreamClips.ControlPlane.Liveness;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Streamers;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Assignments;

/// <summary>Plans that requests wait for.</summary>
public sealed class RequestedPlanTests
{
    private readonly ManualClock _clock = new();

    [Test]
    public async Task Requests_that_come_while_a_plan_is_made_have_the_next_one_together()
    {
        var database = await TestServer.DatabaseAsync();
        await using var postgres = new Postgres(database);
        using var store = new AssignmentStore(postgres, NullLogger<AssignmentStore>.Instance, new LivenessOptions());
        using var loop = new AssignmentLoop(store, new NodeWatch(), new Leader(), new ChangeSignal(), _clock, NullLogger<AssignmentLoop>.Instance);
        await using var other = new NpgsqlConnection(database + ";Pooling=false");
        await other.OpenAsync();
        await other.ExecuteAsync(
            """
            insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values ('node-1', 'h', '1', 'b', 50, 'ready', now(), now(), now());
            insert into streamer (id, name, url, active, created_at, updated_at)
                select gen_random_uuid(), 's' || i, 'https://www.twitch.tv/s' || i, true, @now, @now from generate_series(1, 21) i;
            """, new { now = _clock.GetUtcNow() });
        var ids = (await other.QueryAsync<Guid>("select id from streamer order by name")).ToList();

        // Nobody has said of any that it is live: only who is asked for starts.
        await loop.PlanForAsync(asked: null, CancellationToken.None);
        Assert.That(await other.ExecuteScalarAsync<long>("select count(*) from process"), Is.Zero);
        await other.ExecuteAsync("select pg_advisory_lock(@PlannerLock)", new { AssignmentStore.PlannerLock });
        var first = loop.PlanForAsync(ids[0], CancellationToken.None);
        await Eventually.TrueAsync(
            async () => await other.ExecuteScalarAsync<long>("select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())") == 1,
            "the first one waits for the other planner");
        using var leaves = new CancellationTokenSource();
        var rest = ids.Skip(1).Take(19).Select(id => loop.PlanForAsync(id, CancellationToken.None)).ToList();
        var gone = loop.PlanForAsync(ids[20], leaves.Token);
        await leaves.CancelAsync();
        await other.ExecuteAsync("select pg_advisory_unlock(@PlannerLock)", new { AssignmentStore.PlannerLock });
        await Task.WhenAll(rest.Append(first)).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.CatchAsync<OperationCanceledException>(() => gone);
        Assert.That(await other.QueryAsync<long>("select count(*) from process where wished = 'run' group by xmin order by 1"), Is.EqualTo((long[])[1, 20]), "in two transactions, with that of who left");
    }

    [Test]
    public async Task Who_plans_at_once_does_not_wake_the_leader_to_the_same_plan()
    {
        await using var control = await TestControlPlane.StartAsync();
        await control.AddStreamerAsync("ann", active: false);
        await using var other = new NpgsqlConnection(control.Connection + ";Pooling=false");
        await other.OpenAsync();
        var id = await other.ExecuteScalarAsync<Guid>("select id from streamer");
        var heard = new List<string>();
        other.Notification += (_, notice) => heard.Add(notice.Payload);
        await other.ExecuteAsync($"listen {Postgres.Channel}");
        var streamers = control.Get<StreamerStore>();

        await streamers.SetActiveAsync(id, active: true, "bob", wakes: false, CancellationToken.None);
        await other.ExecuteAsync("select 1");
        Assert.That(heard, Does.Not.Contain(Topic.Planning).And.Contain(Topic.Events));
        await streamers.SetActiveAsync(id, active: false, "bob", wakes: true, CancellationToken.None);
        await other.ExecuteAsync("select 1");
        Assert.That(heard, Does.Contain(Topic.Planning));
    }

    [Test]
    public async Task Whichever_replica_leads_hears_that_a_node_is_to_be_emptied()
    {
        var database = await TestServer.DatabaseAsync();
        await using var postgres = new Postgres(database);
        await using var other = new NpgsqlConnection(database + ";Pooling=false");
        await other.OpenAsync();
        await other.ExecuteAsync("insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values ('node-1', 'h', '1', 'b', 50, 'ready', now(), now(), now())");
        var heard = new List<string>();
        other.Notification += (_, notice) => heard.Add(notice.Payload);
        await other.ExecuteAsync($"listen {Postgres.Channel}");

        Assert.That(await new NodeStore(postgres, _clock).SetDrainingAsync("node-1", draining: true, expected: null, CancellationToken.None), Is.EqualTo(NodeChange.Done));

        await other.ExecuteAsync("select 1");
        Assert.That(heard, Does.Contain(Topic.Planning));
    }
}
