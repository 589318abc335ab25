namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// Which segments are advertisements that Twitch stitched in: those dated inside a DATERANGE of class
/// <c>twitch-stitched-ad</c> (or an id beginning <c>stitched-ad-</c>), and those with "Amazon" in the title. A discontinuity
/// alone is no advertisement. One whose end is not told ends where, behind a discontinuity, a title says that it is live again; at the
/// latest after <see cref="Longest"/>. One thread.
/// </summary>
internal sealed class AdBreaks
{
    /// <summary>No break of Twitch is longer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private const string LiveTitle = "live";

    private readonly List<(DateTimeOffset Start, DateTimeOffset End)> _breaks = [];

    // Those whose end is not told, and where it was found: the segment that told it may have left the playlist since.
    private Dictionary<(string Id, DateTimeOffset Start), DateTimeOffset> _open = [];

    /// <summary>Finds those that a playlist tells of.</summary>
    public void Read(MediaPlaylist playlist)
    {
        _breaks.Clear();
        var open = new Dictionary<(string, DateTimeOffset), DateTimeOffset>();
        foreach (var range in playlist.DateRanges)
        {
            if (range.Class != "twitch-stitched-ad" && !range.Id.StartsWith("stitched-ad-", StringComparison.Ordinal)) continue;
            var next = range.EndOnNext ? playlist.DateRanges.Where(r => r.Class == range.Class && r.Start > range.Start).MinBy(r => r.Start) : null;
            if (range.Duration is { } duration) _breaks.Add((range.Start, range.Start + duration));
            else if (next is not null) _breaks.Add((range.Start, next.Start));
            else open[(range.Id, range.Start)] = _open.TryGetValue((range.Id, range.Start), out var known) ? known : range.Start < DateTimeOffset.MaxValue - Longest ? range.Start + Longest : range.Start;
        }

        // Bounded as the playlist's tags are.
        _open = open;
    }

    /// <summary>Whether a segment is an advertisement.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="dated">When its first frame was sent, where that is known.</param>
    public bool Hold(MediaSegment segment, DateTimeOffset? dated)
    {
        if (segment.Title.Contains("Amazon", StringComparison.Ordinal)) return true;
        if (dated is not { } at) return false;
        var live = segment.Discontinuity && segment.Title == LiveTitle;
        foreach (var ((id, start), end) in _open.ToList())
        {
            if (at < start || at >= end) continue;
            if (!live || at == start) return true;
            _open[(id, start)] = at;
        }

        return _breaks.Exists(b => at >= b.Start && at < b.End);
    }
}
