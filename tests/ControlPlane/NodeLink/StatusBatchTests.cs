using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.NodeLink;

/// <summary>Statuses of more nodes than one transaction takes.</summary>
public sealed class StatusBatchTests
{
    private const int Nodes = NodeStatusStore.MostTogether + 50;

    private string _connection = null!;

    [Test]
    public async Task Statuses_that_come_while_one_is_written_are_written_by_as_many_as_a_transaction_takes_and_each_has_its_own_answer()
    {
        _connection = await TestServer.DatabaseAsync();
        await using var postgres = new Postgres(_connection);
        var store = new NodeStatusStore(postgres, new ManualClock());
        var sessions = Enumerable.Range(0, Nodes).Select(_ => Guid.NewGuid()).ToArray();
        var processes = Enumerable.Range(0, Nodes).Select(_ => Guid.NewGuid()).ToArray();
        await using var first = await FillAsync(sessions, processes);
        await using var holds = await first.BeginTransactionAsync();
        await first.ExecuteAsync("select 1 from node where id = 'node-000' for update");

        // Of every tenth node another session has taken the place meanwhile.
        var answers = new List<Task<bool>> { TakeAsync(0) };
        await Eventually.TrueAsync(async () => await ValueAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 1, "the first one waits");
        answers.AddRange(Enumerable.Range(1, Nodes - 1).Select(TakeAsync));
        await holds.CommitAsync();

        Assert.That(await Task.WhenAll(answers), Is.EqualTo(Enumerable.Range(0, Nodes).Select(i => i % 10 != 5)));
        Assert.That(await ValueAsync<long>("select count(*) from process where state = 'running' and segments = substr(streamer_name, 2)::bigint"), Is.EqualTo(Nodes - (Nodes / 10)), "each has what its own node said");
        Assert.That(await ValueAsync<long>("select count(distinct xmin::text) from process where state = 'running'"), Is.EqualTo(3), "the first alone, then as many as go together, then the rest");

        Task<bool> TakeAsync(int i) => store.TakeAsync($"node-{i:000}", i % 10 == 5 ? Guid.NewGuid() : sessions[i], Status(processes[i], i), CancellationToken.None);
    }

    private static NodeStatus Status(Guid process, int number)
    {
        var status = new NodeStatus();
        status.Processes.Add(new ProcessStatus { ProcessId = process.ToString(), Epoch = 1, State = ProcessState.Running, Worker = new WorkerStatus { Phase = "watching", Segments = number } });
        return status;
    }

    private async Task<NpgsqlConnection> FillAsync(Guid[] sessions, Guid[] processes)
    {
        var connection = new NpgsqlConnection(_connection + ";Pooling=false");
        await connection.OpenAsync();
        await connection.ExecuteAsync(
            """
            insert into node (id, host_name, agent_version, boot_id, capacity, state, session_id, first_seen_at, connected_at, last_seen_at)
            select 'node-' || to_char(n - 1, 'FM000'), 'h', '1', 'b', 20, 'ready', s, now(), now(), now() from unnest(@sessions) with ordinality as u (s, n);
            insert into streamer (id, name, url, active, last_epoch, created_at, updated_at)
            select p, 's' || n - 1, 'https://www.twitch.tv/s' || n - 1, true, 1, now(), now() from unnest(@processes) with ordinality as u (p, n);
            insert into process (id, streamer_id, node_id, epoch, streamer_name, url, settings, placement, wished, state, revision, created_at)
            select p, p, 'node-' || to_char(n - 1, 'FM000'), 1, 's' || n - 1, 'https://www.twitch.tv/s' || n - 1, '{}', 'here', 'run', 'assigned', 1, now() from unnest(@processes) with ordinality as u (p, n);
            """, new { sessions, processes });
        return connection;
    }

    private async Task<T?> ValueAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(_connection + ";Pooling=false");
        return await connection.ExecuteScalarAsync<T>(sql);
    }
}
