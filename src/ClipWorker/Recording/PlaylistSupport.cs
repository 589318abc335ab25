namespace StreamClips.ClipWorker.Recording;

/// <summary>Refuses what would become a broken clip, rather than making one.</summary>
internal static class PlaylistSupport
{
    /// <summary>Why streams of this kind cannot be clipped; null where they can.</summary>
    public static string? Refusal(MediaPlaylist playlist)
    {
        foreach (var segment in playlist.Segments)
        {
            if (segment.Key is not { } key) continue;
            return key is { Method: "AES-128", Format: "identity" }
                ? "it is encrypted (AES-128), which is not supported yet"
                : $"it is protected ({key.Method}{(key.Format == "identity" ? "" : $", {key.Format}")}), and protected streams are not clipped";
        }

        return null;
    }
}
