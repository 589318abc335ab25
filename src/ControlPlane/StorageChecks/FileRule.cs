using System.Globalization;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.StorageChecks;

/// <summary>What a check finds.</summary>
public static class FindingKind
{
    /// <summary>A file with a clip's name that no row names.</summary>
    public const string Orphan = "orphan";

    /// <summary>A temporary file of an upload or a trial.</summary>
    public const string Temporary = "temporary";

    /// <summary>A file whose name is not one that clips have: others' most likely.</summary>
    public const string Foreign = "foreign";

    /// <summary>A row whose file is not there.</summary>
    public const string Missing = "missing";

    /// <summary>A row whose file has another length.</summary>
    public const string Damaged = "damaged";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Orphan, Temporary, Foreign, Missing, Damaged];
}

/// <summary>What is known of a node that may have stored a file and not said so yet.</summary>
public sealed record NodeHeard
{
    /// <summary>
    /// A session that has lasted so long has told of all that was in storage before: an agent says what is unsaid at the beginning of each session, after a restart once it has looked
    /// whether the files are in storage, and again until it is heard.
    /// </summary>
    public static readonly TimeSpan Settles = TimeSpan.FromHours(1);

    /// <summary>The node.</summary>
    public required string Id { get; init; }

    /// <summary>When its last session began.</summary>
    public required DateTimeOffset ConnectedAt { get; init; }

    /// <summary>When it was last heard of in it.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>When the oldest clip was finished that it has not shipped: of that some files may lie in storage, and others wait for room there. Null: it has none.</summary>
    public DateTimeOffset? OldestUnshippedAt { get; init; }

    /// <summary>What it stored until then it has told of; null: nothing is known.</summary>
    public DateTimeOffset? ToldUntil => LastSeenAt - ConnectedAt < Settles ? null : (OldestUnshippedAt is { } oldest && oldest < LastSeenAt ? oldest : LastSeenAt) - Settles;
}

/// <summary>What a file in a storage is.</summary>
/// <param name="Kind">One of <see cref="FindingKind"/>.</param>
/// <param name="Goes">Whether it may be removed.</param>
/// <param name="Reason">Why, or why not, in words.</param>
public sealed record FileVerdict(string Kind, bool Goes, string Reason);

/// <summary>Which of the files that no row names may go. Pure.</summary>
public static class FileRule
{
    /// <summary>Decides.</summary>
    /// <param name="file">The file.</param>
    /// <param name="namesake">The storage in which a row has a file of this name; null: none has.</param>
    /// <param name="olderThan">Younger ones stay.</param>
    /// <param name="nodes">Every node that may still speak: all but those that were taken out of service.</param>
    /// <param name="now">The time.</param>
    public static FileVerdict Decide(StoredObject file, string? namesake, TimeSpan olderThan, IReadOnlyList<NodeHeard> nodes, DateTimeOffset now)
    {
        var isYoung = now - file.ChangedAt < olderThan;
        var young = Text($"it is younger than {olderThan.TotalHours:0.##} h");
        if (file.IsTemporary) return new(FindingKind.Temporary, !isYoung, isYoung ? young : "what wrote it was cut short");
        if (file.Key is null) return new(FindingKind.Foreign, false, "clips have no such names: it is left alone");
        if (!file.Key.NamesClip) return new(FindingKind.Foreign, false, "its name does not end with a clip's id, so it may be another program's: it is left alone");
        if (namesake is not null) return new(FindingKind.Orphan, false, $"a clip has a file of this name in storage '{namesake}': see that these are two places, and not one with two names");
        if (isYoung) return new(FindingKind.Orphan, false, young);
        var silent = nodes.Where(n => n.ToldUntil is not { } until || until < file.ChangedAt).MinBy(n => n.LastSeenAt);
        return silent is null
            ? new(FindingKind.Orphan, true, "no clip has it, and every node has had the time to tell of it")
            : new(FindingKind.Orphan, false, Text($"node {silent.Id}, last heard of at {silent.LastSeenAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC, may still tell of it: wait until it has been connected for an hour and has shipped what it had then, or retire it where it is gone for good"));
    }

    /// <summary>Whether so much would go that something else is wrong: a storage that is not mounted, a database of another day.</summary>
    /// <param name="goes">How many would go.</param>
    /// <param name="all">Of how many, without those of others.</param>
    public static bool IsTooMuch(long goes, long all) => goes > 10 && goes * 2 > all;

    private static string Text(FormattableString words) => words.ToString(CultureInfo.InvariantCulture);
}
