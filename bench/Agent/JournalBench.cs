using Npgsql;
using NpgsqlTypes;

namespace StreamClips.Bench.Agent;

/// <summary>Journal lines from workers through one agent into the database, beside what one binary COPY of the same lines takes.</summary>
internal static class JournalBench
{
    private const int Workers = 8;

    /// <summary>Measures both on the same Postgres.</summary>
    public static async Task<IReadOnlyList<BenchFigure>> MeasureAsync(BenchContext context, CancellationToken ct)
    {
        var lines = context.Quick ? 20_000 : 100_000;
        await using var stack = await NodeStack.StartAsync(Path.Combine(context.Directory, "journal"), ct);
        await using var database = NpgsqlDataSource.Create(stack.Connection);
        await context.Progress.WriteLineAsync($"agent: {Workers} journals of {lines} lines…");

        // They are written before the agent's link looks at them, or nearly: what is measured is the way, not the writing.
        await stack.AddChannelsAsync(Workers, $"flood-logs={lines}&status-every=2000", ct);
        stack.StartAgent(Workers);
        var total = Workers * lines;
        var samples = new List<(double At, long Count)>();
        var begun = TimeProvider.System.GetTimestamp();
        while (samples.Count == 0 || samples[^1].Count < total)
        {
            if (TimeProvider.System.GetElapsedTime(begun).TotalSeconds > 300) throw new InvalidOperationException($"{samples[^1].Count} of {total} journal lines arrived within 300 s: see the logs in {context.Directory}");
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, ct);
            var count = await CountAsync(database, ct);
            if (count > 0) samples.Add((TimeProvider.System.GetElapsedTime(begun).TotalSeconds, count));
        }

        var through = Middle(samples, total);
        var copies = new List<double>();
        for (var i = 0; i < 3; i++) copies.Add(await CopyAsync(database, total / 4, ct));
        var copy = Repeats.Median(copies);
        return
        [
            new("journal_lines_per_s", through, "lines/s"),
            new("copy_lines_per_s", copy, "lines/s"),
            new("journal_share_of_copy", 100 * through / copy, "%"),
        ];
    }

    /// <summary>The rate between a fifth and the last line: before it the workers are still starting and writing.</summary>
    private static double Middle(List<(double At, long Count)> samples, long total)
    {
        var from = samples.First(s => s.Count >= total / 5);
        var to = samples.Last(s => s.Count > from.Count);
        return (to.Count - from.Count) / (to.At - from.At);
    }

    // By the sequence: counting half a million rows twice a second would be part of what is measured.
    private static async Task<long> CountAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select case when is_called then last_value else 0 end from log_line_number");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>One COPY of lines like those of the journals into a table like theirs, indexes and all.</summary>
    private static async Task<double> CopyAsync(NpgsqlDataSource database, int lines, CancellationToken ct)
    {
        await using (var prepare = database.CreateCommand("drop table if exists copied; create table copied (like log_line including all); checkpoint"))
            await prepare.ExecuteNonQueryAsync(ct);
        var (process, streamer, at) = (Guid.NewGuid(), Guid.NewGuid(), TimeProvider.System.GetUtcNow().UtcDateTime);
        await using var connection = await database.OpenConnectionAsync(ct);
        var begun = TimeProvider.System.GetTimestamp();
        await using (var copy = await connection.BeginBinaryImportAsync("copy copied (at, process_id, streamer_id, node_id, level, event, message) from stdin (format binary)", ct))
        {
            for (var i = 0; i < lines; i++)
            {
                await copy.StartRowAsync(ct);
                await copy.WriteAsync(at.AddTicks(i * 200), NpgsqlDbType.TimestampTz, ct);
                await copy.WriteAsync(process, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync(streamer, NpgsqlDbType.Uuid, ct);
                await copy.WriteAsync("bench", NpgsqlDbType.Text, ct);
                await copy.WriteAsync((short)1, NpgsqlDbType.Smallint, ct);
                await copy.WriteAsync("script.line", NpgsqlDbType.Text, ct);
                await copy.WriteAsync($"12345 {i}", NpgsqlDbType.Text, ct);
            }

            await copy.CompleteAsync(ct);
        }

        return lines / TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
    }
}
