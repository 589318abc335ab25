namespace StreamClips.LiveSite.Video;

/// <summary>One quality of every channel.</summary>
/// <param name="Id">Name in paths and the STABLE-VARIANT-ID, such as <c>chunked</c>.</param>
/// <param name="Name">Name for people (IVS-NAME), such as <c>360p20</c>.</param>
/// <param name="Width">Width in pixels; 0: no picture.</param>
/// <param name="Height">Height in pixels; 0: no picture.</param>
/// <param name="Quality">The encoder's constant rate factor; smaller is better.</param>
/// <param name="MaxBitsPerSecond">What the master playlist promises as BANDWIDTH, and the encoder's ceiling.</param>
public sealed record Rendition(string Id, string Name, int Width, int Height, int Quality, int MaxBitsPerSecond)
{
    /// <summary>All qualities, the source first and audio only last.</summary>
    public static readonly IReadOnlyList<Rendition> All =
    [
        new("chunked", "360p20", Timing.Width, Timing.Height, 23, 1_600_000),
        new("240p20", "240p20", 426, 240, 26, 700_000),
        new("160p20", "160p20", 284, 160, 28, 350_000),
        new("audio_only", "audio_only", 0, 0, 0, 96_000),
    ];

    /// <summary>Whether there is a picture.</summary>
    public bool HasPicture => Width > 0;

    /// <summary>Whether this is what the streamer sends, and not made by the platform.</summary>
    public bool IsSource => Id == "chunked";

    /// <summary>The codecs as RFC 6381 names them: constrained baseline 3.0 and AAC-LC.</summary>
    public string Codecs => HasPicture ? "avc1.42C01E,mp4a.40.2" : "mp4a.40.2";

    /// <summary>The quality of a name in a path, or null.</summary>
    /// <param name="id">The name.</param>
    public static Rendition? Find(string? id) => All.FirstOrDefault(r => r.Id == id);
}
