using StreamClips.Shared.Journal;

namespace StreamClips.ClipWorker.Reporting;

/// <summary>What the worker is doing, reported at each change and once an interval. Safe for several threads.</summary>
/// <param name="report">Where it is said.</param>
/// <param name="count">Gives the numbers of now; phase and reason are filled in here.</param>
/// <param name="clock">The time.</param>
internal sealed class StatusBoard(IWorkerReport report, Func<StatusEntry> count, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private string _phase = WorkerPhase.Resolving;
    private string _reason = "";
    private bool _cutting;

    /// <summary>Sets the phase; reports it if it is new.</summary>
    public void Show(string phase, string reason = "")
    {
        lock (_lock)
        {
            if ((_phase, _reason) == (phase, reason)) return;
            (_phase, _reason) = (phase, reason);
            Report();
        }
    }

    /// <summary>Says whether a clip is being made, which shows as a phase of its own while the stream is watched.</summary>
    public void ShowCutting(bool cutting)
    {
        lock (_lock)
        {
            if (_cutting == cutting) return;
            _cutting = cutting;
            if (_phase == WorkerPhase.Watching) Report();
        }
    }

    /// <summary>Reports once an interval until it is cancelled.</summary>
    public async Task RunAsync(TimeSpan interval, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(interval, clock);
        do
        {
            lock (_lock) Report();
        }
        while (await timer.WaitForNextTickAsync(ct));
    }

    private void Report() => report.Append(count() with
    {
        Phase = _cutting && _phase == WorkerPhase.Watching ? WorkerPhase.Clipping : _phase,
        Reason = _reason,
    });
}
