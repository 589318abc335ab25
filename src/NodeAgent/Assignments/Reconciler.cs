using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Assignments;

/// <summary>
/// Makes what runs into what shall run. It never obeys an order: it looks at the newest wanted state and at what is there,
/// plans, and takes the steps; doing so twice changes nothing. All workers belong to its loop.
/// </summary>
public sealed partial class Reconciler(
    WorkerFleet fleet, WantedStateFile wanted, WorkerContext context, Leftovers leftovers, WakeSignals signals, ReconcilerOptions options, Pulse pulse,
    ILogger<Reconciler> logger) : BackgroundService, IHostedLifecycleService
{
    // One a second: a directory that cannot be read because too many files are open can be read soon.
    private const int MostReads = 30;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OutputInterval = TimeSpan.FromSeconds(10);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<Guid, Step> _notes = [];
    private readonly PlanTimes _times = new(context.Options.StopGrace, context.Options.LeastSilence);
    private readonly HashSet<string> _strangers = [];
    private readonly Dictionary<Guid, int> _unread = [];
    private DateTimeOffset _outputAt;
    private DateTimeOffset _sweepAt;

    /// <summary>The newest revision that was written down.</summary>
    public long AppliedRevision => wanted.Current.Revision;

    /// <summary>Takes up the workers that an agent before this one left. Once, before the first <see cref="RunOnceAsync"/>.</summary>
    public async Task ResumeAsync()
    {
        if (wanted.Load() is { } fault) LogWantedUnreadable(logger, fault);
        Directory.CreateDirectory(context.Options.Directory);
        foreach (var directory in Directory.GetDirectories(context.Options.Directory)) await ResumeAsync(directory);
        fleet.Publish([.. Views(wanted.Current)]);
    }

    /// <summary>Takes a new wanted state: writes it down, then acts on it.</summary>
    /// <param name="state">The state.</param>
    /// <param name="first">It is the first of a session, and so is taken whatever its number: the control plane's database
    /// may have been restored from a backup. Later ones of a session only grow.</param>
    /// <exception cref="IOException">It cannot be written down; nothing changed.</exception>
    public void Accept(WantedState state, bool first)
    {
        if (state.Revision < wanted.Current.Revision)
        {
            LogOlder(logger, state.Revision, wanted.Current.Revision, first ? "taken" : "ignored");
            if (!first) return;
        }

        if (!wanted.Current.Known || state.Revision != wanted.Current.Revision || !state.Workers.SequenceEqual(wanted.Current.Workers))
        {
            wanted.Save(state);
            LogAccepted(logger, state.Revision, state.Workers.Count);
        }

        signals.Reconcile.Set();
        signals.Status.Set();
    }

    /// <summary>Wants nothing any more, until a control plane says otherwise.</summary>
    /// <returns>How many workers were wanted until now.</returns>
    /// <exception cref="IOException">It cannot be written down; nothing changed.</exception>
    public int StandDown()
    {
        var before = wanted.Current;
        if (before is { Known: true, Workers.Count: 0 }) return 0;
        wanted.Save(before with { Workers = [], Known = true });
        signals.Reconcile.Set();
        return before.Workers.Count;
    }

    /// <summary>Looks soon.</summary>
    public void Wake() => signals.Reconcile.Set();

    /// <summary>Looks, plans and acts once.</summary>
    /// <returns>When to look again though nothing happens.</returns>
    public async Task<DateTimeOffset?> RunOnceAsync()
    {
        await _turn.WaitAsync();
        try
        {
            pulse.Beat(AgentLoop.Reconcile);
            await LookAroundAsync(context.Clock.GetUtcNow());
            foreach (var worker in fleet.All)
            {
                Guard(worker.Observe, worker);
                worker.ForgetTold();
            }

            var state = wanted.Current;
            var ids = state.Workers.Select(w => w.Spec.ProcessId).ToHashSet();
            var facts = fleet.All.Select(w => w.Facts(!ids.Contains(w.Spec.ProcessId) && w.Live is null && IsDrained(w))).ToList();
            var plan = ReconcilePlan.Make(state, facts, context.Clock.GetUtcNow(), _times);
            _notes.Clear();
            foreach (var step in plan.Steps) await TakeAsync(step);
            foreach (var worker in fleet.All)
            {
                // After many crashes at once this is a walk through /proc for each.
                pulse.Beat(AgentLoop.Reconcile);
                Guard(worker.Settle, worker);
            }

            if (fleet.Publish([.. Views(state)])) signals.Status.Set();
            return plan.NextAt;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Before any other part starts: what it tells the control plane first must hold the workers that are there.</summary>
    public Task StartingAsync(CancellationToken cancellationToken) => ResumeAsync();

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (options.StopWorkersOnExit) await new WorkerStopper(fleet, context, signals).StopAllAsync(IsDrained);
        else if (fleet.All.Count(w => w.Live is not null) is > 0 and var running) LogLeft(logger, running);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = await RunOnceAsync();
            var wait = next - context.Clock.GetUtcNow() is { } soon && soon < Interval ? soon : Interval;
            await signals.Reconcile.WaitAsync(wait, context.Clock, stoppingToken);
        }
    }

    /// <summary>What is seldom to be done: a crash is answered without it.</summary>
    private async Task LookAroundAsync(DateTimeOffset now)
    {
        if (now >= _outputAt)
        {
            _outputAt = now + OutputInterval;
            foreach (var worker in fleet.All) Guard(worker.BoundOutput, worker);
        }

        if (now < _sweepAt) return;
        _sweepAt = now + Leftovers.Interval;
        foreach (var directory in Directory.GetDirectories(context.Options.Directory))
            if (!Guid.TryParse(Path.GetFileName(directory), out var id) || fleet.Find(id) is null) await ResumeAsync(directory);
        try
        {
            leftovers.Sweep(_unread.Keys);
        }
        catch (IOException e)
        {
            LogNotSwept(logger, e.Message);
        }
    }

    private static bool IsDrained(Worker worker)
    {
        try
        {
            return worker.Tail.IsDrained() && ClipShipper.IsDrained(worker) && RenditionShipper.IsDrained(worker);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Guard(Action look, Worker worker)
    {
        try
        {
            look();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its files cannot be read just now; the next look tries again.
            LogNotObserved(logger, worker.Spec.ProcessId, e.Message);
        }
    }

    private async Task TakeAsync(Step step)
    {
        pulse.Beat(AgentLoop.Reconcile);
        _notes[step.Spec.ProcessId] = step;
        var worker = fleet.Find(step.Spec.ProcessId);
        try
        {
            switch (step.Kind)
            {
                case StepKind.Start:
                    if (worker is null && _unread.ContainsKey(step.Spec.ProcessId))
                    {
                        worker = await ReadAgainAsync(step.Spec.ProcessId);
                        // Whether it is to be started is planned anew: it may run.
                        if (worker is not null) break;
                    }

                    if (worker is null) fleet.Add(worker = Worker.Create(context, step.Spec));
                    await worker.StartAsync(step.Spec);
                    break;
                case StepKind.Tell: worker!.Retell(step.Spec, step.Reason); break;
                case StepKind.AskToStop: worker!.AskToStop(step.Reason); break;
                case StepKind.EndHung: worker!.AskToStop(step.Reason, hung: true); break;
                case StepKind.Kill: worker!.Kill(); break;
                case StepKind.Remove:
                    worker!.KillLeftovers();
                    WorkerDirectories.Remove(worker, options.KeptDirectory);
                    context.Cgroups.Remove(step.Spec.ProcessId);
                    fleet.Remove(worker);
                    LogRemoved(logger, step.Spec.ProcessId, step.Reason);
                    break;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tried again at the next look; meanwhile the control plane sees why.
            _notes[step.Spec.ProcessId] = step with { Kind = StepKind.Hold, Reason = $"{step.Kind} failed: {e.Message}" };
            LogStepFailed(logger, step.Kind, step.Spec.ProcessId, e.Message);
        }
    }

    private IEnumerable<WorkerView> Views(WantedState state)
    {
        var ids = state.Workers.Select(w => w.Spec.ProcessId).ToHashSet();
        foreach (var worker in fleet.All.OrderBy(w => w.Spec.ProcessId))
            yield return WorkerViews.Of(worker, _notes.GetValueOrDefault(worker.Spec.ProcessId), !state.Known || ids.Contains(worker.Spec.ProcessId));
        foreach (var step in _notes.Values.Where(s => fleet.Find(s.Spec.ProcessId) is null && s.Kind != StepKind.Remove))
            yield return WorkerViews.OfNone(step);
    }

    [LoggerMessage(301, LogLevel.Information, "Wanted state {Revision} is written down: {Count} workers.", EventName = "wanted.accepted")]
    private static partial void LogAccepted(ILogger logger, long revision, int count);

    [LoggerMessage(302, LogLevel.Warning, "Wanted state {Revision} is older than {Current} and is {Treated}.", EventName = "wanted.older")]
    private static partial void LogOlder(ILogger logger, long revision, long current, string treated);

    [LoggerMessage(303, LogLevel.Error, "{Fault}", EventName = "wanted.unreadable")]
    private static partial void LogWantedUnreadable(ILogger logger, string fault);

    [LoggerMessage(304, LogLevel.Warning, "{Directory} is no worker's directory and is left alone.", EventName = "worker.unknown_directory")]
    private static partial void LogNotAWorker(ILogger logger, string directory);

    [LoggerMessage(309, LogLevel.Error, "{Directory} cannot be read and is left alone; where that lasts, a worker of it that is wanted is started afresh: {Reason}", EventName = "worker.unreadable")]
    private static partial void LogUnreadable(ILogger logger, string directory, string reason);

    [LoggerMessage(305, LogLevel.Information, "Directory of worker {ProcessId} is removed: {Reason}.", EventName = "worker.removed")]
    private static partial void LogRemoved(ILogger logger, Guid processId, string reason);

    [LoggerMessage(306, LogLevel.Error, "{Step} of worker {ProcessId} failed: {Reason}", EventName = "worker.step_failed")]
    private static partial void LogStepFailed(ILogger logger, StepKind step, Guid processId, string reason);

    [LoggerMessage(308, LogLevel.Error, "The files of worker {ProcessId} cannot be read: {Reason}", EventName = "worker.not_observed")]
    private static partial void LogNotObserved(ILogger logger, Guid processId, string reason);

    [LoggerMessage(310, LogLevel.Error, "What is left of workers cannot be ended: {Reason}", EventName = "leftover.not_killed")]
    private static partial void LogNotSwept(ILogger logger, string reason);

    [LoggerMessage(307, LogLevel.Information, "{Count} workers run on without the agent.", EventName = "worker.left_running")]
    private static partial void LogLeft(ILogger logger, int count);
}
