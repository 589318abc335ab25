using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.ChatRates;

/// <summary>Minutes of chats on their way into the table of a day.</summary>
public sealed class ChatRateStoreCopy
{
    private readonly BinaryCopy _rows = new(fields: 9);

    /// <summary>Adds one.</summary>
    public void Add(Guid process, ChatEntry minute)
    {
        _rows.Row();
        _rows.Time(minute.From);
        _rows.Uuid(process);
        _rows.Time(minute.Began);
        _rows.Int(minute.Number);
        _rows.Long(minute.Until.UtcTicks);
        _rows.Flag(minute.Ended);
        _rows.Short((short)minute.Version);
        _rows.Time(minute.At);
        _rows.Bytes(minute.Seconds);
    }

    /// <summary>Writes all of it into the table of a day, in the transaction that is open on the connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="table">The day's table, as <c>chat_rate_20261231</c>.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task WriteAsync(NpgsqlConnection connection, string table, CancellationToken cancellation) =>
        _rows.WriteAsync(connection, $"{table} (at, process_id, began, number, until_tick, ended, version, written_at, seconds)", cancellation);
}
