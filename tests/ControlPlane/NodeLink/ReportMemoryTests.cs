using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.NodeLink;

/// <summary>What of a large fleet's statuses is spared, and what never is.</summary>
public sealed class ReportMemoryTests
{
    private static readonly Guid Session = Guid.NewGuid();
    private static readonly Guid Running = Guid.NewGuid();

    private readonly ManualClock _clock = new();
    private string _connection = null!;
    private Postgres _postgres = null!;
    private NodeStatusStore _store = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _connection = await TestServer.DatabaseAsync();
        _postgres = new Postgres(_connection);
        _store = new NodeStatusStore(_postgres, _clock);
        for (var i = 0; i <= ReportMemory.Few; i++) _store.Begin();
        await RunAsync(
            """
            insert into node (id, host_name, agent_version, boot_id, capacity, state, session_id, first_seen_at, connected_at, last_seen_at)
                values ('node-1', 'h', '1', 'b', 20, 'ready', @Session, now(), now(), now());
            insert into streamer (id, name, url, active, last_epoch, created_at, updated_at) values (@Session, 'a', 'https://www.twitch.tv/a', true, 1, now(), now());
            insert into process (id, streamer_id, node_id, epoch, streamer_name, url, settings, placement, wished, state, revision, created_at)
                values (@Running, @Session, 'node-1', 1, 'a', 'https://www.twitch.tv/a', '{}', 'here', 'run', 'assigned', 1, now());
            """);
    }

    [TearDown]
    public async Task StopAsync() => await _postgres.DisposeAsync();

    [Test]
    public async Task Counters_of_what_runs_as_before_wait_and_nothing_else_does()
    {
        var memory = new ReportMemory();
        await TellAsync(memory, "watching", segments: 1);
        await TellAsync(memory, "watching", segments: 2);
        Assert.That(await ValueAsync<long>("select segments from process"), Is.EqualTo(1), "it waits");
        await TellAsync(memory, "clipping", segments: 3);
        Assert.That(await ValueAsync<string>("select phase from process"), Is.EqualTo("clipping"));
        _clock.Advance(ReportMemory.Longest);
        await TellAsync(memory, "clipping", segments: 4);
        Assert.That(await ValueAsync<long>("select segments from process"), Is.EqualTo(4));
    }

    [Test]
    public async Task What_a_commit_undid_is_written_with_the_next_status()
    {
        var memory = new ReportMemory();
        await RunAsync(
            """
            create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$;
            create constraint trigger refuse after update on process deferrable initially deferred for each row execute function refuse();
            """);
        Assert.ThrowsAsync<PostgresException>(() => TellAsync(memory, "watching", segments: 1));
        await RunAsync("drop trigger refuse on process");

        await TellAsync(memory, "watching", segments: 1);

        Assert.That(await ValueAsync<string>("select state || ' ' || phase from process"), Is.EqualTo("running watching"));
    }

    private async Task TellAsync(ReportMemory memory, string phase, long segments)
    {
        var status = new NodeStatus();
        status.Processes.Add(new ProcessStatus { ProcessId = Running.ToString(), Epoch = 1, State = ProcessState.Running, Worker = new WorkerStatus { Phase = phase, Segments = segments } });
        Assert.That(await _store.TakeAsync("node-1", Session, status, CancellationToken.None, memory), Is.True);
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_connection + ";Pooling=false");
        await connection.ExecuteAsync(sql, new { Session, Running });
    }

    private async Task<T?> ValueAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(_connection + ";Pooling=false");
        return await connection.ExecuteScalarAsync<T>(sql);
    }
}
