using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamClips.Shared.Journal;

/// <summary>
/// One line of a worker's journal: a JSON object whose first field, <c>kind</c>, tells which of the records below it is.
/// A reader passes over kinds that it does not know.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(LogEntry), "log")]
[JsonDerivedType(typeof(StatusEntry), "status")]
[JsonDerivedType(typeof(SurgeEntry), "surge")]
[JsonDerivedType(typeof(ClipEntry), "clip")]
[JsonDerivedType(typeof(ChatEntry), "chat")]
public abstract record JournalEntry
{
    /// <summary>When the line was written, by the worker's clock, UTC.</summary>
    [JsonPropertyOrder(-1)]
    public required DateTimeOffset At { get; init; }

    /// <summary>This entry as one line of UTF-8 JSON without its line end.</summary>
    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, JournalJson.Default.JournalEntry);

    /// <summary>Reads a line; null where it is damaged or of an unknown kind.</summary>
    public static JournalEntry? TryParse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, JournalJson.Default.JournalEntry);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }
}

/// <summary>Something that an operator may want to read.</summary>
public sealed record LogEntry : JournalEntry
{
    /// <summary>debug, info, warning or error.</summary>
    public required string Level { get; init; }

    /// <summary>The event's name in dotted lower case, as <c>chat.connected</c>; the same words as in metrics.</summary>
    public required string Event { get; init; }

    /// <summary>One line for people.</summary>
    public required string Message { get; init; }
}

/// <summary>How the worker is. Written once an interval and at every change of phase.</summary>
public sealed record StatusEntry : JournalEntry
{
    /// <summary>What the worker is doing: one of <see cref="WorkerPhase"/>.</summary>
    public required string Phase { get; init; }

    /// <summary>Why, for people; empty where the phase says all.</summary>
    public string Reason { get => field ?? ""; init; } = "";

    /// <summary>How the chat is read: one of <see cref="ChatCondition"/>; empty where there is none, or none is wanted now.</summary>
    public string Chat { get => field ?? ""; init; } = "";

    /// <summary>Chat messages a second over the detector's window.</summary>
    public double ChatRate { get; init; }

    /// <summary>Chat messages a second over the detector's baseline; 0 until there is one.</summary>
    public double BaselineRate { get; init; }

    /// <summary>Chat messages since the start.</summary>
    public long ChatMessages { get; init; }

    /// <summary>Segments seen since the start.</summary>
    public long Segments { get; init; }

    /// <summary>Bytes of video fetched since the start.</summary>
    public long Bytes { get; init; }

    /// <summary>Seconds from the end of the newest segment to now; null where nothing was seen yet.</summary>
    public double? LagS { get; init; }

    /// <summary>Clips made since the start.</summary>
    public int Clips { get; init; }

    /// <summary>Moments since the start that were not clipped, as the node had no room for new clips.</summary>
    public int NotClipped { get; init; }

    /// <summary>Which settings it works by, as its spec names them; empty where that names none.</summary>
    public string SettingsVersion { get => field ?? ""; init; } = "";

    /// <summary>How the stream is recorded: lazy, armed or eager; null before it is.</summary>
    public string? Recording { get; init; }

    /// <summary>How old a segment's first frame may be, in seconds, for the origin still to have it: measured, or what RFC 8216 promises; null where nothing was seen yet.</summary>
    public double? LookBackS { get; init; }
}

/// <summary>The detector saw a surge; a clip will follow.</summary>
public sealed record SurgeEntry : JournalEntry
{
    /// <summary>The clip that will show it. Several surges have the same one where they overlap.</summary>
    public required Guid ClipId { get; init; }

    /// <summary>How many times the baseline, above 1.</summary>
    public required double Score { get; init; }

    /// <summary>In numbers and words, for people.</summary>
    public required string Reason { get; init; }

    /// <summary>Wanted start of the clip, on the stream's clock.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>Wanted end of the clip, on the stream's clock.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>Where the highlight is thought to begin; null in journals of earlier versions.</summary>
    public DateTimeOffset? Moment { get; init; }

    /// <summary>Where the chat was loudest; null in journals of earlier versions.</summary>
    public DateTimeOffset? Peak { get; init; }

    /// <summary>When it was decided, by the chat's clock; null in journals of earlier versions.</summary>
    public DateTimeOffset? TriggeredAt { get; init; }

    /// <summary>How far the chat's clock was ahead of the worker's, seconds; null in journals of earlier versions.</summary>
    public double? ClockAheadS { get; init; }
}

/// <summary>A clip is whole in the worker's clips directory.</summary>
public sealed record ClipEntry : JournalEntry
{
    /// <summary>The clip.</summary>
    public required Guid ClipId { get; init; }

    /// <summary>The name its files share, without extension.</summary>
    public required string Name { get; init; }

    /// <summary>Length in seconds.</summary>
    public required double DurationS { get; init; }

    /// <summary>The surge's score.</summary>
    public required double Score { get; init; }
}

/// <summary>The values of <see cref="StatusEntry.Chat"/>.</summary>
public static class ChatCondition
{
    /// <summary>It has not been heard yet.</summary>
    public const string Connecting = "connecting";

    /// <summary>It is heard.</summary>
    public const string Connected = "connected";

    /// <summary>It is heard, its server answers, and for a minute nobody has said anything.</summary>
    public const string Silent = "silent";

    /// <summary>It was lost, and is tried again.</summary>
    public const string Reconnecting = "reconnecting";

    /// <summary>It was refused; it is tried again only every ten minutes or so.</summary>
    public const string Refused = "refused";

    /// <summary>There is none that may be read: switched off, or for members. It is looked at again.</summary>
    public const string Closed = "closed";
}

/// <summary>The phases of a worker.</summary>
public static class WorkerPhase
{
    /// <summary>Looks for the stream behind the URL.</summary>
    public const string Resolving = "resolving";

    /// <summary>The channel is offline; the next look is planned.</summary>
    public const string Waiting = "waiting";

    /// <summary>Reads video and chat.</summary>
    public const string Watching = "watching";

    /// <summary>Reads on, and makes a clip.</summary>
    public const string Clipping = "clipping";

    /// <summary>The stream ended, or the worker was stopped.</summary>
    public const string Ended = "ended";

    /// <summary>It cannot go on; the reason says why.</summary>
    public const string Failed = "failed";
}

/// <summary>The reasons of a worker's end by which programs decide; all others are for people alone.</summary>
public static class EndReason
{
    /// <summary>Beside <see cref="WorkerPhase.Ended"/>: it was told to stop, by SIGTERM. Its stream may well go on.</summary>
    public const string Stopped = "stopped";
}

/// <summary>Serialisation of the journal, made at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(JournalEntry))]
public sealed partial class JournalJson : JsonSerializerContext;
