namespace StreamClips.NodeAgent.Host;

/// <summary>The loops without which an agent only looks alive.</summary>
public enum AgentLoop
{
    /// <summary>Starts and ends workers.</summary>
    Reconcile,

    /// <summary>Sends heartbeats, or else tries to reach the control plane.</summary>
    ControlLink,

    /// <summary>Reads journals.</summary>
    Journals,

    /// <summary>Ships clips.</summary>
    Shipping,
}

/// <summary>Whether the agent's loops go round: each says so by itself, so one that hangs is missed. Safe for several threads.</summary>
public sealed class Pulse
{
    private readonly TimeProvider _clock;
    private readonly long[] _beats;

    /// <summary>All have just been round.</summary>
    public Pulse(TimeProvider clock)
    {
        _clock = clock;
        _beats = [.. Enum.GetValues<AgentLoop>().Select(_ => clock.GetTimestamp())];
    }

    /// <summary>A loop has been round, or is a step further in a long one.</summary>
    public void Beat(AgentLoop loop) => Volatile.Write(ref _beats[(int)loop], _clock.GetTimestamp());

    /// <summary>The loop that was not heard of for the longest time, where that is too long; null: all go round.</summary>
    /// <param name="longest">How long is not too long.</param>
    public (AgentLoop Loop, TimeSpan Silent)? Stuck(TimeSpan longest)
    {
        var (loop, silent) = Enum.GetValues<AgentLoop>().Select(l => (Loop: l, Silent: _clock.GetElapsedTime(Volatile.Read(ref _beats[(int)l])))).MaxBy(l => l.Silent);
        return silent > longest ? (loop, silent) : null;
    }
}
