namespace StreamClips.LiveSite.Playlists;

/// <summary>How a channel's segments are made and wrapped. Platforms differ in this; a channel keeps its way.</summary>
/// <param name="Fragmented">Fragmented MP4 with an initialization section (EXT-X-MAP) in place of MPEG-TS.</param>
/// <param name="Ranges">One file for each run of the encoder, of which every segment is a byte range.</param>
/// <param name="Encrypted">AES-128. MPEG-TS: another key every <see cref="KeySegments"/> segments, in turn with a vector and without.
/// Fragmented MP4: one key, also for the initialization section.</param>
/// <param name="Uneven">Segments of 2, 4, 2 and 6 seconds in turn.</param>
/// <param name="Keyless">Keyframes every 3 s: two segments of three begin without one.</param>
/// <param name="Apart">The sound in a playlist of its own (EXT-X-MEDIA): the qualities are pictures alone. As plain HLS.</param>
public sealed record Packaging(bool Fragmented, bool Ranges, bool Encrypted, bool Uneven, bool Keyless, bool Apart = false)
{
    /// <summary>Whole MPEG-TS segments of equal length, in clear.</summary>
    public static readonly Packaging Plain = new(false, false, false, false, false);

    /// <summary>The words of the command line.</summary>
    public static readonly IReadOnlyList<string> Words = ["fmp4", "ranges", "aes", "uneven", "keyless", "apart"];

    /// <summary>How many segments have the same key.</summary>
    public const int KeySegments = 5;

    private static readonly int[] UnevenCuts = [1, 2, 1, 3];

    /// <summary>The end of a segment's name.</summary>
    public string Extension => Fragmented ? "m4s" : "ts";

    /// <summary>The media type of a segment.</summary>
    public string MediaType => Fragmented ? "video/mp4" : "video/mp2t";

    /// <summary>The longest segment in seconds.</summary>
    public int TargetSeconds => Video.Timing.SegmentSeconds * (Uneven ? UnevenCuts.Max() : 1);

    /// <summary>How many of the encoder's cuts make a segment.</summary>
    /// <param name="segment">The segment's number in the broadcast, from 0.</param>
    public int CutsOf(long segment) => Uneven ? UnevenCuts[segment % UnevenCuts.Length] : 1;

    /// <summary>Reads words, as <c>fmp4+aes</c>; null: one of them is unknown.</summary>
    /// <param name="text">The words.</param>
    public static Packaging? Read(string text)
    {
        var words = text.Split('+');
        return words.All(Words.Contains)
            ? new(words.Contains("fmp4"), words.Contains("ranges"), words.Contains("aes"), words.Contains("uneven"), words.Contains("keyless"), words.Contains("apart"))
            : null;
    }
}
