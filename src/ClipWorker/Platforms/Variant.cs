using System.Text.RegularExpressions;

namespace StreamClips.ClipWorker.Platforms;

/// <summary>One quality of a stream (EXT-X-STREAM-INF, RFC 8216 4.3.4.2).</summary>
internal sealed partial record Variant
{
    /// <summary>Its media playlist.</summary>
    public required Uri Uri { get; init; }

    /// <summary>Peak bits a second; 0 where it is not told.</summary>
    public long Bandwidth { get; init; }

    /// <summary>Width in pixels; 0 where it is not told.</summary>
    public int Width { get; init; }

    /// <summary>Height in pixels; 0 where it is not told.</summary>
    public int Height { get; init; }

    /// <summary>Frames a second; 0 where it is not told.</summary>
    public double FrameRate { get; init; }

    /// <summary>Codecs, as <c>avc1.64001f,mp4a.40.2</c>; empty where they are not told.</summary>
    public string Codecs { get; init; } = "";

    /// <summary>The platform's name of it; empty where it has none.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether it is what the streamer sends, and not made of it by the platform (IVS-VARIANT-SOURCE).</summary>
    public bool IsSource { get; init; }

    /// <summary>The playlist that its sound is in; null: it is with the pictures.</summary>
    public Uri? Sound { get; init; }

    /// <summary>
    /// What people call its size: the 1080 of 1080p. The shorter side, for a picture may be upright; by its name where no size is
    /// told; 0 where nothing is.
    /// </summary>
    public int Lines => Height > 0 ? (Width > 0 ? Math.Min(Width, Height) : Height) : OfName("lines");

    /// <summary>Whole frames a second, 60 for 59.94; by its name where they are not told; 0 where nothing is.</summary>
    public int Rate => FrameRate > 0 ? (int)Math.Round(FrameRate) : OfName("rate");

    /// <summary>Whether there is a picture; where there is none it is sound or subtitles alone.</summary>
    public bool HasPicture => Height > 0
        || (Codecs.Length > 0 ? AllCodecs.Any(c => VideoCodecs.Any(c.StartsWith)) : !Name.Contains("audio", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether browsers play an MP4 file with these codecs everywhere; assumed where none are told.</summary>
    public bool Plays => AllCodecs.All(c => PlayedCodecs.Any(c.StartsWith));

    /// <summary>What has to stay the same for the bytes of two variants to make one file.</summary>
    public string Format => $"{Width}x{Height} {Rate} {Codecs}";

    /// <summary>This variant as a resolver's answer.</summary>
    public Resolution.Online Online() => new(Uri, Describe()) { Format = Format, Sound = Sound };

    /// <summary>What it is, for people: <c>1080p60 at 6.4 Mbit/s</c>.</summary>
    public string Describe()
    {
        var size = Lines > 0 ? $"{Lines}p{(Rate > 31 ? $"{Rate}" : "")}" : Name.Length > 0 ? Name : "unknown quality";
        return Bandwidth > 0 ? $"{size} at {Bandwidth / 1e6:0.0} Mbit/s" : size;
    }

    private IEnumerable<string> AllCodecs => Codecs.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(c => c.ToLowerInvariant());

    private int OfName(string group) => SizeInName().Match(Name).Groups[group] is { Success: true, Value: var digits } ? int.Parse(digits) : 0;

    [GeneratedRegex("(?<![0-9])(?<lines>[0-9]{3,4})p(?<rate>[0-9]{2,3})?(?![0-9])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SizeInName();

    private static readonly string[] VideoCodecs = ["avc", "hvc1", "hev1", "av01", "vp08", "vp09", "mp4v", "dvh", "dva", "vvc1", "vvi1"];

    // HEVC and Dolby play on some machines only, AC-3 hardly anywhere.
    private static readonly string[] PlayedCodecs = ["avc1", "avc3", "av01", "vp09", "mp4a", "opus", "flac"];
}
