using System.Text.Json;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>
/// What a journal batch holds. A surge is an event (the worker writes a log line of its own beside it), a clip comes with its
/// report; lines that cannot be read are counted, not passed over in silence.
/// </summary>
/// <param name="From">The cursor before it.</param>
/// <param name="To">The cursor behind it.</param>
/// <param name="Logs">Its log lines.</param>
/// <param name="Surges">Its surges.</param>
/// <param name="Chats">The minutes of its chat, each of which can be unpacked.</param>
public sealed record ParsedJournal(JournalCursor From, JournalCursor To, IReadOnlyList<LogEntry> Logs, IReadOnlyList<SurgeEntry> Surges, IReadOnlyList<ChatEntry> Chats)
{
    /// <summary>Reads a batch.</summary>
    /// <param name="batch">The batch; its cursors are there.</param>
    /// <param name="process">Whose it is.</param>
    /// <param name="now">The time, for what is said of damaged lines.</param>
    public static ParsedJournal Of(JournalBatch batch, Guid process, DateTimeOffset now)
    {
        var (logs, surges, chats, damaged) = (new List<LogEntry>(batch.Lines.Count), new List<SurgeEntry>(), new List<ChatEntry>(), 0);
        foreach (var line in batch.Lines)
        {
            switch (LogLine(line.Span) ?? JournalEntry.TryParse(line.Span))
            {
                case LogEntry entry: logs.Add(entry); break;
                case SurgeEntry entry: surges.Add(entry); break;
                case ChatEntry entry when entry.Read() is not null: chats.Add(entry); break;
                case null or ChatEntry: damaged++; break;
            }
        }

        if (damaged > 0)
            logs.Add(new LogEntry { At = now, Level = "warning", Event = "journal.damaged", Message = $"{damaged} lines of the journal of {process} could not be read" });
        return new(batch.From, batch.To, logs, surges, chats);
    }

    /// <summary>A log line as workers write it, which nearly all lines are, in a quarter of the time; null: read it in the common way.</summary>
    private static LogEntry? LogLine(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("{\"kind\":\"log\",\"at\":\""u8)) return null;
        try
        {
            var json = new Utf8JsonReader(line);
            var (at, level, name, message) = (default(DateTimeOffset?), default(string), default(string), default(string));
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var (isAt, isLevel, isEvent, isMessage) = (json.ValueTextEquals("at"u8), json.ValueTextEquals("level"u8), json.ValueTextEquals("event"u8), json.ValueTextEquals("message"u8));
                json.Read();
                if (json.TokenType != JsonTokenType.String) return null;
                if (isAt) at = json.GetDateTimeOffset();
                else if (isLevel) level = json.GetString();
                else if (isEvent) name = json.GetString();
                else if (isMessage) message = json.GetString();
            }

            return json.TokenType == JsonTokenType.EndObject && !json.Read() && at is { } time && level is not null && name is not null && message is not null
                ? new LogEntry { At = time, Level = level, Event = name, Message = message }
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
