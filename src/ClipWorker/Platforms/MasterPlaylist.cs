using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms;

/// <summary>Reads master playlists (RFC 8216 4.3.4). Pure, linear in time, bounded in size.</summary>
internal static class MasterPlaylist
{
    /// <summary>The most variants that are looked at.</summary>
    public const int MaxVariants = 200;

    // A variant names a group of renditions; hundreds of languages are no live stream.
    private const int MaxRenditions = 500;

    /// <summary>Whether a playlist is a master playlist.</summary>
    public static bool IsMaster(ReadOnlySpan<byte> body) => body.IndexOf("#EXT-X-STREAM-INF"u8) >= 0;

    /// <summary>The variants of a master playlist. Key frames alone (EXT-X-I-FRAME-STREAM-INF) are none.</summary>
    public static Parsed<IReadOnlyList<Variant>> Parse(ReadOnlySpan<byte> body, Uri address)
    {
        var lines = PlaylistLines.Open(body);
        if (lines.Value is null) return Parsed<IReadOnlyList<Variant>>.Failed(lines.Fault!);
        var variables = new PlaylistVariables(address);
        var variants = new List<(Uri Uri, Dictionary<string, string> About)>();
        var renditions = new List<Dictionary<string, string>>();
        Dictionary<string, string>? about = null;
        while (lines.Value.Next() is { } line)
        {
            string? fault = null;
            var (tag, value) = PlaylistText.Tag(line);
            if (tag is "#EXT-X-MEDIA" or "#EXT-X-STREAM-INF" or "#EXT-X-DEFINE" && lines.Value.TooLong) fault = $"it has more than {PlaylistLines.MaxChars} characters";
            else if (tag == "#EXT-X-STREAM-INF") about = Attributes(value);
            else if (tag == "#EXT-X-MEDIA" && renditions.Count < MaxRenditions) renditions.Add(Attributes(value));
            else if (tag == "#EXT-X-DEFINE") fault = variables.Define(PlaylistText.Attributes(value, out _));
            else if (line[0] != '#' && about is not null && variants.Count < MaxVariants)
            {
                if (PlaylistText.Resolve(address, variables.Replace(line, out fault)) is { } uri) variants.Add((uri, about));
                about = null;
            }

            if (fault is not null) return Parsed<IReadOnlyList<Variant>>.Failed($"line {lines.Value.Number}, {PlaylistText.Quote(line)}: {fault}");

            Dictionary<string, string> Attributes(string list)
            {
                var attributes = PlaylistText.Attributes(list, out fault);
                if (!list.Contains("{$", StringComparison.Ordinal)) return attributes;
                foreach (var name in attributes.Keys.ToArray())
                {
                    attributes[name] = variables.Replace(attributes[name], out var undefined);
                    fault ??= undefined;
                }

                return attributes;
            }
        }

        return variants.Count > 0
            ? variants.ConvertAll(v => Make(v.Uri, v.About, renditions, address))
            : Parsed<IReadOnlyList<Variant>>.Failed("it is a master playlist without a variant that can be fetched");
    }

    private static Variant Make(Uri uri, Dictionary<string, string> about, List<Dictionary<string, string>> renditions, Uri address)
    {
        var size = about.GetValueOrDefault("RESOLUTION", "").Split('x');
        _ = PlaylistText.TryInteger(about.GetValueOrDefault("BANDWIDTH", ""), out var bandwidth);
        _ = PlaylistText.TryNumber(about.GetValueOrDefault("FRAME-RATE", ""), out var rate);
        var pixels = size.Length == 2 && PlaylistText.TryInteger(size[0], out var w) && PlaylistText.TryInteger(size[1], out var h) && w <= 100_000 && h <= 100_000
            ? (Width: (int)w, Height: (int)h)
            : default;
        var (video, audio) = (Group("VIDEO"), Group("AUDIO"));
        return new()
        {
            Uri = uri,
            Bandwidth = bandwidth,
            Width = pixels.Width,
            Height = pixels.Height,
            FrameRate = rate < 1000 ? rate : 0,
            Codecs = about.GetValueOrDefault("CODECS", ""),
            // Twitch's second version names a variant by itself; the first one names its group of renditions.
            Name = about.GetValueOrDefault("IVS-NAME") ?? about.GetValueOrDefault("STABLE-VARIANT-ID") ?? video.FirstOrDefault()?.GetValueOrDefault("NAME") ?? "",
            IsSource = about.GetValueOrDefault("IVS-VARIANT-SOURCE") == "source",
            Sound = SoundOf(audio, address),
        };

        List<Dictionary<string, string>> Group(string type) => about.GetValueOrDefault(type) is not { Length: > 0 } id
            ? []
            : renditions.FindAll(r => r.GetValueOrDefault("TYPE") == type && r.GetValueOrDefault("GROUP-ID") == id);
    }

    /// <summary>
    /// The playlist of a group's sound: of the rendition that is played unless somebody chooses another. Null where a rendition has no
    /// address, for that one is in the variant's own playlist (4.3.4.2.1).
    /// </summary>
    private static Uri? SoundOf(List<Dictionary<string, string>> group, Uri address)
    {
        if (group.Exists(r => !r.ContainsKey("URI"))) return null;
        return group.OrderByDescending(r => r.GetValueOrDefault("DEFAULT") == "YES").ThenByDescending(r => r.GetValueOrDefault("AUTOSELECT") == "YES")
            .Select(r => PlaylistText.Resolve(address, r["URI"])).FirstOrDefault(uri => uri is not null);
    }
}
