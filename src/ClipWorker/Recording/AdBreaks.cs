namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// Which segments are advertisements that Twitch stitched in: those dated inside a DATERANGE of class
/// <c>twitch-stitched-ad</c> (or an id beginning <c>stitched-ad-</c>), and those with "Amazon" in the title. A discontinuity
/// alone is no advertisement.
/// </summary>
internal sealed class AdBreaks
{
    private readonly List<(DateTimeOffset Start, DateTimeOffset End)> _breaks = [];

    /// <summary>Finds those that a playlist tells of. One whose end is not told is known by its titles alone.</summary>
    public AdBreaks(MediaPlaylist playlist)
    {
        foreach (var range in playlist.DateRanges)
        {
            if (range.Class != "twitch-stitched-ad" && !range.Id.StartsWith("stitched-ad-", StringComparison.Ordinal)) continue;
            var next = range.EndOnNext ? playlist.DateRanges.Where(r => r.Class == range.Class && r.Start > range.Start).MinBy(r => r.Start) : null;
            if (range.Duration is { } duration) _breaks.Add((range.Start, range.Start + duration));
            else if (next is not null) _breaks.Add((range.Start, next.Start));
        }
    }

    /// <summary>Whether a segment is an advertisement.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="dated">When its first frame was sent, where that is known.</param>
    public bool Hold(MediaSegment segment, DateTimeOffset? dated) =>
        segment.Title.Contains("Amazon", StringComparison.Ordinal)
        || (dated is { } at && _breaks.Exists(b => at >= b.Start && at < b.End));
}
