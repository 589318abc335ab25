using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Assignments;

/// <summary>
/// Tells workers that stay of other settings. What they take up live they all hear at once; for what they begin anew with only a few at a time do,
/// so that a change of the defaults never has the whole fleet look for its streams at once.
/// </summary>
public static class SettingsSteps
{
    /// <summary>Most workers at once that are to begin anew, over all nodes.</summary>
    public const int Most = 10;

    /// <summary>Most of them on one node.</summary>
    public const int MostOnANode = 2;

    /// <summary>A worker that has not begun anew by then holds up the others no longer. It waits two minutes for an end of its clips at most.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    internal static void Add(PlanDraft draft, IReadOnlyList<(PlannedStreamer Streamer, LiveAssignment Held)> staying, PlanFacts facts, DateTimeOffset now)
    {
        var changed = staying.Where(s => s.Held.Order != s.Streamer.Order).ToList();
        if (changed.Count == 0) return;
        var moved = draft.Plan.OfType<Decision.End>().Select(e => e.ProcessId).ToHashSet();
        var beginning = facts.Live.Where(l => l.IsRenewing && l.ToldAt is { } told && now >= told && now - told < Patience).ToList();
        var began = beginning.Select(l => l.ProcessId).ToHashSet();
        var left = Most - beginning.Count;
        var perNode = beginning.GroupBy(l => l.NodeId).ToDictionary(g => g.Key, g => g.Count());
        foreach (var (streamer, held) in changed.Where(c => !moved.Contains(c.Held.ProcessId))
            .OrderBy(c => !c.Held.HasFailed).ThenBy(c => !c.Held.IsIdle).ThenBy(c => c.Held.IsClipping).ThenBy(c => c.Streamer.Id))
        {
            var changes = SettingsDifference.Between(held.Order!.Settings, streamer.Order!.Settings);
            var restarts = SettingsDifference.Effect(changes) == SettingEffect.Restart;
            // What has its turn keeps it; what has not used it in time, as under an agent that does not say so, waits for another.
            if (restarts && !began.Contains(held.ProcessId))
            {
                var there = perNode.GetValueOrDefault(held.NodeId);
                if (left <= 0 || there >= MostOnANode) continue;
                (left, perNode[held.NodeId]) = (left - 1, there + 1);
            }

            draft.Retell(streamer, held, restarts, SettingsDifference.Words(changes));
        }
    }
}
