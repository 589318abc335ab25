using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms;

/// <summary>One quality of a stream (EXT-X-STREAM-INF, RFC 8216 4.3.4.2).</summary>
internal sealed record Variant
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

    /// <summary>Whether its sound is in another playlist.</summary>
    public bool SeparateAudio { get; init; }

    /// <summary>Whether it has no picture.</summary>
    public bool AudioOnly =>
        Name.Contains("audio", StringComparison.OrdinalIgnoreCase)
        || (Height == 0 && Codecs.Length > 0 && !VideoCodecs.Any(c => Codecs.Contains(c, StringComparison.OrdinalIgnoreCase)));

    /// <summary>What it is, for people: <c>1080p60 at 6.4 Mbit/s</c>.</summary>
    public string Describe()
    {
        var size = Height > 0 ? $"{Height}p{(FrameRate > 31 ? $"{FrameRate:0}" : "")}" : Name.Length > 0 ? Name : "unknown quality";
        return Bandwidth > 0 ? $"{size} at {Bandwidth / 1e6:0.0} Mbit/s" : size;
    }

    private static readonly string[] VideoCodecs = ["avc", "hvc1", "hev1", "av01", "vp08", "vp09", "mp4v", "dvh"];
}

/// <summary>Reads master playlists and chooses from them. Pure.</summary>
internal static class MasterPlaylist
{
    /// <summary>The most variants that are looked at.</summary>
    public const int MaxVariants = 200;

    /// <summary>Whether a playlist is a master playlist.</summary>
    public static bool IsMaster(ReadOnlySpan<byte> body) => body.IndexOf("#EXT-X-STREAM-INF"u8) >= 0;

    /// <summary>The variants of a master playlist.</summary>
    public static Parsed<IReadOnlyList<Variant>> Parse(ReadOnlySpan<byte> body, Uri address)
    {
        var lines = PlaylistText.Lines(body);
        if (lines.Value is null) return Parsed<IReadOnlyList<Variant>>.Failed(lines.Fault!);
        var variants = new List<Variant>();
        var (names, audio) = (new Dictionary<string, string>(), new HashSet<string>());
        Dictionary<string, string>? about = null;
        foreach (var line in lines.Value)
        {
            if (PlaylistText.TryTag(line, "#EXT-X-MEDIA", out var value))
            {
                var media = PlaylistText.Attributes(value);
                var group = media.GetValueOrDefault("GROUP-ID", "");
                if (media.GetValueOrDefault("TYPE") == "VIDEO") names.TryAdd(group, media.GetValueOrDefault("NAME", ""));
                if (media.GetValueOrDefault("TYPE") == "AUDIO" && media.ContainsKey("URI")) audio.Add(group);
            }
            else if (PlaylistText.TryTag(line, "#EXT-X-STREAM-INF", out value)) about = PlaylistText.Attributes(value);
            else if (line.Length > 0 && line[0] != '#' && about is not null && variants.Count < MaxVariants)
            {
                if (PlaylistText.Resolve(address, line) is { } uri) variants.Add(Make(uri, about, names, audio));
                about = null;
            }
        }

        return variants.Count > 0 ? variants : Parsed<IReadOnlyList<Variant>>.Failed("it is a master playlist without a variant that can be fetched");
    }

    /// <summary>
    /// The best variant: the highest picture, then the most frames a second, then the most bits. Never one without a picture.
    /// </summary>
    /// <returns>The variant, or why there is none.</returns>
    public static Parsed<Variant> Best(IEnumerable<Variant> variants)
    {
        var pictures = variants.Where(v => !v.AudioOnly).ToList();
        if (pictures.Count == 0) return Parsed<Variant>.Failed("it offers sound only, and a clip needs a picture");
        var best = pictures.Where(v => !v.SeparateAudio).OrderByDescending(v => v.Height).ThenByDescending(v => v.FrameRate).ThenByDescending(v => v.Bandwidth).FirstOrDefault();
        return best is null ? Parsed<Variant>.Failed("its sound is in a playlist of its own, which is not supported yet") : best;
    }

    private static Variant Make(Uri uri, Dictionary<string, string> about, Dictionary<string, string> names, HashSet<string> audio)
    {
        var size = about.GetValueOrDefault("RESOLUTION", "").Split('x');
        _ = PlaylistText.TryInteger(about.GetValueOrDefault("BANDWIDTH", ""), out var bandwidth);
        _ = PlaylistText.TryNumber(about.GetValueOrDefault("FRAME-RATE", ""), out var rate);
        var pixels = size.Length == 2 && PlaylistText.TryInteger(size[0], out var w) && PlaylistText.TryInteger(size[1], out var h) && w <= 100_000 && h <= 100_000
            ? (Width: (int)w, Height: (int)h)
            : default;
        return new()
        {
            Uri = uri,
            Bandwidth = bandwidth,
            Width = pixels.Width,
            Height = pixels.Height,
            FrameRate = rate,
            Codecs = about.GetValueOrDefault("CODECS", ""),
            // Twitch's second version names a variant by itself; the first one names its group of renditions.
            Name = about.GetValueOrDefault("IVS-NAME") ?? about.GetValueOrDefault("STABLE-VARIANT-ID")
                ?? names.GetValueOrDefault(about.GetValueOrDefault("VIDEO", ""), ""),
            SeparateAudio = audio.Contains(about.GetValueOrDefault("AUDIO", "")),
        };
    }
}
