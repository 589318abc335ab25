using System.Text.Json.Serialization;

namespace StreamClips.Shared.Journal;

/// <summary>
/// About a minute of the chat's rate, packed (<see cref="ChatPacker"/>): enough for a detector to decide again as it did, or by other
/// settings. Written while something is said, and at the end.
/// </summary>
/// <remarks>
/// A stretch is what one detector heard, from its beginning to its end: <see cref="Began"/> names it. Its lines are numbered from 0, so a
/// line that was lost is noticed.
/// </remarks>
public sealed record ChatEntry : JournalEntry
{
    /// <summary>How the seconds are packed: <see cref="ChatPacker.Version"/>. One that a reader does not know it passes over.</summary>
    public required int Version { get; init; }

    /// <summary>Where the detector began, a whole second by the platform's clock, as all times but <see cref="JournalEntry.At"/>.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>The line's number in its stretch.</summary>
    public required int Number { get; init; }

    /// <summary>The first second that is packed here; where there is none, the one of <see cref="Until"/>.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Up to where the detector had decided when the line was written. What was said since is in a later line.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Whether the stretch ends here. One whose worker was killed has no such line.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Ended { get; init; }

    /// <summary>The seconds, packed; at most <see cref="ChatPacker.MaxBytes"/>. Empty in a line that only ends a stretch.</summary>
    public required byte[] Seconds { get; init; }

    /// <summary>The seconds, in their order; null where they are damaged, or packed in a way that is not known.</summary>
    public IReadOnlyList<ChatSecond>? Read() => Version == ChatPacker.Version && Number >= 0 && Seconds is not null ? ChatPacker.TryRead(Seconds, From) : null;
}
