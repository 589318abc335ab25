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
        IReadOnlyList<Ending> endings = unwished ? [.. _run.Endings.TakeLast(WorkerRun.MostEndings - 1), new(end.EndedAt, verdict.Reason, LastWords.Read(Directory))] : _run.Endings;
        Remember(_run with { Identity = null, Verdict = verdict, Crashes = verdict.Crashes, Endings = endings });
        LogEnded(_context.Logger, Spec.ProcessId, Spec.Streamer, verdict.State, verdict.Reason);
    }

    /// <summary>The control plane has all endings up to here. For any thread.</summary>
    /// <param name="toMs">Unix milliseconds.</param>
    public void EndingsTold(long toMs) => Interlocked.Exchange(ref _toldMs, toMs);

    /// <summary>Forgets the endings that the control plane has.</summary>
    public void ForgetTold()
    {
        // Once: of what ends after the clock was set back nothing is told yet.
        var told = Interlocked.Exchange(ref _toldMs, 0);
        if (_run.Endings.Count == 0 || _run.Endings[0].At.ToUnixTimeMilliseconds() > told) return;
        Remember(_run with { Endings = [.. _run.Endings.Where(e => e.At.ToUnixTimeMilliseconds() > told)] });
    }

    /// <summary>
    /// Keeps a run in memory and, where the disk lets it, in its file. A worker that runs is never let go of for a full disk:
    /// without the file the next agent finds it in /proc.
    /// </summary>
    private void Remember(WorkerRun run)
    {
        _run = run;
        try
        {
            run.Write(Directory.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotRemembered(_context.Logger, Spec.ProcessId, e.Message);
        }
    }

    /// <summary>What a killed worker had started (its ffmpeg) must not write beside its successor, nor a worker that was forgotten.</summary>
    private void KillRemains()
    {
        _context.Cgroups.Kill(Spec.ProcessId);
        foreach (var remains in ProcFileSystem.Find(Directory.Path, WorkerLauncher.MarkerOf(Spec.ProcessId)))
            LiveProcess.KillNow(remains.Identity);
    }

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
