using StreamClips.Shared;
using StreamClips.Shared.Journal;

namespace StreamClips.NodeAgent.Workers;

/// <summary>A run that has ended, as far as it is known.</summary>
public sealed record RunEnd
{
    /// <summary>When it started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it was seen to have ended.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Its exit code; null where it was no child of this agent.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The phase in the last status line of this run; null where it wrote none.</summary>
    public string? Phase { get; init; }

    /// <summary>The reason in that line.</summary>
    public string PhaseReason { get; init; } = "";

    /// <summary>What it said on its standard error, first line; empty where nothing.</summary>
    public string Output { get; init; } = "";

    /// <summary>The agent had asked it to stop.</summary>
    public bool StopAsked { get; init; }

    /// <summary>Why the agent had asked it to end although it is wanted: it hung. Null: it had not.</summary>
    public string? Hung { get; init; }

    /// <summary>The kernel killed it, or something that it had started, because they used more memory than they may.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>Another boot of the machine: everything ended.</summary>
    public bool Rebooted { get; init; }
}

/// <summary>What becomes of a worker whose run has ended.</summary>
/// <param name="State">Backing off, failed, ended or stopped.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="NextStartAt">When it is to be started again; null: not by itself.</param>
/// <param name="Crashes">The crashes to remember, oldest first.</param>
public sealed record Verdict(WorkerState State, string Reason, DateTimeOffset? NextStartAt, IReadOnlyList<DateTimeOffset> Crashes);

/// <summary>
/// When a worker is started again. Pure: the same facts and the same draw give the same verdict. The first crash is
/// answered at once, further ones ever later, too many with <see cref="WorkerState.Failed"/> and a slow retry. A worker
/// that says itself that it failed, or refuses its spec, is not asked ten times a minute. One that somebody else stopped (an operator's
/// kill, a host's stop) is wanted all the same: it is counted as a crash, since nothing ended for it.
/// </summary>
public sealed record RestartPolicy
{
    /// <summary>Waits from the second crash in a row on.</summary>
    public Backoff Backoff { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(250));

    /// <summary>A run that lasted so long was healthy: crashes before it do not count.</summary>
    public TimeSpan Healthy { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>So many crashes within <see cref="Window"/> are too many.</summary>
    public int MostCrashes { get; init; } = 10;

    /// <summary>See <see cref="MostCrashes"/>.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>From a failure to the next try.</summary>
    public TimeSpan SlowRetry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Decides.</summary>
    /// <param name="end">The run that ended.</param>
    /// <param name="crashes">When earlier runs crashed, oldest first.</param>
    /// <param name="random">Source of the jitter.</param>
    public Verdict Decide(RunEnd end, IReadOnlyList<DateTimeOffset> crashes, Random random)
    {
        if (end.StopAsked && end.Hung is null) return new(WorkerState.Stopped, "stopped by the agent", null, crashes);
        if (end.Rebooted) return new(WorkerState.BackingOff, "the machine was restarted", end.EndedAt, crashes);
        if (end.Hung is not null || IsStoppedByOther(end)) return Crashed();
        if (end.Phase == WorkerPhase.Failed) return Failed(end.PhaseReason.Length > 0 ? end.PhaseReason : "the worker failed and did not say why");
        if (end.ExitCode == 2) return Failed($"the worker refused its spec{Said(end)}");
        if (end.ExitCode == 0 || (end.ExitCode is null && end.Phase == WorkerPhase.Ended))
            return new(WorkerState.Ended, end.PhaseReason.Length > 0 ? end.PhaseReason : "the stream ended", null, []);

        return Crashed();

        Verdict Crashed()
        {
            var healthy = end.EndedAt - end.StartedAt >= Healthy;
            DateTimeOffset[] now = [.. healthy ? [] : crashes.Where(c => c > end.EndedAt - Window), end.EndedAt];
            if (now.Length >= MostCrashes)
                return Failed($"{now.Length} crashes within {Window.TotalMinutes:0} minutes, the last: {How(end)}") with { Crashes = now };
            var wait = now.Length == 1 ? TimeSpan.Zero : Backoff.Delay(now.Length - 1, random);
            return new(WorkerState.BackingOff, $"crash {now.Length}: {How(end)}", end.EndedAt + wait, now);
        }

        Verdict Failed(string reason) => new(WorkerState.Failed, reason, end.EndedAt + SlowRetry, crashes);
    }

    private static bool IsStoppedByOther(RunEnd end) => !end.StopAsked && end is { ExitCode: 0 or null, Phase: WorkerPhase.Ended, PhaseReason: EndReason.Stopped };

    private static string How(RunEnd end) => end switch
    {
        { Hung: { } silence } => $"it hung: {silence}",
        _ when IsStoppedByOther(end) => "it was stopped by somebody else",
        { OutOfMemory: true } => $"out of memory: the kernel killed it at its limit{Said(end)}",
        { ExitCode: null } => "it ended while no agent was its parent" + Said(end),
        { ExitCode: > 128 and var code } => $"signal {code - 128}{NameOf(code - 128)}{Said(end)}",
        { ExitCode: var code } => $"exit code {code}{Said(end)}",
    };

    // signal(7), the numbers of x86 and ARM.
    private static string NameOf(int signal) => signal switch
    {
        2 => " (SIGINT)",
        3 => " (SIGQUIT)",
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL)",
        11 => " (SIGSEGV)",
        13 => " (SIGPIPE)",
        15 => " (SIGTERM)",
        24 => " (SIGXCPU)",
        31 => " (SIGSYS)",
        _ => "",
    };

    private static string Said(RunEnd end) => end.Output.Length > 0 ? $" ({end.Output})" : "";
}
