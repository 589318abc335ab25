namespace StreamClips.ClipWorker.Surge;

/// <summary>A surge of the chat, and the stretch of the stream that shows what caused it.</summary>
internal sealed record DetectedSurge
{
    /// <summary>Where the clip begins.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>Where the clip ends.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>Where the highlight is thought to begin: between <see cref="Start"/> and <see cref="End"/>.</summary>
    public required DateTimeOffset Moment { get; init; }

    /// <summary>Where the chat was loudest, as far as was known at the decision.</summary>
    public required DateTimeOffset Peak { get; init; }

    /// <summary>When it was decided.</summary>
    public required DateTimeOffset TriggeredAt { get; init; }

    /// <summary>How many times the baseline.</summary>
    public required double Score { get; init; }

    /// <summary>Why, in numbers and words.</summary>
    public required string Reason { get; init; }
}
