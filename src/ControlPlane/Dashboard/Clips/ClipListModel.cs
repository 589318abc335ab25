using System.Globalization;
using StreamClips.ControlPlane.Clips;

namespace StreamClips.ControlPlane.Dashboard.Clips;

/// <summary>What the list of clips shows.</summary>
public sealed record ClipListModel
{
    /// <summary>The clips of this page.</summary>
    public required IReadOnlyList<Clip> Clips { get; init; }

    /// <summary>What is kept of their channels.</summary>
    public required IReadOnlyDictionary<Guid, RetentionLimits> Limits { get; init; }

    /// <summary>Which clips are listed.</summary>
    public required ClipFilter Filter { get; init; }

    /// <summary>In which order, as <c>sort</c> names it.</summary>
    public required string Sort { get; init; }

    /// <summary>The channels to choose from.</summary>
    public required IReadOnlyList<(Guid Id, string Name)> Streamers { get; init; }

    /// <summary>The tags to choose from.</summary>
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>Clips that are being removed, over all.</summary>
    public required long Removing { get; init; }

    /// <summary>The cursor of this page; null: the first.</summary>
    public string? Cursor { get; init; }

    /// <summary>The cursor of the next page; null: this is the last.</summary>
    public string? Next { get; init; }

    /// <summary>What is wrong with the filter, or with what was asked for.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>The page with these filters.</summary>
    /// <param name="cursor">Where it begins; null: the first.</param>
    public string Address(string? cursor) => Links.With("/app/clips",
        ("streamer", Filter.Streamer?.ToString()), ("process", Filter.Process?.ToString()), ("node", Filter.Node), ("favourite", Filter.Favourite is { } f ? f ? "true" : "false" : null),
        ("tag", Filter.Tag), ("since", Day(Filter.Since)), ("until", Day(Filter.Until)), ("min_score", Filter.MinScore?.ToString(CultureInfo.InvariantCulture)), ("q", Filter.Text),
        ("duplicates", Filter.Duplicates is { } d ? d ? "true" : "false" : null), ("removing", Filter.Removing ? "true" : null), ("sort", Sort == ClipQuery.Newest ? null : Sort), ("cursor", cursor));

    /// <summary>When a clip goes for its age; null: it does not.</summary>
    public DateTimeOffset? GoesAt(Clip clip) =>
        !clip.Favourite && clip.RemovingAt is null && clip.StreamerId is { } streamer && Limits.TryGetValue(streamer, out var limits) ? limits.GoesAt(clip.SavedAt) : null;

    /// <summary>A filter's time as an input of days takes it; with the time of day where it is none.</summary>
    public static string? Day(DateTimeOffset? at) => at is not { } time ? null
        : time.TimeOfDay == TimeSpan.Zero ? time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
