namespace StreamClips.ControlPlane.Clips;

/// <summary>What is known of a cut of a moment.</summary>
public sealed record ClipCut
{
    /// <summary>The clip.</summary>
    public required Guid Id { get; init; }

    /// <summary>The process that cut it, as the streamer's how-manieth it was.</summary>
    public required long Epoch { get; init; }

    /// <summary>When its first frame was sent.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When its last frame was sent.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Where the highlight is thought to begin.</summary>
    public required DateTimeOffset MomentAt { get; init; }

    /// <summary>Length in seconds, without what is missing.</summary>
    public required double DurationS { get; init; }

    /// <summary>Seconds of the wanted time that are missing.</summary>
    public required double LostS { get; init; }

    /// <summary>When it was saved.</summary>
    public required DateTimeOffset SavedAt { get; init; }

    /// <summary>Whether somebody wants it kept.</summary>
    public required bool Favourite { get; init; }

    /// <summary>SHA-256 of its video.</summary>
    public required string Sha256 { get; init; }
}

/// <summary>A clip that goes because another has its moment.</summary>
/// <param name="Goes">The clip that goes.</param>
/// <param name="Stays">The clip that stays.</param>
/// <param name="Reason">Why it is this one that goes, in words.</param>
public sealed record DuplicateVerdict(Guid Goes, Guid Stays, string Reason);

/// <summary>
/// Which of two cuts of one moment stays. A node that was lost and came back, and the node that took its place meanwhile, both cut what they saw:
/// one of them is enough. Two clips of one process are never the same moment: it lengthens a clip rather than cut another one. Pure.
/// </summary>
public static class DuplicateRule
{
    /// <summary>Moments so near to each other may be one: two detectors that began at different times place the beginning a little differently.</summary>
    public static readonly TimeSpan NearMoments = TimeSpan.FromSeconds(5);

    /// <summary>Of clips with near moments the shorter one must have as large a part in common with the other, so that nothing is lost that only it shows.</summary>
    public const double NearShare = 0.5;

    /// <summary>Clips that have so large a part of the shorter one in common are one moment wherever its beginning is thought to be.</summary>
    public const double MostShare = 0.8;

    /// <summary>Clips whose lengths differ by less are equally long: cuts begin at keyframes.</summary>
    private const double SameLengthS = 1;

    /// <summary>What goes when a clip comes in.</summary>
    /// <param name="newcomer">The clip.</param>
    /// <param name="others">Clips of the same streamer that stay so far.</param>
    /// <returns>Either the newcomer goes, or some of the others, or none: never both of a pair.</returns>
    public static IReadOnlyList<DuplicateVerdict> Decide(ClipCut newcomer, IEnumerable<ClipCut> others)
    {
        var same = others.Where(o => o.Id != newcomer.Id && AreSame(newcomer, o)).ToList();
        var better = same.Where(o => Compare(o, newcomer).Result < 0).OrderByDescending(o => o.Favourite).ThenByDescending(o => o.DurationS).ThenBy(o => o.SavedAt).FirstOrDefault();
        return better is not null
            ? [new(newcomer.Id, better.Id, Words(better, newcomer))]
            : [.. same.Select(o => new DuplicateVerdict(o.Id, newcomer.Id, Words(newcomer, o)))];
    }

    /// <summary>Whether two clips of a streamer show the same.</summary>
    public static bool AreSame(ClipCut a, ClipCut b)
    {
        if (a.Sha256 == b.Sha256) return true;
        if (a.Epoch == b.Epoch) return false;
        var common = Math.Max(0, (Least(a.EndedAt, b.EndedAt) - Most(a.StartedAt, b.StartedAt)).TotalSeconds);
        var shorter = Math.Max(0.001, Math.Min((a.EndedAt - a.StartedAt).TotalSeconds, (b.EndedAt - b.StartedAt).TotalSeconds));
        return common / shorter >= ((a.MomentAt - b.MomentAt).Duration() <= NearMoments ? NearShare : MostShare);
    }

    /// <summary>Which is worth more: a favourite, the longer one, the one that lacks less, the one saved earlier.</summary>
    /// <returns>Less than 0: the first one; and why.</returns>
    private static (int Result, string Why) Compare(ClipCut a, ClipCut b)
    {
        if (a.Favourite != b.Favourite) return (a.Favourite ? -1 : 1, "is a favourite");
        if (Math.Abs(a.DurationS - b.DurationS) >= SameLengthS) return (b.DurationS.CompareTo(a.DurationS), "is longer");
        if (Math.Abs(a.LostS - b.LostS) >= SameLengthS) return (a.LostS.CompareTo(b.LostS), "lacks less");
        return (a.SavedAt != b.SavedAt ? a.SavedAt.CompareTo(b.SavedAt) : a.Id.CompareTo(b.Id), "was saved earlier");
    }

    private static string Words(ClipCut stays, ClipCut goes) =>
        stays.Sha256 == goes.Sha256 ? $"clip {stays.Id} has the same bytes" : $"clip {stays.Id} shows the same moment and {Compare(stays, goes).Why}";

    private static DateTimeOffset Least(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static DateTimeOffset Most(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
