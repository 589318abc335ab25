using System.CommandLine;
using System.Text.Json;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Platforms;
using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Hosting;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

namespace StreamClips.ClipWorker.Commands;

/// <summary><c>run DIR</c>: a worker as the node agent starts it. It reads DIR/spec.json and writes into DIR, nothing else.</summary>
internal static class RunCommand
{
    /// <summary>The command's definition.</summary>
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "The worker's directory, with spec.json in it" };
        var command = new Command("run", "Runs a worker that is told by DIR/spec.json what to do, and writes journal and clips into DIR") { directory };
        command.SetAction((result, _) => RunAsync(new WorkerDirectory(Path.GetFullPath(result.GetValue(directory)!))));
        return command;
    }

    private static async Task<int> RunAsync(WorkerDirectory directory)
    {
        if (!Directory.Exists(directory.Path)) return await RefuseAsync([$"there is no directory '{directory.Path}'"]);
        try
        {
            using var held = LockFile.TryTake(Path.Combine(directory.Path, "worker.lock")) ?? throw new IOException("another worker runs there");
            using var journal = new JournalWriter(directory);
            return await RunAsync(directory, new JournalReport(journal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"cannot work in '{directory.Path}': {e.Message}");
            return ExitCode.Failed;
        }
    }

    private static async Task<int> RunAsync(WorkerDirectory directory, IWorkerReport report)
    {
        var stop = StopSignals.Listen();
        var faults = new List<string>();
        var spec = ReadSpec(directory.Spec, faults);
        var choice = spec is null ? null : PlatformChoice.Of(spec.Url, spec.ChatUrl, faults);
        var options = WorkerOptions.Read(Environment.GetEnvironmentVariable, faults);
        if (faults.Count > 0)
        {
            SessionRunner.Fail(report, string.Join("; ", faults));
            return await RefuseAsync(faults);
        }

        var now = TimeProvider.System.GetUtcNow();
        using var ring = options.RingDirectory is { } place ? RingFolder.Open(place, spec!.ProcessId.ToString("N"), RingFolder.Grace, now) : null;
        var folders = new SessionFolders(directory.Clips, ring?.Path ?? directory.Ring, OwnsClips: true, directory.Renditions, directory.RenditionQueue, options.RecordChat ? Path.Combine(directory.Path, "chat.ndjson") : null) { Pending = new(Path.Combine(directory.Path, "pending.ndjson"), directory.Clips), Spec = directory.Spec };
        return await SessionRunner.RunAsync(spec!, choice!, options, folders, report, stop) ? ExitCode.Done : ExitCode.Failed;
    }

    private static WorkerSpec? ReadSpec(string path, List<string> faults)
    {
        try
        {
            var spec = WorkerSpec.FromJson(File.ReadAllText(path));
            faults.AddRange(spec.Settings.Validate().Select(f => f.Message));
            if (spec.StatusIntervalMs is < 100 or > 60_000) faults.Add($"status_interval_ms is {spec.StatusIntervalMs}: give 100 to 60000 milliseconds");
            return spec;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            faults.Add($"'{path}' cannot be used: {e.Message}");
            return null;
        }
    }

    private static async Task<int> RefuseAsync(IEnumerable<string> faults)
    {
        foreach (var fault in faults) await Console.Error.WriteLineAsync(fault);
        return ExitCode.Usage;
    }
}
