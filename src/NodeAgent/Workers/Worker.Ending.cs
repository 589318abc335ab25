using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Host;
using StreamClips.Shared.Journal;

namespace StreamClips.NodeAgent.Workers;

/// <summary>What becomes of a run that has ended, and what is remembered of it.</summary>
public sealed partial class Worker
{
    private void Conclude(int? exitCode, string? startFault = null)
    {
        var status = Tail.LastStatus is { } last && last.At >= _run.StartedAt ? last : null;
        var end = new RunEnd
        {
            StartedAt = _run.StartedAt ?? _context.Clock.GetUtcNow(),
            EndedAt = _context.Clock.GetUtcNow(),
            ExitCode = exitCode,
            Phase = status?.Phase,
            PhaseReason = status?.Reason ?? "",
            Output = startFault ?? FirstLineOfOutput(),
            StopAsked = _run.StopAskedAt is not null,
            Hung = _run.Hung,
            OutOfMemory = _context.Cgroups.OomKills(Spec.ProcessId) > _run.OomKills,
            Rebooted = _run.Identity is { } identity && identity.BootId != ProcFileSystem.BootId,
        };
        var verdict = _context.Options.Restarts.Decide(end, _run.Crashes, _context.Random);
        var unwished = verdict.State is WorkerState.BackingOff or WorkerState.Failed;
        var endings = unwished ? WithEnding(new(end.EndedAt, verdict.Reason, LastWords.Read(Directory))) : _run.Endings;
        Keep(_run with { Identity = null, Verdict = verdict, Crashes = verdict.Crashes, Endings = endings });
        LogEnded(_context.Logger, Spec.ProcessId, Spec.Streamer, verdict.State, verdict.Reason);
    }

    private IReadOnlyList<Ending> WithEnding(Ending ending) => [.. _run.Endings.TakeLast(WorkerRun.MostEndings - 1), ending];

    /// <summary>The control plane has all endings up to here. For any thread.</summary>
    /// <param name="toMs">Unix milliseconds.</param>
    public void EndingsTold(long toMs) => Interlocked.Exchange(ref _toldMs, toMs);

    /// <summary>Forgets the endings that the control plane has.</summary>
    public void ForgetTold()
    {
        // Once: of what ends after the clock was set back nothing is told yet.
        var told = Interlocked.Exchange(ref _toldMs, 0);
        if (_run.Endings.Count == 0 || _run.Endings[0].At.ToUnixTimeMilliseconds() > told) return;
        Keep(_run with { Endings = [.. _run.Endings.Where(e => e.At.ToUnixTimeMilliseconds() > told)] });
    }

    /// <summary>What can wait until every worker that is to run does: the run is written down, and what escaped the end of the one before is ended.</summary>
    /// <exception cref="IOException">Something that escaped cannot be held: it is looked for again at the next call.</exception>
    public void Settle()
    {
        WriteDown();
        if (!_owesLook) return;
        foreach (var escaped in Remains().Where(r => Live is null || r.Identity.StartTicks < Live.Identity.StartTicks)) LiveProcess.KillNow(escaped.Identity);
        _owesLook = false;
    }

    /// <summary>Keeps a run in memory; <see cref="WriteDown"/> keeps it beyond.</summary>
    private void Keep(WorkerRun run) => (_run, _unwritten) = (run, true);

    /// <summary>Keeps a run in its file before anything is done by it.</summary>
    private void Remember(WorkerRun run)
    {
        Keep(run);
        WriteDown();
    }

    /// <summary>A worker that runs is never let go of for a full disk: without the file the next agent finds it in /proc.</summary>
    private void WriteDown()
    {
        if (!_unwritten) return;
        try
        {
            _run.Write(Directory.Path);
            (_unwritten, _unwrittenTold) = (false, false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tried again at each look, and said once.
            if (!_unwrittenTold) LogNotRemembered(_context.Logger, Spec.ProcessId, e.Message);
            _unwrittenTold = true;
        }
    }

    /// <summary>
    /// What a killed worker had started (its ffmpeg) must not write beside its successor. Its group was killed when its end was seen, so
    /// only what has left that is looked for, and later: a walk through /proc takes as long as a start.
    /// </summary>
    private void EndRemains()
    {
        _context.Cgroups.Kill(Spec.ProcessId);
        if (_before is { IsChild: true }) _owesLook = true;
        else if (!_isNew) KillRemains();
        (_before, _isNew) = (null, false);
    }

    private void KillRemains()
    {
        _context.Cgroups.Kill(Spec.ProcessId);
        foreach (var remains in Remains()) LiveProcess.KillNow(remains.Identity);
    }

    private IReadOnlyList<FoundProcess> Remains() => ProcFileSystem.Find(Directory.Path, WorkerLauncher.MarkerOf(Spec.ProcessId));

    private void KeepLastOutput()
    {
        if (File.Exists(Directory.Output)) File.Move(Directory.Output, Directory.Output + ".last", overwrite: true);
    }

    private string FirstLineOfOutput()
    {
        try
        {
            using var reader = new StreamReader(new FileStream(Directory.Output, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            Span<char> start = stackalloc char[200];
            var text = start[..reader.ReadBlock(start)].Trim();
            var end = text.IndexOfAny('\n', '\r');
            return new string(end < 0 ? text : text[..end]);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
