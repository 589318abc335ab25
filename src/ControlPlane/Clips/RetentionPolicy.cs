using System.Globalization;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Clips;

/// <summary>How many clips of a streamer are kept, and for how long.</summary>
/// <param name="Days">Days since a clip was saved; 0: for ever.</param>
/// <param name="Count">Clips; 0: as many as there are.</param>
/// <param name="Bytes">Bytes of all their files; 0: as many as there are.</param>
public sealed record RetentionLimits(double Days, long Count, double Bytes)
{
    private const double Gib = 1L << 30;

    /// <summary>Everything is kept.</summary>
    public static RetentionLimits None { get; } = new(0, 0, 0);

    /// <summary>What settings say.</summary>
    public static RetentionLimits Of(ClipSettings settings) => new(settings.KeepClipsDays, (long)settings.KeepClipsCount, settings.KeepClipsGib * Gib);

    /// <summary>Whether anything ever goes.</summary>
    public bool Any => Days > 0 || Count > 0 || Bytes > 0;

    /// <summary>When a clip goes for its age; null: never.</summary>
    public DateTimeOffset? GoesAt(DateTimeOffset savedAt) =>
        Days > 0 && Days < (DateTimeOffset.MaxValue - savedAt).TotalDays ? savedAt + TimeSpan.FromDays(Days) : null;

    /// <summary>What may make clips go before their time; null: nothing.</summary>
    public string? Bound
    {
        get
        {
            var bounds = new List<string>();
            if (Count > 0) bounds.Add($"{Count} clips");
            if (Bytes > 0) bounds.Add(string.Create(CultureInfo.InvariantCulture, $"{Bytes / Gib:0.###} GiB"));
            return bounds.Count == 0 ? null : string.Join(" or ", bounds);
        }
    }
}

/// <summary>A clip that retention looks at.</summary>
public sealed record KeptClip
{
    /// <summary>The clip.</summary>
    public required Guid Id { get; init; }

    /// <summary>When it was saved. Not when it was cut: a clip that comes late is kept as long as any other.</summary>
    public required DateTimeOffset SavedAt { get; init; }

    /// <summary>Bytes of all its files.</summary>
    public required long Bytes { get; init; }
}

/// <summary>A clip that goes.</summary>
/// <param name="Clip">The clip.</param>
/// <param name="Reason">Why, in words.</param>
public sealed record RetentionVerdict(Guid Clip, string Reason);

/// <summary>Which clips of a streamer go for their age, their number or their size: those that were saved longest ago. Pure.</summary>
public static class RetentionPolicy
{
    /// <summary>Decides.</summary>
    /// <param name="limits">What is kept.</param>
    /// <param name="clips">The clips, without favourites: those neither go nor count.</param>
    /// <param name="now">The time.</param>
    /// <returns>Those that go, oldest first. The newest clip never goes for its size alone.</returns>
    public static IReadOnlyList<RetentionVerdict> Decide(RetentionLimits limits, IEnumerable<KeptClip> clips, DateTimeOffset now)
    {
        var (goes, count, bytes) = (new List<RetentionVerdict>(), 0L, 0.0);
        foreach (var clip in clips.OrderByDescending(c => c.SavedAt).ThenByDescending(c => c.Id))
        {
            count++;
            bytes += clip.Bytes;
            if (limits.GoesAt(clip.SavedAt) is { } at && at <= now) goes.Add(new(clip.Id, Text($"it was saved more than {limits.Days:0.###} days ago (keep_clips_days)")));
            else if (limits.Count > 0 && count > limits.Count) goes.Add(new(clip.Id, Text($"there are {limits.Count} newer clips of the channel (keep_clips_count)")));
            else if (limits.Bytes > 0 && bytes > limits.Bytes && count > 1) goes.Add(new(clip.Id, Text($"with it the channel's clips take up more than {limits.Bytes / (1L << 30):0.###} GiB (keep_clips_gib)")));
        }

        goes.Reverse();
        return goes;
    }

    private static string Text(FormattableString words) => FormattableString.Invariant(words);
}
