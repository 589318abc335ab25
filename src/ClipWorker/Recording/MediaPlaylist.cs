namespace StreamClips.ClipWorker.Recording;

/// <summary>A media playlist (RFC 8216 4.3.3).</summary>
internal sealed record MediaPlaylist
{
    /// <summary>The longest that a segment may be.</summary>
    public required TimeSpan TargetDuration { get; init; }

    /// <summary>EXT-X-ENDLIST: nothing will follow.</summary>
    public bool Ended { get; init; }

    /// <summary>EXT-X-DISCONTINUITY-SEQUENCE, null where it is not given.</summary>
    public long? DiscontinuitySequence { get; init; }

    /// <summary>The segments, oldest first.</summary>
    public required IReadOnlyList<MediaSegment> Segments { get; init; }

    /// <summary>How long its segments are together.</summary>
    public TimeSpan Length => TimeSpan.FromTicks(Segments.Sum(s => s.Duration.Ticks));

    /// <summary>EXT-X-DATERANGE tags.</summary>
    public IReadOnlyList<DateRange> DateRanges { get; init; } = [];
}

/// <summary>A segment as its playlist tells of it.</summary>
internal sealed record MediaSegment
{
    /// <summary>Its media sequence number.</summary>
    public required long Sequence { get; init; }

    /// <summary>Where its bytes are.</summary>
    public required Uri Uri { get; init; }

    /// <summary>EXTINF.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The title behind EXTINF's comma.</summary>
    public string Title { get; init; } = "";

    /// <summary>When its first frame was sent: EXT-X-PROGRAM-DATE-TIME, or reckoned from a neighbour's.</summary>
    public DateTimeOffset? Dated { get; init; }

    /// <summary>EXT-X-DISCONTINUITY stands before it: its timestamps do not continue the last one's.</summary>
    public bool Discontinuity { get; init; }

    /// <summary>EXT-X-GAP: it must not be fetched.</summary>
    public bool Gap { get; init; }

    /// <summary>EXT-X-BYTERANGE: it is a part of what is at the address.</summary>
    public ByteRange? Range { get; init; }

    /// <summary>EXT-X-MAP: what must be read before it.</summary>
    public SegmentMap? Map { get; init; }

    /// <summary>EXT-X-KEY: how it is encrypted.</summary>
    public SegmentKey? Key { get; init; }
}

/// <summary>A part of a file.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Length">Its bytes.</param>
internal sealed record ByteRange(long Offset, long Length);

/// <summary>A media initialization section (EXT-X-MAP).</summary>
/// <param name="Uri">Where it is.</param>
/// <param name="Range">The part of it; null: all.</param>
internal sealed record SegmentMap(Uri Uri, ByteRange? Range)
{
    /// <summary>How it is encrypted: by the key whose tag stands before it (4.3.2.5); null: not at all.</summary>
    public SegmentKey? Key { get; init; }

    /// <summary>Whether two are the same section, whatever tokens their addresses carry.</summary>
    public static bool AreSame(SegmentMap? one, SegmentMap? other) =>
        one is null || other is null ? one == other : one.Range == other.Range && one.Uri.AbsolutePath == other.Uri.AbsolutePath;
}

/// <summary>How a segment is encrypted (EXT-X-KEY).</summary>
/// <param name="Method">AES-128, SAMPLE-AES or another.</param>
/// <param name="Format">KEYFORMAT; <see cref="Identity"/>: the key itself is at the address.</param>
/// <param name="Uri">Where the key is; a secret. Null: it is not fetched by its address.</param>
/// <param name="Iv">The initialization vector; null: it is not known, as of a section whose tag gives none.</param>
internal sealed record SegmentKey(string Method, string Format, Uri? Uri, UInt128? Iv)
{
    /// <summary>The KEYFORMAT of keys that are fetched as 16 bytes.</summary>
    public const string Identity = "identity";

    /// <summary>Whether what it encrypts can be read here: whole segments by AES-128.</summary>
    public bool IsSupported => Method == "AES-128" && Format == Identity;
}

/// <summary>A stretch of time that a playlist tells of (EXT-X-DATERANGE).</summary>
/// <param name="Id">Its name.</param>
/// <param name="Class">What kind it is; may be empty.</param>
/// <param name="Start">When it begins.</param>
/// <param name="Duration">How long it is, or is planned to be; null where it is not known.</param>
internal sealed record DateRange(string Id, string Class, DateTimeOffset Start, TimeSpan? Duration)
{
    /// <summary>END-ON-NEXT: it ends where the next of its class begins.</summary>
    public bool EndOnNext { get; init; }
}
