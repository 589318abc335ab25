using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Logs;
using StreamClips.ControlPlane.NodeLink;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Partitions;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;

namespace StreamClips.Bench.Logs;

/// <summary>
/// <c>bench logs</c>: journal lines on the control plane's whole way, from the bytes of a node's messages to the commit of rows and cursors,
/// beside one binary COPY of the same rows into a table of the same shape, indexes and all.
/// </summary>
internal sealed class LogBench : IBench
{
    private const int Processes = 8;
    private const int BatchLines = 1000;

    /// <inheritdoc/>
    public string Name => "logs";

    /// <inheritdoc/>
    public string Summary => "log lines a second into the database, from a node's messages to the commit, as a share of one binary COPY of the same rows";

    /// <inheritdoc/>
    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken ct)
    {
        var (batches, rounds) = context.Quick ? (10, 3) : (40, 5);
        await context.Progress.WriteLineAsync($"logs: {rounds} rounds of {Processes * batches * BatchLines} lines");
        var server = await PrivatePostgres.StartAsync(Path.Combine(context.Directory, "postgres"), TimeProvider.System, ct);
        try
        {
            var name = $"logs_{Guid.NewGuid():n}";
            await using (var admin = new Postgres(server.ConnectionTo("postgres"))) await admin.ExecuteAsync($"create database {name}", null, ct);
            await Migrations.BuiltIn.RunAsync(server.ConnectionTo(name), TimeProvider.System, ct);
            var (ways, copies) = (new List<double>(), new List<double>());
            for (var round = 0; round <= rounds; round++)
            {
                var way = await WayAsync(server.ConnectionTo(name), batches, ct);
                var copy = await CopyAsync(server.ConnectionTo(name), batches, ct);
                if (round == 0) continue; // It warms up.
                ways.Add(way);
                copies.Add(copy);
            }

            return new(
                [new("log_lines_per_s", Repeats.Median(ways), "lines/s"), new("copy_lines_per_s", Repeats.Median(copies), "lines/s"), new("log_share_of_copy", Repeats.Median(ways) / Repeats.Median(copies), "of COPY")], []);
        }
        finally
        {
            await server.StopAsync();
        }
    }

    private static async Task<double> WayAsync(string connection, int batches, CancellationToken ct)
    {
        await using var postgres = new Postgres(connection);
        await postgres.ExecuteAsync("truncate log_line", null, ct);
        await postgres.ExecuteAsync("checkpoint;", null, ct);
        var tables = new DayTables(new RetentionOptions());
        using var announcer = new LogAnnouncer(postgres, TimeProvider.System, NullLogger<LogAnnouncer>.Instance);
        var journals = new JournalStore(postgres, tables, new KnownDays(new PartitionStore(postgres, TimeProvider.System), TimeProvider.System), announcer, TimeProvider.System);
        var messages = Messages(batches);
        var (acknowledged, done) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var ingest = new JournalIngest("bench", journals, TimeProvider.System, _ =>
        {
            if (++acknowledged == messages.Count) done.TrySetResult();
        });
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var begun = TimeProvider.System.GetTimestamp();
        var running = ingest.RunAsync(ends.Token);
        foreach (var message in messages) await ingest.OfferAsync(AgentMessage.Parser.ParseFrom(message).JournalBatch, ct);
        await Task.WhenAny(done.Task, running);
        var took = TimeProvider.System.GetElapsedTime(begun);
        await ends.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var lines = await postgres.FirstAsync<long>("select count(*) from log_line", null, ct);
        if (lines != (long)messages.Count * BatchLines) throw new InvalidOperationException($"{lines} lines arrived of {messages.Count * BatchLines}");
        return lines / took.TotalSeconds;
    }

    /// <summary>What a node would send: the processes in turn.</summary>
    private static List<byte[]> Messages(int batches)
    {
        var (processes, at) = (Enumerable.Range(0, Processes).Select(_ => Guid.NewGuid().ToString()).ToArray(), TimeProvider.System.GetUtcNow());
        var messages = new List<byte[]>();
        for (var batch = 0; batch < batches; batch++)
        {
            foreach (var process in processes)
            {
                var journal = new JournalBatch { ProcessId = process, From = new() { File = 1, Offset = batch }, To = new() { File = 1, Offset = batch + 1 } };
                for (var line = 0; line < BatchLines; line++)
                    journal.Lines.Add(UnsafeByteOperations.UnsafeWrap(new LogEntry { At = at.AddTicks(((batch * BatchLines) + line) * 200L), Level = "info", Event = "script.line", Message = Message(batch, line) }.ToUtf8()));
                messages.Add(new AgentMessage { JournalBatch = journal }.ToByteArray());
            }
        }

        return messages;
    }

    /// <summary>One COPY of the same rows, value by value as the driver offers it.</summary>
    private static async Task<double> CopyAsync(string connection, int batches, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using (var prepare = source.CreateCommand("drop table if exists copied; create table copied (like log_line including all); checkpoint")) await prepare.ExecuteNonQueryAsync(ct);
        var (processes, at) = (Enumerable.Range(0, Processes).Select(_ => Guid.NewGuid()).ToArray(), TimeProvider.System.GetUtcNow().UtcDateTime);
        await using var session = await source.OpenConnectionAsync(ct);
        var begun = TimeProvider.System.GetTimestamp();
        await using (var copy = await session.BeginBinaryImportAsync("copy copied (at, process_id, streamer_id, level, node_id, event, message) from stdin (format binary)", ct))
        {
            for (var batch = 0; batch < batches; batch++)
            {
                foreach (var process in processes)
                {
                    for (var line = 0; line < BatchLines; line++)
                    {
                        await copy.StartRowAsync(ct);
                        await copy.WriteAsync(at.AddTicks(((batch * BatchLines) + line) * 200L), NpgsqlDbType.TimestampTz, ct);
                        await copy.WriteAsync(process, NpgsqlDbType.Uuid, ct);
                        await copy.WriteNullAsync(ct);
                        await copy.WriteAsync((short)1, NpgsqlDbType.Smallint, ct);
                        await copy.WriteAsync("bench", NpgsqlDbType.Text, ct);
                        await copy.WriteAsync("script.line", NpgsqlDbType.Text, ct);
                        await copy.WriteAsync(Message(batch, line), NpgsqlDbType.Text, ct);
                    }
                }
            }

            await copy.CompleteAsync(ct);
        }

        return batches * Processes * BatchLines / TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
    }

    private static string Message(int batch, int line) => $"segment {batch * 7919} is lost: https://video-edge-{line % 97}.example.net/v1/segment/{line}.ts timed out after 5 s";
}
