namespace StreamClips.ControlPlane.NodeLink;

/// <summary>What of a running worker's status is written at once; the counters beside it may wait where the fleet is large.</summary>
internal sealed record RunningWord(
    long Epoch, string Reason, int? Pid, int Restarts, DateTimeOffset? StartedAt, string? Phase, string PhaseReason, int Clips, int NotClipped, string SettingsVersion);

/// <summary>
/// What was written of the processes of one session. In a large fleet a worker that goes on running as before has its counters (chat rate,
/// segments, bytes, lag) written every 15 s and not with each heartbeat: of 40,000 processes that saves most of the database's work.
/// </summary>
public sealed class ReportMemory
{
    /// <summary>With so many nodes on a replica, everything is written with each heartbeat.</summary>
    public const int Few = 100;

    /// <summary>After so long it is written again in any case.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(14);

    private Dictionary<Guid, (RunningWord Word, long At)> _written = [];

    /// <summary>Whether the database has what is worth to be written at once.</summary>
    /// <param name="process">The process.</param>
    /// <param name="word">What it says; null: that it does not just run.</param>
    /// <param name="clock">The clock; null: nothing is spared.</param>
    internal bool Holds(Guid process, RunningWord? word, TimeProvider? clock) =>
        clock is not null && word is not null && _written.TryGetValue(process, out var written) && written.Word == word && clock.GetElapsedTime(written.At) < Longest;

    /// <summary>It was written.</summary>
    internal void Wrote(Guid process, RunningWord? word, TimeProvider clock)
    {
        if (word is null) _written.Remove(process);
        else _written[process] = (word, clock.GetTimestamp());
        // Those that are gone are forgotten in time.
        if (_written.Count > 20_000) _written = [];
    }
}
