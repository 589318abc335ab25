namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// The EXT-X-KEY tags in force at a place of a playlist (RFC 8216 4.3.2.4): one of each KEYFORMAT, until the next of that
/// format; METHOD=NONE ends them all. The <c>identity</c> key is the one that is used; others are kept to say what they are
/// (section 6.3.6: those of unknown formats are passed over where there is a known one).
/// </summary>
internal sealed class PlaylistKeys
{
    private const int MaxFormats = 16;
    private readonly Dictionary<string, SegmentKey> _byFormat = [];

    /// <summary>The key in force without its initialization vector from a segment's number; null: nothing is encrypted.</summary>
    public SegmentKey? Current { get; private set; }

    /// <summary>Takes in a tag's attributes.</summary>
    /// <returns>What is wrong with them, or null.</returns>
    public string? Take(IReadOnlyDictionary<string, string> attributes, Uri playlist)
    {
        var method = attributes.GetValueOrDefault("METHOD", "");
        if (method.Length == 0) return "it has no METHOD";
        if (method == "NONE")
        {
            _byFormat.Clear();
            Current = null;
            return null;
        }

        var format = attributes.GetValueOrDefault("KEYFORMAT", SegmentKey.Identity);
        var fetched = format == SegmentKey.Identity;
        UInt128? iv = null;
        if (attributes.TryGetValue("IV", out var text) && fetched)
        {
            if (!PlaylistText.TryHex(text, out var number)) return "its IV is no number of 128 bits, as 0x0123";
            iv = number;
        }

        var uri = attributes.TryGetValue("URI", out var reference) ? PlaylistText.Resolve(playlist, reference) : null;
        if (fetched && uri is null) return "it has no address of a key that can be fetched";
        if (_byFormat.Count == MaxFormats && !_byFormat.ContainsKey(format)) return $"there are more than {MaxFormats} formats of keys";
        _byFormat[format] = new(method, format, uri, iv);
        Current = _byFormat.GetValueOrDefault(SegmentKey.Identity) ?? _byFormat[format];
        return null;
    }

    /// <summary>The key of a segment; null: it is not encrypted.</summary>
    /// <param name="sequence">Its media sequence number: the initialization vector where the tag has none (section 5.2).</param>
    public SegmentKey? For(long sequence) => Current is { Iv: null } key ? key with { Iv = (UInt128)sequence } : Current;
}
