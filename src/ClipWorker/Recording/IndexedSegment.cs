namespace StreamClips.ClipWorker.Recording;

/// <summary>What is known of a segment of the stream. Its bytes are another matter: they may lie in the ring, or nowhere.</summary>
internal sealed record IndexedSegment
{
    /// <summary>Its number in this worker, from 1, growing by 1; the playlist's own numbers may jump or begin anew.</summary>
    public required long Number { get; init; }

    /// <summary>Segments of one part have timestamps that continue each other, so that their bytes make one file.</summary>
    public required int Part { get; init; }

    /// <summary>The playlist's number of it.</summary>
    public long Sequence { get; init; }

    /// <summary>Where its bytes are.</summary>
    public required Uri Uri { get; init; }

    /// <summary>Its length.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>When its first frame was sent, by the stream's clock; null where the playlist has no dates.</summary>
    public DateTimeOffset? Dated { get; init; }

    /// <summary>When its first frame was sent, reckoned from its arrival: by this machine's clock, and late by the stream's delay.</summary>
    public required DateTimeOffset Arrived { get; init; }

    /// <summary>The part of what is at the address; null: all.</summary>
    public ByteRange? Range { get; init; }

    /// <summary>What must be read before it; null: nothing.</summary>
    public SegmentMap? Map { get; init; }

    /// <summary>How it is encrypted; null: not at all.</summary>
    public SegmentKey? Key { get; init; }

    /// <summary>Whether its sound is in a playlist of its own.</summary>
    public bool SoundApart { get; init; }
}
