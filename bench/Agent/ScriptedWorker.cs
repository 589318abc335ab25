using System.Globalization;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

namespace StreamClips.Bench.Agent;

/// <summary>A worker that watches no stream but writes the real journal; what it does is told by the query of its channel's address.</summary>
internal static class ScriptedWorker
{
    /// <summary>What the kernel calls it: the first 15 bytes of the program's name.</summary>
    public const string Comm = "StreamClips.Scr";

    /// <summary>Its program: native code as the real worker's, where that could be built (the script says so by SCRIPTED_WORKER).</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("SCRIPTED_WORKER") is { Length: > 0 } native
        ? native
        : Path.Combine(BenchPlace.Root, "tests/ScriptedWorker/bin/Release/net10.0/StreamClips.ScriptedWorker");

    /// <summary>The address of a channel with this script.</summary>
    public static string Url(string script) => $"http://127.0.0.1:9/?{script}";

    /// <summary>The processes that ran as this worker, oldest first.</summary>
    public static IReadOnlyList<int> Starts(WorkerDirectory worker) =>
        [.. File.ReadLines(Path.Combine(worker.Path, "starts.log")).Select(l => int.Parse(l, CultureInfo.InvariantCulture))];

    /// <summary>Waits until so many workers below a directory have spoken.</summary>
    /// <exception cref="InvalidOperationException">They did not in time.</exception>
    public static async Task<IReadOnlyList<WorkerDirectory>> WhenSpeakingAsync(string directory, int count, TimeSpan patience, CancellationToken ct)
    {
        var begun = TimeProvider.System.GetTimestamp();
        var speaking = new SortedDictionary<string, WorkerDirectory>(StringComparer.Ordinal);
        while (true)
        {
            // Who has spoken is not looked at again: what is measured has the cores.
            foreach (var path in Directory.Exists(directory) ? Directory.GetDirectories(directory).Where(d => !speaking.ContainsKey(d)) : [])
                if (new WorkerDirectory(path) is var worker && HasSpoken(worker)) speaking.Add(path, worker);
            if (speaking.Count >= count) return [.. speaking.Values];
            if (TimeProvider.System.GetElapsedTime(begun) > patience) throw new InvalidOperationException($"{speaking.Count} of {count} workers run after {patience.TotalSeconds:0} s: see the logs beside {directory}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ct);
        }
    }

    private static bool HasSpoken(WorkerDirectory worker) => File.Exists(Path.Combine(worker.Path, "starts.log")) && JournalReader.Read(worker, JournalPosition.Start) is not null;
}
