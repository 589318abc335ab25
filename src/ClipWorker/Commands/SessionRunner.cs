using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Platforms;
using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;

namespace StreamClips.ClipWorker.Commands;

/// <summary>Runs a session and turns what nobody expected into a last word: the outer edge of <c>run</c> and <c>watch</c>.</summary>
internal static class SessionRunner
{
    /// <summary>Runs a session to its end, and those that follow it with other settings.</summary>
    /// <returns>Whether it ended well; where not, the last status line says why it gave up, or the log why it crashed.</returns>
    public static async Task<bool> RunAsync(WorkerSpec spec, PlatformChoice choice, WorkerOptions options, SessionFolders folders, IWorkerReport report, CancellationToken stop)
    {
        var missing = MediaTools.Missing();
        if (missing.Count > 0)
        {
            Fail(report, $"{string.Join(" and ", missing)} cannot be found on the PATH: install them (on Debian: apt-get install ffmpeg util-linux)");
            return false;
        }

        try
        {
            var totals = new RunTotals(report);
            while (true)
            {
                using var session = new ClipSession(spec, choice, options, folders, totals, TimeProvider.System, new Random(Environment.ProcessId ^ Environment.TickCount));
                var well = await session.RunAsync(stop);
                // Stopped meanwhile or not: the next one also makes the clips that were handed over.
                if (session.Successor is not { } next) return well;
                new WorkerEvents(report, TimeProvider.System).SettingsApplied(next.SettingsVersion, SettingsDifference.Between(spec.Settings, next.Settings));
                spec = next;
                totals.NextSession();
            }
        }
        catch (Exception e)
        {
            // A full disk, or a bug. Whoever started the worker shall see a crash and start it again at once: the status
            // "failed" would say that there is nothing to be had by it.
            new WorkerEvents(report, TimeProvider.System).Crashed(e is IOException or UnauthorizedAccessException ? e.Message : $"unexpected {e.GetType().Name}: {e.Message}");
            await Console.Error.WriteLineAsync(e.ToString());
            return false;
        }
    }

    /// <summary>Says why the worker gave up: trying again is of no use until somebody changes something.</summary>
    public static void Fail(IWorkerReport report, string reason)
    {
        new WorkerEvents(report, TimeProvider.System).Failed(reason);
        report.Append(new StatusEntry { At = TimeProvider.System.GetUtcNow(), Phase = WorkerPhase.Failed, Reason = reason });
    }
}
