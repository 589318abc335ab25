using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.Logs;

/// <summary>
/// Log lines as Postgres takes them fastest: the bytes of one binary COPY (manual, COPY, "Binary Format"), written into one
/// buffer instead of value by value. Straight into the table of a day: through the parent each row would be routed for itself.
/// </summary>
public sealed class LogStoreCopy
{
    /// <summary>Longest message that is kept, in characters.</summary>
    public const int LongestMessage = 8000;

    private const int LongestEvent = 100;
    private const int Fields = 8;
    private static readonly long EpochTicks = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    private readonly ArrayBufferWriter<byte> _bytes = new(1 << 16);
    private readonly byte[] _node;

    /// <summary>Begins.</summary>
    /// <param name="node">Whose lines they are.</param>
    public LogStoreCopy(string node)
    {
        _node = Encoding.UTF8.GetBytes(node);
        _bytes.Write("PGCOPY\n"u8);
        // The rest of the signature, no flags, no extension.
        _bytes.Write<byte>([0xff, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    /// <summary>Lines so far.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a line.</summary>
    /// <param name="process">The process.</param>
    /// <param name="streamer">Its streamer; null: not known any more.</param>
    /// <param name="line">The line.</param>
    /// <param name="at">The time under which it is kept.</param>
    public void Add(Guid process, Guid? streamer, LogEntry line, DateTimeOffset at)
    {
        Short(Fields);
        Time(at);
        Uuid(process);
        if (streamer is { } id) Uuid(id);
        else Int(-1);
        Int(sizeof(short));
        Short((short)(LogLevels.Number(line.Level) ?? 1));
        Int(_node.Length);
        _bytes.Write(_node);
        Text(line.Event, LongestEvent);
        Text(line.Message, LongestMessage);
        if (at == line.At) Int(-1);
        else Time(line.At);
        Count++;
    }

    /// <summary>Writes all of it into the table of a day, in the transaction that is open on the connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="table">The day's table, as <c>log_line_20261231</c>.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task WriteAsync(NpgsqlConnection connection, string table, CancellationToken cancellation)
    {
        Short(-1);
        await using var copy = await connection.BeginRawBinaryCopyAsync(
            $"copy {table} (at, process_id, streamer_id, level, node_id, event, message, clock_at) from stdin (format binary)", cancellation);
        await copy.WriteAsync(_bytes.WrittenMemory, cancellation);
    }

    private void Short(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(_bytes.GetSpan(sizeof(short)), value);
        _bytes.Advance(sizeof(short));
    }

    private void Int(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_bytes.GetSpan(sizeof(int)), value);
        _bytes.Advance(sizeof(int));
    }

    private void Time(DateTimeOffset at)
    {
        Int(sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(_bytes.GetSpan(sizeof(long)), (at.UtcTicks - EpochTicks) / TimeSpan.TicksPerMicrosecond);
        _bytes.Advance(sizeof(long));
    }

    private void Uuid(Guid id)
    {
        Int(16);
        id.TryWriteBytes(_bytes.GetSpan(16), bigEndian: true, out _);
        _bytes.Advance(16);
    }

    private void Text(string text, int longest)
    {
        text = PostgresText.Clean(text, longest);
        var span = _bytes.GetSpan(sizeof(int) + Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, span[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        _bytes.Advance(sizeof(int) + length);
    }
}
