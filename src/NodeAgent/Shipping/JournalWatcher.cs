using Microsoft.Extensions.Hosting;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Workers;

namespace StreamClips.NodeAgent.Shipping;

/// <summary>
/// Looks at every journal five times a second: two file sizes each, which is cheaper than a watch a directory where
/// segments come and go.
/// </summary>
public sealed class JournalWatcher(WorkerFleet fleet, WakeSignals signals, Pulse pulse, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    // Phases are told at once, figures at most so often.
    private static readonly TimeSpan FigureInterval = TimeSpan.FromSeconds(2);
    private DateTimeOffset _figuresAt;
    private bool _figures;

    /// <summary>One look at all journals.</summary>
    public void RunOnce()
    {
        pulse.Beat(AgentLoop.Journals);
        foreach (var worker in fleet.All)
        {
            var before = worker.Tail.LastStatus;
            try
            {
                if (!worker.Tail.Poll()) continue;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Its directory is just being removed.
                continue;
            }

            signals.Journals.Set();
            var after = worker.Tail.LastStatus;
            if (after?.Phase != before?.Phase || after?.Reason != before?.Reason) signals.Reconcile.Set();
            _figures |= after != before;
        }

        if (!_figures || clock.GetUtcNow() < _figuresAt) return;
        (_figures, _figuresAt) = (false, clock.GetUtcNow() + FigureInterval);
        signals.Status.Set();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) RunOnce();
    }
}
