using StreamClips.ControlPlane.Liveness;
using StreamClips.ControlPlane.Processes;

namespace StreamClips.ControlPlane.Assignments;

/// <summary>
/// Decides which streamer runs on which node. Pure: the same facts give the same plan, in whatever order they come, and a plan that was
/// carried out leaves nothing to decide. It moves nothing without need or request, and says of each step why.
/// </summary>
public static class AssignmentPlanner
{
    /// <summary>Why a streamer waits whose settings were written by another build.</summary>
    public const string UnreadableSettings = "its settings cannot be read: save them again";

    /// <summary>How long a stream that ended is left alone before it is looked at again.</summary>
    public static readonly TimeSpan RestAfterEnd = TimeSpan.FromMinutes(1);

    /// <summary>The same for a run that was <see cref="ShortRun">short</see>: most likely the stream had ended before it.</summary>
    public static readonly TimeSpan RestAfterShortRun = TimeSpan.FromMinutes(10);

    /// <summary>A run of less than this found nothing to do.</summary>
    public static readonly TimeSpan ShortRun = TimeSpan.FromMinutes(2);

    /// <summary>Makes the plan, in the order in which it is to be carried out.</summary>
    /// <param name="facts">All there is to know.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<Decision> Plan(PlanFacts facts, DateTimeOffset now)
    {
        var draft = new PlanDraft(facts, now);
        var making = new Making(draft, now);
        var byStreamer = facts.Live.ToDictionary(l => l.StreamerId);
        var unplaced = new List<(PlannedStreamer Streamer, LiveAssignment? Held)>();
        var staying = new List<(PlannedStreamer Streamer, LiveAssignment Held)>();
        foreach (var streamer in facts.Streamers.OrderBy(s => s.Id))
        {
            var held = byStreamer.GetValueOrDefault(streamer.Id);
            switch (making.Settle(streamer, held))
            {
                case Outcome.NeedsPlace: unplaced.Add((streamer, held)); break;
                case Outcome.Stays: staying.Add((streamer, held!)); break;
            }
        }

        // Those that have no place come after all that free one, and before those that only might have a better one.
        foreach (var (streamer, held) in unplaced) making.Place(streamer, held);
        PlannedMoves.Add(draft, staying, facts, now);
        SettingsSteps.Add(draft, staying, facts, now);
        return draft.Plan;
    }

    private enum Outcome
    {
        Settled,
        NeedsPlace,
        Stays,
    }

    private sealed class Making(PlanDraft draft, DateTimeOffset now)
    {
        /// <summary>Decides what needs no choice of a node.</summary>
        public Outcome Settle(PlannedStreamer streamer, LiveAssignment? held)
        {
            if (!streamer.Wanted)
            {
                if (held is not null) draft.End(held, "stopped by request");
                draft.Wait(streamer, "");
                return Outcome.Settled;
            }

            if (streamer.Order is not { } order)
            {
                // What runs runs on, as nobody asked for its end, but not where it was asked to leave.
                if (held is not null && draft.MustLeave(held)) draft.End(held, draft.Left(held));
                draft.Wait(streamer, UnreadableSettings);
                return Outcome.Settled;
            }

            if (Absent(streamer, held)) return Outcome.Settled;
            if (held is null || draft.Use(held) is NodeUse.Lost or NodeUse.Gone) return Outcome.NeedsPlace;
            if (held.Order?.IsSameChannel(order) == true) return Outcome.Stays;
            if (draft.Use(held) == NodeUse.Drains) return Outcome.NeedsPlace;

            // On its own node there is room for it: it leaves a place behind.
            draft.End(held, "restarted with what was changed");
            draft.Start(streamer, held.NodeId, $"stays on {held.NodeId}: restarted with what was changed");
            return Outcome.Settled;
        }

        /// <summary>
        /// Whether a streamer takes no place as it is not live. What records is never ended for what a platform says, nor left behind on a
        /// node that is lost; only a worker that itself waits for its channel gives up its place.
        /// </summary>
        private bool Absent(PlannedStreamer streamer, LiveAssignment? held)
        {
            var presence = PresenceRules.Of(streamer.Status, now);
            if (held is null && presence == Presence.Unasked) draft.Wait(streamer, PresenceRules.UnaskedWords);
            if (held is null && presence == Presence.Offline) draft.Wait(streamer, PresenceRules.Words(streamer.Status!));
            if (held is null) return presence is Presence.Unasked or Presence.Offline;
            if (!held.IsIdle || presence != Presence.Offline) return false;
            if (draft.Use(held) == NodeUse.Takes && !PresenceRules.MayEnd(streamer.Status, now)) return false;
            draft.End(held, "its channel is offline: it is started again when that is live");
            draft.Wait(streamer, PresenceRules.Words(streamer.Status!));
            return true;
        }

        public void Place(PlannedStreamer streamer, LiveAssignment? held)
        {
            if (held is null && streamer.Last is { State: ProcessState.Ended, EndedAt: { } ended } last && !PresenceRules.WentLiveAfter(streamer.Status, ended))
            {
                var rest = ended - last.StartedAt < ShortRun ? RestAfterShortRun : RestAfterEnd;
                if (now < ended + rest)
                {
                    draft.Wait(streamer, $"the stream ended: looks again {rest.TotalSeconds:0} s after that");
                    return;
                }
            }

            var (node, reason) = draft.Room.Best(streamer.Id, draft.Failures);
            var left = held is null ? "" : draft.Left(held);
            if (node is null)
            {
                // A lost node keeps its assignments while nobody else can have them: it may come back with all of them running.
                // One that was told to give them away gives them to nobody.
                var keeps = held is not null && draft.Use(held) == NodeUse.Lost;
                if (held is not null && !keeps) draft.End(held, left);
                draft.Wait(streamer, keeps ? $"{left}, and {reason}" : reason);
                return;
            }

            if (held is not null) draft.End(held, $"{left}: moved to {node}");
            draft.Start(streamer, node, held is null ? reason : $"{reason} ({left})");
        }
    }
}
