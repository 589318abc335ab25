namespace StreamClips.ControlPlane.Clips;

/// <summary>A clip in storage, without its sidecar.</summary>
public sealed record Clip
{
    /// <summary>The row; the worker made it.</summary>
    public required Guid Id { get; init; }

    /// <summary>The process that cut it; null where its row is gone.</summary>
    public Guid? ProcessId { get; init; }

    /// <summary>The channel's row; null where it was removed.</summary>
    public Guid? StreamerId { get; init; }

    /// <summary>The node that cut it.</summary>
    public required string NodeId { get; init; }

    /// <summary>The channel's name at that time.</summary>
    public required string Streamer { get; init; }

    /// <summary>The channel's URL.</summary>
    public required string Url { get; init; }

    /// <summary>When the first frame was sent, on the stream's clock.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the last frame was sent.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Where the highlight is thought to begin.</summary>
    public required DateTimeOffset MomentAt { get; init; }

    /// <summary>Where the chat was loudest.</summary>
    public required DateTimeOffset PeakAt { get; init; }

    /// <summary>When the detector decided.</summary>
    public required DateTimeOffset TriggeredAt { get; init; }

    /// <summary>Length in seconds.</summary>
    public required double DurationS { get; init; }

    /// <summary>Seconds of the wanted time that are missing.</summary>
    public required double LostS { get; init; }

    /// <summary>How many times the baseline.</summary>
    public required double Score { get; init; }

    /// <summary>Why, in numbers and words.</summary>
    public required string Reason { get; init; }

    /// <summary>The detector that decided.</summary>
    public required string Detector { get; init; }

    /// <summary>Size and codecs.</summary>
    public required string Format { get; init; }

    /// <summary>Length of the video file in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Length of all its files in bytes.</summary>
    public required long FilesBytes { get; init; }

    /// <summary>When its row was written.</summary>
    public required DateTimeOffset SavedAt { get; init; }

    /// <summary>Whether somebody wants it kept: retention leaves it alone.</summary>
    public required bool Favourite { get; init; }

    /// <summary>What people filed it under, as <see cref="ClipTags"/> makes them.</summary>
    public required string[] Tags { get; init; }

    /// <summary>What people wrote about it.</summary>
    public required string Note { get; init; }

    /// <summary>Grows with each change that people make.</summary>
    public required long Version { get; init; }

    /// <summary>Since when it is being removed; null: it stays.</summary>
    public DateTimeOffset? RemovingAt { get; init; }

    /// <summary>Why it is being removed: one of <see cref="RemovalKind"/>.</summary>
    public string? Removal { get; init; }

    /// <summary>The same in words.</summary>
    public string RemovalReason { get; init; } = "";

    /// <summary>Who removes it; empty: the program.</summary>
    public string RemovedBy { get; init; } = "";

    /// <summary>The clip of the same moment that stays in its place.</summary>
    public Guid? DuplicateOf { get; init; }

    /// <summary>How often its removal was tried.</summary>
    public int RemovalTries { get; init; }

    /// <summary>When it is tried next.</summary>
    public DateTimeOffset? RemovalNextAt { get; init; }

    /// <summary>What the storage last said against it; empty: nothing.</summary>
    public string RemovalFault { get; init; } = "";

    /// <summary>Whether there are small pictures of it.</summary>
    public bool HasPreview { get; init; }

    /// <summary>Other cuts of the same moment that it was kept instead of.</summary>
    public long Duplicates { get; init; }
}

/// <summary>A file of a clip.</summary>
public sealed record ClipFileRow
{
    /// <summary>video, poster, sidecar, vertical or preview.</summary>
    public required string Kind { get; init; }

    /// <summary>The name of the storage that it lies in.</summary>
    public required string Storage { get; init; }

    /// <summary>Where it lies below the storage's root.</summary>
    public required string Key { get; init; }

    /// <summary>Its length.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Its SHA-256, lower-case hex.</summary>
    public required string Sha256 { get; init; }
}

/// <summary>Another cut of a clip's moment, which went.</summary>
public sealed record ClipDuplicate
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The node that cut it.</summary>
    public required string NodeId { get; init; }

    /// <summary>The process that cut it.</summary>
    public Guid? ProcessId { get; init; }

    /// <summary>Where it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Its length in seconds.</summary>
    public required double DurationS { get; init; }

    /// <summary>Seconds that it lacked.</summary>
    public required double LostS { get; init; }

    /// <summary>Why it went, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>When its files were gone; null: they are going.</summary>
    public DateTimeOffset? RemovedAt { get; init; }
}

/// <summary>Why clips go.</summary>
public static class RemovalKind
{
    /// <summary>Somebody deleted it.</summary>
    public const string Deleted = "deleted";

    /// <summary>Another clip has the same moment.</summary>
    public const string Duplicate = "duplicate";

    /// <summary>It was kept for as long, or with as many, as the settings say.</summary>
    public const string Retention = "retention";
}
