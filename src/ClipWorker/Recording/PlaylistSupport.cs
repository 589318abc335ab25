namespace StreamClips.ClipWorker.Recording;

/// <summary>Refuses what would become a broken clip, rather than making one.</summary>
internal static class PlaylistSupport
{
    /// <summary>Why streams of this kind cannot be clipped; null where they can.</summary>
    public static string? Refusal(MediaPlaylist playlist)
    {
        foreach (var segment in playlist.Segments)
        {
            if ((segment.Key is { IsSupported: false } ? segment.Key : segment.Map?.Key) is { IsSupported: false } key)
                return $"it is protected ({key.Method}{(key.Format == SegmentKey.Identity ? "" : $", {key.Format}")}), and protected streams are not clipped";
            if (segment.Map?.Key is { Iv: null }) return "its initialization section is encrypted by a key without an IV, which has to be there";
        }

        return null;
    }
}
