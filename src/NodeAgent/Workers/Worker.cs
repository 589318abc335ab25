using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Assignments;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Shipping;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// A worker's directory and, while it runs, its process. Belongs to the reconciler's loop: no other thread calls anything
/// here but <see cref="Tail"/>, <see cref="Directory"/>, <see cref="EndingsTold"/> and the ids.
/// </summary>
public sealed partial class Worker
{
    private readonly WorkerContext _context;
    private readonly WorkerSilence _silence = new();
    private long _toldMs;
    private bool _unwritten;
    private bool _unwrittenTold;
    private LiveProcess? _before;
    private bool _owesLook;
    private bool _isNew;
    private WorkerRun _run;
    private DateTimeOffset? _retoldAt;

    private Worker(WorkerContext context, WorkerSpec spec, WorkerRun run)
    {
        (_context, Spec, _run) = (context, spec, run);
        Directory = new WorkerDirectory(Path.Combine(context.Options.Directory, spec.ProcessId.ToString()));
        Tail = new JournalTail(Directory, context.Options.LogRate);
    }

    /// <summary>What the worker is told.</summary>
    public WorkerSpec Spec { get; private set; }

    /// <summary>Where it lives.</summary>
    public WorkerDirectory Directory { get; }

    /// <summary>Its journal.</summary>
    public JournalTail Tail { get; }

    /// <summary>Its process; null where none runs.</summary>
    public LiveProcess? Live { get; private set; }

    /// <summary>What is remembered of it.</summary>
    public WorkerRun Run => _run;

    private bool Killed { get; set; }

    /// <summary>Makes the directory of a new worker.</summary>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    public static Worker Create(WorkerContext context, WorkerSpec spec)
    {
        var worker = new Worker(context, spec, new WorkerRun());
        // Where the directory is there, as one that could not be read, a process may run in it too.
        worker._isNew = !System.IO.Directory.Exists(worker.Directory.Path);
        System.IO.Directory.CreateDirectory(worker.Directory.Path);
        worker.Tell(spec);
        return worker;
    }

    /// <summary>
    /// Takes up a worker that an agent before this one left: adopts its process where it runs, else learns how it ended.
    /// </summary>
    /// <returns>Null where the directory's name is no worker's.</returns>
    /// <exception cref="IOException">A file cannot be read, or the process not be watched.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static async Task<Worker?> ResumeAsync(WorkerContext context, string directory)
    {
        if (!Guid.TryParse(Path.GetFileName(directory), out var id)) return null;
        var spec = await SpecOfAsync(directory, id);
        var worker = new Worker(context, spec, WorkerRun.Read(directory));
        worker.Tail.Poll();
        worker.Adopt();
        worker.WriteDown();
        return worker;
    }

    /// <summary>The facts on which plans are made.</summary>
    /// <param name="drained">All that it wrote has arrived.</param>
    public WorkerFacts Facts(bool drained) => new()
    {
        Spec = Spec,
        Alive = Live is not null,
        StopAskedAt = _run.StopAskedAt,
        Silent = Live is null ? TimeSpan.Zero : _silence.Look(Tail.Statuses, Directory, _context.Clock.GetUtcNow()),
        Unheard = !(Tail.LastStatus?.At >= _run.StartedAt),
        Untaken = Live is not null && _retoldAt is { } told && WorkerFacts.IsToTake(Spec, Tail.LastStatus) ? _context.Clock.GetUtcNow() - told : TimeSpan.Zero,
        Killed = Killed,
        Verdict = _run.Verdict,
        Drained = drained,
    };

    /// <summary>
    /// Starts the process. A failure to start is a crash. Nothing is written before it runs: an agent that dies in between finds it in
    /// /proc. <see cref="Settle"/> does the rest.
    /// </summary>
    public async Task StartAsync(WorkerSpec spec)
    {
        var now = _context.Clock.GetUtcNow();
        if (spec != Spec) Tell(spec);
        var before = _before;
        EndRemains();
        _silence.Reset();
        _retoldAt = null;
        KeepLastOutput();
        var first = _run.StartedAt is null;
        Keep(_run with { StartedAt = now, StopAskedAt = null, Hung = null, OomKills = _context.Cgroups.OomKills(Spec.ProcessId), Restarts = first ? 0 : _run.Restarts + 1 });
        Killed = false;
        try
        {
            var child = _context.Launcher.Start(Directory, Spec.ProcessId);
            if (LiveProcess.TryHold(child, out var fault) is { } live)
            {
                Keep(_run with { Identity = live.Identity, Verdict = null });
                Hold(live);
                _context.Cgroups.Enter(Spec.ProcessId, child);
                LogStart(live, before);
                return;
            }

            var exitCode = await child.EndAsync(_context.Clock);
            Conclude(exitCode, fault ?? (exitCode is null ? "it could not be found in /proc" : null));
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Conclude(null, e.Message);
        }
    }

    /// <summary>Writes other settings down where the running process finds them: it looks as often as it tells how it is.</summary>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    public void Retell(WorkerSpec spec, string reason)
    {
        Tell(spec);
        _retoldAt = _context.Clock.GetUtcNow();
        LogRetold(_context.Logger, spec.ProcessId, spec.Streamer, spec.SettingsVersion, reason);
    }

    /// <summary>Sends SIGTERM.</summary>
    /// <param name="reason">Why, for people.</param>
    /// <param name="hung">It is wanted but hangs: its end is a crash.</param>
    public void AskToStop(string reason, bool hung = false)
    {
        Remember(_run with { StopAskedAt = _context.Clock.GetUtcNow(), Hung = hung ? reason : null });
        LogStopping(_context.Logger, Spec.ProcessId, reason);
        Live?.AskToStop();
    }

    /// <summary>Kills the process and all that it started.</summary>
    public void Kill()
    {
        Killed = true;
        LogKilling(_context.Logger, Spec.ProcessId);
        Live?.Kill();
        _context.Cgroups.Kill(Spec.ProcessId);
    }

    /// <summary>Kills what the worker had started, where the worker itself does not run any more.</summary>
    public void KillLeftovers()
    {
        if (Live is null) KillRemains();
    }

    /// <summary>Where the process has ended since the last look: decides what becomes of it.</summary>
    public void Observe()
    {
        if (Live is not { Exited.IsCompleted: true } ended) return;
        _before = ended;
        ended.EndGroup();
        var exitCode = ended.ExitCode();
        Tail.Poll();
        Live = null;
        Conclude(exitCode);
    }

    /// <summary>Keeps the worker's standard output from filling the disk.</summary>
    public void BoundOutput()
    {
        var output = new FileInfo(Directory.Output);
        if (!output.Exists || output.Length <= _context.Options.OutputBytes) return;
        LogOutputCut(_context.Logger, Spec.ProcessId, output.Length);

        // The worker appends, so it goes on at the new end.
        using var file = new FileStream(Directory.Output, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        file.SetLength(0);
    }

    /// <summary>What the worker of a directory was told. Where its spec is gone or another's, only what its name tells: its journal and clips are shipped all the same.</summary>
    private static async Task<WorkerSpec> SpecOfAsync(string directory, Guid id)
    {
        try
        {
            var spec = WorkerSpec.FromJson(await File.ReadAllTextAsync(new WorkerDirectory(directory).Spec));
            if (spec.ProcessId == id) return spec;
        }
        catch (Exception e) when (e is FileNotFoundException or System.Text.Json.JsonException)
        {
            // As if it were another's.
        }

        return new() { ProcessId = id, StreamerId = Guid.Empty, Streamer = "unknown", Url = "" };
    }

    private void Adopt()
    {
        if (_run.Identity is { } known && LiveProcess.TryOpen(known) is { } live)
        {
            Keep(_run with { Verdict = null });
            Hold(live);
            // Whether it was told since its start is not known any more: it has all the time again.
            _retoldAt = _context.Clock.GetUtcNow();
            LogAdopted(_context.Logger, Spec.ProcessId, Spec.Streamer, known.Pid);
        }
        else if (ProcFileSystem.Find(Directory.Path, WorkerLauncher.MarkerOf(Spec.ProcessId)).FirstOrDefault(p => p.LeadsSession) is { } found
            && LiveProcess.TryOpen(found.Identity) is { } unwritten)
        {
            // The agent died between the start and the note of it, or the note was lost.
            Keep(Unwritten(found.Identity));
            Hold(unwritten);
            LogAdopted(_context.Logger, Spec.ProcessId, Spec.Streamer, found.Identity.Pid);
        }
        else if (_run.Verdict is null && _run.StartedAt is not null)
        {
            Conclude(null);
        }
    }

    /// <summary>What is to be remembered of a process that runs though nothing of it was written down.</summary>
    private WorkerRun Unwritten(ProcessIdentity identity)
    {
        var now = _context.Clock.GetUtcNow();
        if (_run is { Identity: null, Verdict: null }) return _run with { Identity = identity, StartedAt = _run.StartedAt ?? now };

        // The one that was written down is another: it has ended, was followed by this one, and then the agent died. What was asked of that one
        // was not asked of this one.
        var run = _run with { Identity = identity, StartedAt = now, StopAskedAt = null, Hung = null, Verdict = null, Restarts = _run.Restarts + 1 };
        var isTold = _run.Verdict is not null || _run is { StopAskedAt: not null, Hung: null };
        return isTold ? run : run with { Endings = WithEnding(new(now, "it ended shortly before the agent did", [])) };
    }

    private void LogStart(LiveProcess live, LiveProcess? before)
    {
        if (before is null) LogStarted(_context.Logger, Spec.ProcessId, Spec.Streamer, live.Identity.Pid);
        else LogRestarted(_context.Logger, Spec.ProcessId, Spec.Streamer, live.Identity.Pid, before.SinceExit.TotalMilliseconds);
    }

    private void Hold(LiveProcess live)
    {
        Live = live;
        _context.Exits.Watch(live, _context.Wake.Set);
    }

    private void Tell(WorkerSpec spec)
    {
        AtomicFile.Write(Directory.Spec, spec.ToJson(), durable: true);
        Spec = spec;
    }

    [LoggerMessage(201, LogLevel.Information, "Worker {ProcessId} of {Streamer} started as pid {Pid}.", EventName = "worker.started")]
    private static partial void LogStarted(ILogger logger, Guid processId, string streamer, int pid);

    [LoggerMessage(210, LogLevel.Information, "Worker {ProcessId} of {Streamer} started again as pid {Pid}, {Ms:0.0} ms after the end of the one before.", EventName = "worker.restarted")]
    private static partial void LogRestarted(ILogger logger, Guid processId, string streamer, int pid, double ms);

    [LoggerMessage(202, LogLevel.Information, "Worker {ProcessId} of {Streamer} adopted: it runs as pid {Pid}.", EventName = "worker.adopted")]
    private static partial void LogAdopted(ILogger logger, Guid processId, string streamer, int pid);

    [LoggerMessage(203, LogLevel.Information, "Worker {ProcessId} is asked to stop: {Reason}.", EventName = "worker.stopping")]
    private static partial void LogStopping(ILogger logger, Guid processId, string reason);

    [LoggerMessage(204, LogLevel.Warning, "Worker {ProcessId} did not stop in time and is killed with all that it started.", EventName = "worker.killed")]
    private static partial void LogKilling(ILogger logger, Guid processId);

    [LoggerMessage(205, LogLevel.Information, "Worker {ProcessId} of {Streamer} is {State}: {Reason}.", EventName = "worker.ended")]
    private static partial void LogEnded(ILogger logger, Guid processId, string streamer, WorkerState state, string reason);

    [LoggerMessage(207, LogLevel.Error, "The run of worker {ProcessId} cannot be written down: {Reason}", EventName = "worker.not_remembered")]
    private static partial void LogNotRemembered(ILogger logger, Guid processId, string reason);

    [LoggerMessage(209, LogLevel.Information, "Worker {ProcessId} of {Streamer} is told settings version {Version}: {Reason}.", EventName = "worker.retold")]
    private static partial void LogRetold(ILogger logger, Guid processId, string streamer, string version, string reason);

    [LoggerMessage(206, LogLevel.Warning, "Worker {ProcessId} wrote {Bytes} bytes to its standard output, which belong in its journal; they are cut off.", EventName = "worker.output_cut")]
    private static partial void LogOutputCut(ILogger logger, Guid processId, long bytes);
}

/// <summary>What every worker needs of the agent.</summary>
public sealed record WorkerContext(
    WorkerOptions Options, WorkerLauncher Launcher, WorkerCgroups Cgroups, ExitWatcher Exits, WakeSignals Signals, TimeProvider Clock, Random Random, ILogger<Worker> Logger)
{
    /// <summary>Wakes the reconciler.</summary>
    public Signal Wake => Signals.Reconcile;
}
