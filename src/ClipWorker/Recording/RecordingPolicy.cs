using System.Globalization;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Recording;

/// <summary>How much of the stream is fetched now.</summary>
internal enum RecordingMode
{
    /// <summary>Nothing: a clip's segments are fetched when it is due.</summary>
    Lazy,

    /// <summary>What a clip may need soon and what is about to die, as the chat rises.</summary>
    Armed,

    /// <summary>All, all the time.</summary>
    Eager,
}

/// <summary>How far back clips reach. All on the stream's clock, from the beginning of a clip.</summary>
/// <param name="ClipBack">Up to the decision for it, at most.</param>
/// <param name="RiseBack">Up to the earliest time at which the chat's rise can be told from noise.</param>
internal sealed record RecordingNeeds(TimeSpan ClipBack, TimeSpan RiseBack);

/// <summary>What is known when it is decided how to record.</summary>
internal sealed record RecordingFacts
{
    /// <summary>The setting: one of <see cref="RecordingModes"/>.</summary>
    public required string Setting { get; init; }

    /// <summary>How far back clips reach.</summary>
    public required RecordingNeeds Needs { get; init; }

    /// <summary>How old a segment's first frame may be for the segment to be fetched in time, all margins taken off; null: no segment has left the playlist yet.</summary>
    public required TimeSpan? Reach { get; init; }

    /// <summary>How much the chat looks as if a clip will be decided whose beginning is about to go out of reach, 0 to 1; null: there is no chat.</summary>
    public required double? Rise { get; init; }

    /// <summary>The time since the start.</summary>
    public required TimeSpan Now { get; init; }

    /// <summary>The last decision; null: this is the first.</summary>
    public RecordingDecision? Last { get; init; }
}

/// <summary>How to record.</summary>
/// <param name="Mode">How.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="RoseAt">When the chat last rose, by the time since the start; null: not yet.</param>
internal sealed record RecordingDecision(RecordingMode Mode, string Reason, TimeSpan? RoseAt = null);

/// <summary>
/// Decides how to record: lazily where a clip's segments can still be had when it is decided; armed from the chat's first rise
/// on where they can be had at least then; eagerly where even that would be too late. Pure.
/// </summary>
internal static class RecordingPolicy
{
    /// <summary>From this rise on the stream is fetched.</summary>
    public const double ArmAt = 0.5;

    /// <summary>Below this rise the chat has calmed down.</summary>
    public const double CalmBelow = 0.4;

    /// <summary>So long the chat must be calm before it is let go.</summary>
    public static readonly TimeSpan CalmFor = TimeSpan.FromSeconds(5);

    /// <summary>
    /// While armed, what dies within that time is fetched: twice what passes from the last sign of a rise to the clip's decision.
    /// To fetch all that is there instead costs several times the bytes, and no clip is the better for it.
    /// </summary>
    public static readonly TimeSpan FetchAhead = TimeSpan.FromSeconds(12);

    // A playlist's length wavers by a segment: that shall not switch the mode at every reload.
    private static readonly TimeSpan Hysteresis = TimeSpan.FromSeconds(4);

    /// <summary>Decides.</summary>
    public static RecordingDecision Decide(RecordingFacts facts)
    {
        var rose = facts.Rise >= (facts.Last?.Mode == RecordingMode.Armed ? CalmBelow : ArmAt) ? facts.Now : facts.Last?.RoseAt;
        if (facts.Setting == RecordingModes.Eager) return new(RecordingMode.Eager, "as set", rose);
        if (facts.Setting == RecordingModes.Lazy) return new(RecordingMode.Lazy, "as set", rose);
        if (facts.Rise is null) return new(RecordingMode.Lazy, "without a chat nothing will be clipped", rose);
        if (facts.Reach is not { } reach) return new(RecordingMode.Lazy, "no segment has left the playlist yet", rose);
        var needs = facts.Needs;
        if (reach >= needs.ClipBack + (facts.Last?.Mode is null or RecordingMode.Lazy ? TimeSpan.Zero : Hysteresis))
            return new(RecordingMode.Lazy, $"segments can be had for {Seconds(reach)}, and a clip begins at most {Seconds(needs.ClipBack)} before it is decided", rose);
        if (reach < needs.RiseBack + (facts.Last?.Mode == RecordingMode.Eager ? Hysteresis : TimeSpan.Zero))
            return new(RecordingMode.Eager, $"segments can be had for {Seconds(reach)} only, and the chat rises up to {Seconds(needs.RiseBack)} after a clip's beginning", rose);
        return rose is { } at && facts.Now - at < CalmFor
            ? new(RecordingMode.Armed, "the chat rises", rose)
            : new(RecordingMode.Lazy, $"segments can be had for {Seconds(reach)}: armed when the chat rises", rose);
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s");
}
