using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Platforms;
using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

namespace StreamClips.ClipWorker.Commands;

/// <summary>Runs a session and turns what nobody expected into a last word: the outer edge of <c>run</c> and <c>watch</c>.</summary>
internal static class SessionRunner
{
    /// <summary>Runs a session to its end.</summary>
    /// <returns>Whether it ended well; where not, the last status line says why.</returns>
    public static async Task<bool> RunAsync(WorkerSpec spec, PlatformChoice choice, WorkerOptions options, SessionFolders folders, IWorkerReport report, CancellationToken stop)
    {
        var missing = MediaTools.Missing();
        if (missing.Count > 0)
        {
            Fail(report, $"{string.Join(" and ", missing)} cannot be found on the PATH: install them (on Debian: apt-get install ffmpeg util-linux)");
            return false;
        }

        using var session = new ClipSession(spec, choice, options, folders, report, TimeProvider.System, new Random(Environment.ProcessId ^ Environment.TickCount));
        try
        {
            return await session.RunAsync(stop);
        }
        catch (Exception e)
        {
            // A full disk, or a bug: either way the journal is the place where somebody will look.
            Fail(report, e is IOException or UnauthorizedAccessException ? e.Message : $"unexpected {e.GetType().Name}: {e.Message}");
            await Console.Error.WriteLineAsync(e.ToString());
            return false;
        }
    }

    private static void Fail(IWorkerReport report, string reason)
    {
        new WorkerEvents(report, TimeProvider.System).Failed(reason);
        report.Append(new StatusEntry { At = TimeProvider.System.GetUtcNow(), Phase = WorkerPhase.Failed, Reason = reason });
    }
}
