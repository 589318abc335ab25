using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Processes;
using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>A process before and after a status of its node.</summary>
public sealed record ProcessChange
{
    /// <summary>The process.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its streamer.</summary>
    public required Guid StreamerId { get; init; }

    /// <summary>The streamer's name.</summary>
    public required string Streamer { get; init; }

    /// <summary>Its node.</summary>
    public required string NodeId { get; init; }

    /// <summary>State before.</summary>
    public required string OldState { get; init; }

    /// <summary>State after.</summary>
    public required string State { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>Restarts before.</summary>
    public required int OldRestarts { get; init; }

    /// <summary>Restarts after.</summary>
    public required int Restarts { get; init; }

    /// <summary>The worker's process id.</summary>
    public int? Pid { get; init; }

    /// <summary>Whether the channel was live before; null: not known.</summary>
    public bool? OldLive { get; init; }

    /// <summary>What the worker does now.</summary>
    public string? Phase { get; init; }

    /// <summary>Why, in the worker's words.</summary>
    public required string PhaseReason { get; init; }

    /// <summary>Whether a phase says that the channel is live; null: it says nothing of it.</summary>
    public static bool? IsLive(string? phase) => phase switch
    {
        WorkerPhase.Watching or WorkerPhase.Clipping => true,
        WorkerPhase.Waiting or WorkerPhase.Ended => false,
        _ => null,
    };

    /// <summary>What there is to tell of the change.</summary>
    public IEnumerable<NewEvent> Events()
    {
        if (StateEvent() is { } kind) yield return new NewEvent(kind, new { process_id = Id, streamer_id = StreamerId, Streamer, node = NodeId, Pid, Restarts, Reason });
        if (IsLive(Phase) is { } live && live != OldLive)
            yield return new NewEvent(live ? EventKind.ChannelLive : EventKind.ChannelOffline, new { process_id = Id, streamer_id = StreamerId, Streamer, node = NodeId, reason = PhaseReason });
    }

    private string? StateEvent()
    {
        if (State == ProcessState.Running && Restarts > OldRestarts) return EventKind.ProcessRestarted;
        if (State == OldState) return null;
        return State switch
        {
            ProcessState.Running => OldState == ProcessState.BackingOff ? EventKind.ProcessRestarted : EventKind.ProcessStarted,
            ProcessState.BackingOff => EventKind.ProcessCrashed,
            ProcessState.Failed => EventKind.ProcessFailed,
            ProcessState.Ended => EventKind.ProcessEnded,
            ProcessState.Stopped => EventKind.ProcessStopped,
            _ => null,
        };
    }
}
