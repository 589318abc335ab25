using System.Diagnostics;
using System.Globalization;
using StreamClips.Bench.Agent;
using StreamClips.Shared.Workers;

namespace StreamClips.Bench.Restart;

/// <summary>supervisord and runit with the same workers, as they are when installed.</summary>
internal static class OtherSupervisors
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>supervisord, with its defaults.</summary>
    public static Task<Round> SupervisordAsync(string directory, int workers, int kills, CancellationToken ct) => MeasureAsync(directory, workers, kills, homes =>
    {
        var configuration = Path.Combine(directory, "supervisord.conf");
        File.WriteAllText(configuration,
            $"[supervisord]\nnodaemon=true\nlogfile={directory}/supervisord.log\npidfile={directory}/supervisord.pid\nchildlogdir={directory}\n"
            + string.Concat(homes.Select((home, i) => $"[program:w{i}]\ncommand={ScriptedWorker.Program} run {home.Path}\nautorestart=true\nstdout_logfile=NONE\nstderr_logfile=NONE\n")));
        return Start(directory, "supervisord", "-n", "-c", configuration);
    }, ct);

    /// <summary>runit.</summary>
    public static Task<Round> RunitAsync(string directory, int workers, int kills, CancellationToken ct) => MeasureAsync(directory, workers, kills, homes =>
    {
        var services = Path.Combine(directory, "services");
        for (var i = 0; i < homes.Count; i++)
        {
            var script = Path.Combine(Directory.CreateDirectory(Path.Combine(services, $"w{i}")).FullName, "run");
            File.WriteAllText(script, $"#!/bin/sh\nexec '{ScriptedWorker.Program}' run '{homes[i].Path}'\n");
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return Start(directory, "runsvdir", services);
    }, ct);

    private static async Task<Round> MeasureAsync(
        string directory, int workers, int kills, Func<IReadOnlyList<WorkerDirectory>, Process> start, CancellationToken ct)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        var homes = Enumerable.Range(0, workers).Select(i => new WorkerDirectory(Path.Combine(directory, "workers", $"{i:000}"))).ToList();
        foreach (var home in homes)
        {
            Directory.CreateDirectory(home.Path);
            var spec = new WorkerSpec { ProcessId = Guid.NewGuid(), StreamerId = Guid.NewGuid(), Streamer = "bench", Url = ScriptedWorker.Url(RestartBench.Script) };
            await File.WriteAllTextAsync(home.Spec, spec.ToJson(), ct);
        }

        Process supervisor;
        try
        {
            supervisor = start(homes);
        }
        catch (InvalidOperationException e)
        {
            return new([], e.Message);
        }

        using (supervisor)
        {
            try
            {
                await ScriptedWorker.WhenSpeakingAsync(Path.Combine(directory, "workers"), workers, Patience, ct);
                return new(await RestartBench.KillAsync([.. homes.Take(kills)], ct), "");
            }
            finally
            {
                supervisor.Kill(entireProcessTree: true);
                await supervisor.WaitForExitAsync(CancellationToken.None);
                KillLeftBehind(homes);
            }
        }
    }

    /// <summary>runit's services outlive it.</summary>
    private static void KillLeftBehind(IReadOnlyList<WorkerDirectory> homes)
    {
        foreach (var home in homes.Where(h => File.Exists(Path.Combine(h.Path, "starts.log"))))
        {
            var pid = ScriptedWorker.Starts(home)[^1];
            if (!File.Exists($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/comm")) continue;
            using var worker = Process.GetProcessById(pid);
            if (worker.ProcessName.StartsWith(ScriptedWorker.Comm, StringComparison.Ordinal)) worker.Kill();
        }
    }

    private static Process Start(string directory, string program, params string[] arguments)
    {
        if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(p => File.Exists(Path.Combine(p, program)))) throw new InvalidOperationException($"{program} is not installed");
        return BenchProcess.StartService(Path.Combine(directory, "output.log"), program, arguments);
    }
}
