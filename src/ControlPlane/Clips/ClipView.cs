using System.Text.Json;

namespace StreamClips.ControlPlane.Clips;

/// <summary>A clip as the API shows it.</summary>
public sealed record ClipView
{
    /// <summary>The clip.</summary>
    public required Guid Id { get; init; }

    /// <inheritdoc cref="Clip.ProcessId"/>
    public Guid? ProcessId { get; init; }

    /// <inheritdoc cref="Clip.StreamerId"/>
    public Guid? StreamerId { get; init; }

    /// <inheritdoc cref="Clip.Streamer"/>
    public required string Streamer { get; init; }

    /// <inheritdoc cref="Clip.NodeId"/>
    public required string Node { get; init; }

    /// <inheritdoc cref="Clip.Url"/>
    public required string Url { get; init; }

    /// <inheritdoc cref="Clip.StartedAt"/>
    public required DateTimeOffset StartedAt { get; init; }

    /// <inheritdoc cref="Clip.EndedAt"/>
    public required DateTimeOffset EndedAt { get; init; }

    /// <inheritdoc cref="Clip.MomentAt"/>
    public required DateTimeOffset MomentAt { get; init; }

    /// <inheritdoc cref="Clip.PeakAt"/>
    public required DateTimeOffset PeakAt { get; init; }

    /// <inheritdoc cref="Clip.TriggeredAt"/>
    public required DateTimeOffset TriggeredAt { get; init; }

    /// <inheritdoc cref="Clip.DurationS"/>
    public required double DurationS { get; init; }

    /// <inheritdoc cref="Clip.LostS"/>
    public required double LostS { get; init; }

    /// <inheritdoc cref="Clip.Score"/>
    public required double Score { get; init; }

    /// <inheritdoc cref="Clip.Reason"/>
    public required string Reason { get; init; }

    /// <inheritdoc cref="Clip.Detector"/>
    public required string Detector { get; init; }

    /// <inheritdoc cref="Clip.Format"/>
    public required string Format { get; init; }

    /// <inheritdoc cref="Clip.SizeBytes"/>
    public required long SizeBytes { get; init; }

    /// <inheritdoc cref="Clip.FilesBytes"/>
    public required long FilesBytes { get; init; }

    /// <inheritdoc cref="Clip.SavedAt"/>
    public required DateTimeOffset SavedAt { get; init; }

    /// <inheritdoc cref="Clip.Favourite"/>
    public required bool Favourite { get; init; }

    /// <inheritdoc cref="Clip.Tags"/>
    public required IReadOnlyList<string> Tags { get; init; }

    /// <inheritdoc cref="Clip.Note"/>
    public required string Note { get; init; }

    /// <inheritdoc cref="Clip.Version"/>
    public required long Version { get; init; }

    /// <summary>When it goes for its age, unless it becomes a favourite; null: it does not.</summary>
    public DateTimeOffset? GoesAt { get; init; }

    /// <summary>How its removal stands; null: it stays.</summary>
    public ClipRemovalView? Removal { get; init; }

    /// <inheritdoc cref="Clip.Duplicates"/>
    public required long DuplicateCount { get; init; }

    /// <summary>Path of the video.</summary>
    public required string Video { get; init; }

    /// <summary>Path of the picture.</summary>
    public required string Poster { get; init; }

    /// <summary>Its files; only where one clip is asked for.</summary>
    public IReadOnlyList<ClipFileRow>? Files { get; init; }

    /// <summary>Other cuts of its moment, which went; only where one clip is asked for.</summary>
    public IReadOnlyList<ClipDuplicate>? Duplicates { get; init; }

    /// <summary>What the worker wrote down; only where one clip is asked for.</summary>
    public JsonElement? Sidecar { get; init; }

    /// <summary>An example of one in a list.</summary>
    public static ClipView Example { get; } = new()
    {
        Id = new("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"), ProcessId = new("0193a1b2-0000-7000-8000-000000000002"), StreamerId = new("0193a1b2-0000-7000-8000-000000000001"), Streamer = "Ada", Node = "node-1",
        Url = "https://www.twitch.tv/ada", StartedAt = Noon, EndedAt = Noon.AddSeconds(60), MomentAt = Noon.AddSeconds(20), PeakAt = Noon.AddSeconds(35), TriggeredAt = Noon.AddSeconds(62), DurationS = 60,
        LostS = 0, Score = 3.5, Reason = "21.4 messages a second against 6.1 usual", Detector = "highlight", Format = "1920x1080 h264, aac", SizeBytes = 45_000_000, FilesBytes = 45_090_000,
        SavedAt = Noon.AddSeconds(75), Favourite = true, Tags = ["clutch", "late night"], Note = "The comeback in the last round.", Version = 3, DuplicateCount = 1,
        Video = "/clips/0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b/video", Poster = "/clips/0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b/poster",
    };

    /// <summary>An example of one that is asked for.</summary>
    public static ClipView WholeExample { get; } = Example with
    {
        Files = [new() { Kind = "video", Storage = "local", Key = "ada/2026-01-02/120020_3.5_0193a1b2.mp4", SizeBytes = 45_000_000, Sha256 = new('0', 64) }],
        Duplicates =
        [
            new()
            {
                Id = new("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c"), NodeId = "node-2", StartedAt = Noon.AddSeconds(2), DurationS = 41, LostS = 19,
                Reason = "clip 0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b shows the same moment and is longer", RemovedAt = Noon.AddMinutes(5),
            },
        ],
        Sidecar = JsonSerializer.SerializeToElement(new { clip_id = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b" }),
    };

    private static DateTimeOffset Noon => new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A clip in a list.</summary>
    /// <param name="c">The clip.</param>
    /// <param name="limits">What is kept of its streamer.</param>
    public static ClipView Of(Clip c, RetentionLimits limits) => new()
    {
        Id = c.Id,
        ProcessId = c.ProcessId,
        StreamerId = c.StreamerId,
        Streamer = c.Streamer,
        Node = c.NodeId,
        Url = c.Url,
        StartedAt = c.StartedAt,
        EndedAt = c.EndedAt,
        MomentAt = c.MomentAt,
        PeakAt = c.PeakAt,
        TriggeredAt = c.TriggeredAt,
        DurationS = c.DurationS,
        LostS = c.LostS,
        Score = c.Score,
        Reason = c.Reason,
        Detector = c.Detector,
        Format = c.Format,
        SizeBytes = c.SizeBytes,
        FilesBytes = c.FilesBytes,
        SavedAt = c.SavedAt,
        Favourite = c.Favourite,
        Tags = c.Tags,
        Note = c.Note,
        Version = c.Version,
        GoesAt = c.Favourite || c.RemovingAt is not null ? null : limits.GoesAt(c.SavedAt),
        Removal = ClipRemovalView.Of(c),
        DuplicateCount = c.Duplicates,
        Video = $"/clips/{c.Id}/video",
        Poster = $"/clips/{c.Id}/poster",
    };
}

/// <summary>How the removal of a clip stands.</summary>
/// <param name="Why">One of <see cref="RemovalKind"/>.</param>
/// <param name="Reason">The same in words.</param>
/// <param name="By">Who removes it; empty: the program.</param>
/// <param name="At">Since when.</param>
/// <param name="DuplicateOf">The clip of the same moment that stays.</param>
/// <param name="Tries">How often it was tried.</param>
/// <param name="NextAt">When it is tried next.</param>
/// <param name="Fault">What the storage last said against it; empty: nothing.</param>
public sealed record ClipRemovalView(string Why, string Reason, string By, DateTimeOffset At, Guid? DuplicateOf, int Tries, DateTimeOffset? NextAt, string Fault)
{
    /// <summary>Of a clip; null: it stays.</summary>
    public static ClipRemovalView? Of(Clip c) => c.RemovingAt is { } at ? new(c.Removal!, c.RemovalReason, c.RemovedBy, at, c.DuplicateOf, c.RemovalTries, c.RemovalNextAt, c.RemovalFault) : null;
}
