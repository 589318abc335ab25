namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// Which segments are advertisements that Twitch stitched in: those dated inside a DATERANGE of class
/// <c>twitch-stitched-ad</c> (or an id beginning <c>stitched-ad-</c>), and those with "Amazon" in the title. A discontinuity
/// alone is no advertisement.
/// </summary>
internal static class AdBreaks
{
    /// <summary>Whether this segment of the playlist is an advertisement.</summary>
    public static bool IsAd(MediaPlaylist playlist, MediaSegment segment)
    {
        if (segment.Title.Contains("Amazon", StringComparison.Ordinal)) return true;
        if (segment.Dated is not { } dated) return false;
        foreach (var range in playlist.DateRanges)
        {
            var ad = range.Class == "twitch-stitched-ad" || range.Id.StartsWith("stitched-ad-", StringComparison.Ordinal);
            if (ad && dated >= range.Start && dated - range.Start < range.Duration) return true;
        }

        return false;
    }
}
