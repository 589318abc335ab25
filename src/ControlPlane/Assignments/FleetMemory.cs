using StreamClips.ControlPlane.Settings;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Assignments;

/// <summary>What a memory of the fleet is of: other default settings, or another server, are another memory.</summary>
internal sealed record FleetOrigin
{
    /// <summary>The default settings as they were saved; null: nobody has saved any.</summary>
    public string? Value { get; init; }

    /// <summary>Their version; 0: there is none.</summary>
    public required long Version { get; init; }

    /// <summary>
    /// Which life of which server it was read from: a standby that was promoted may lack the last commits of the one before it, and count its transactions anew from
    /// there. And which table: a copy that was put back has others.
    /// </summary>
    public required string Server { get; init; }
}

/// <summary>What a planner keeps of the fleet between two plans. As large as the fleet; a cache of what is committed, and never more than that.</summary>
/// <param name="origin">What it is of.</param>
/// <param name="defaults">The default settings, read.</param>
internal sealed class FleetMemory(FleetOrigin origin, ClipSettings defaults)
{
    private readonly Dictionary<Guid, PlannedStreamer> _streamers = [];
    private readonly Dictionary<Guid, LiveAssignment> _live = [];

    // Nearly all have the same settings: a text is read once, and what is equal is one object, so that it is compared at once.
    private readonly Dictionary<string, ClipSettings?> _overridden = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ClipSettings?> _told = new(StringComparer.Ordinal);
    private readonly Dictionary<ClipSettings, ClipSettings> _same = [];

    /// <summary>What it is of.</summary>
    public FleetOrigin Origin { get; } = origin;

    /// <summary>The oldest transaction that was open when it was read: what that and later ones change is to be read again.</summary>
    public required string Seen { get; set; }

    /// <summary>Settings of a streamer's own over the defaults; null: they cannot be read.</summary>
    public ClipSettings? Overridden(string text) => Once(_overridden, text, t => SettingsOverrides.TryApply(defaults, t)?.ForWorker());

    /// <summary>Whole settings; null: they cannot be read.</summary>
    public ClipSettings? Told(string text) => Once(_told, text, t => SettingsOverrides.TryRead(t)?.ForWorker());

    /// <summary>Forgets a streamer and what runs for it.</summary>
    public void Forget(Guid streamer)
    {
        _streamers.Remove(streamer);
        _live.Remove(streamer);
    }

    /// <summary>Takes a streamer in.</summary>
    public void Take(PlannedStreamer streamer) => _streamers[streamer.Id] = streamer;

    /// <summary>Takes in what runs for a streamer.</summary>
    public void Take(LiveAssignment live) => _live[live.StreamerId] = live;

    /// <summary>The facts of a plan, with what is read anew each time.</summary>
    public PlanFacts Facts(IReadOnlyList<PlannedNode> nodes, IReadOnlyList<PastFailure> failures, Balance balance) => new([.. _streamers.Values], nodes, [.. _live.Values], failures, balance);

    /// <summary>What differs from another memory of the same moment, a line each.</summary>
    public IEnumerable<string> Differences(FleetMemory other) =>
        Differences(_streamers, other._streamers).Select(d => $"streamer {d}").Concat(Differences(_live, other._live).Select(d => $"what runs for streamer {d}"));

    private static IEnumerable<string> Differences<T>(Dictionary<Guid, T> mine, Dictionary<Guid, T> others)
        where T : class
    {
        foreach (var (id, thing) in mine)
        {
            if (!others.TryGetValue(id, out var other)) yield return $"{id} is not there";
            else if (!thing.Equals(other)) yield return $"{id} is another";
        }

        foreach (var id in others.Keys.Where(id => !mine.ContainsKey(id))) yield return $"{id} was missed";
    }

    private ClipSettings? Once(Dictionary<string, ClipSettings?> read, string text, Func<string, ClipSettings?> reading)
    {
        if (read.TryGetValue(text, out var known)) return known;
        var settings = reading(text);
        if (settings is not null && !_same.TryAdd(settings, settings)) settings = _same[settings];
        return read[text] = settings;
    }
}
