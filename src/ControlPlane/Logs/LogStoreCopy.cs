using System.Text;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.Logs;

/// <summary>Log lines on their way into the table of a day. Straight into that: through the parent each row would be routed for itself.</summary>
/// <param name="node">Whose lines they are.</param>
public sealed class LogStoreCopy(string node)
{
    /// <summary>Longest message that is kept, in characters.</summary>
    public const int LongestMessage = 8000;

    private const int LongestEvent = 100;

    private readonly BinaryCopy _rows = new(fields: 8);
    private readonly byte[] _node = Encoding.UTF8.GetBytes(node);

    /// <summary>Lines so far.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a line.</summary>
    /// <param name="process">The process.</param>
    /// <param name="streamer">Its streamer; null: not known any more.</param>
    /// <param name="line">The line.</param>
    /// <param name="at">The time under which it is kept.</param>
    public void Add(Guid process, Guid? streamer, LogEntry line, DateTimeOffset at)
    {
        _rows.Row();
        _rows.Time(at);
        _rows.Uuid(process);
        if (streamer is { } id) _rows.Uuid(id);
        else _rows.Null();
        _rows.Short((short)(LogLevels.Number(line.Level) ?? 1));
        _rows.Bytes(_node);
        _rows.Text(line.Event, LongestEvent);
        _rows.Text(line.Message, LongestMessage);
        if (at == line.At) _rows.Null();
        else _rows.Time(line.At);
        Count++;
    }

    /// <summary>Writes all of it into the table of a day, in the transaction that is open on the connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="table">The day's table, as <c>log_line_20261231</c>.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task WriteAsync(NpgsqlConnection connection, string table, CancellationToken cancellation) =>
        _rows.WriteAsync(connection, $"{table} (at, process_id, streamer_id, level, node_id, event, message, clock_at)", cancellation);
}
