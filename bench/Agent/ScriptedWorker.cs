using System.Globalization;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

namespace StreamClips.Bench.Agent;

/// <summary>A worker that watches no stream but writes the real journal; what it does is told by the query of its channel's address.</summary>
internal static class ScriptedWorker
{
    /// <summary>What the kernel calls it: the first 15 bytes of the program's name.</summary>
    public const string Comm = "StreamClips.Scr";

    /// <summary>Its program.</summary>
    public static string Program { get; } = Path.Combine(BenchPlace.Root, "tests/ScriptedWorker/bin/Release/net10.0/StreamClips.ScriptedWorker");

    /// <summary>The address of a channel with this script.</summary>
    public static string Url(string script) => $"http://127.0.0.1:9/?{script}";

    /// <summary>The directories below this one in which a worker wrote its first line.</summary>
    public static IReadOnlyList<WorkerDirectory> Speaking(string directory) => !Directory.Exists(directory)
        ? []
        : [.. Directory.GetDirectories(directory).Order(StringComparer.Ordinal).Select(d => new WorkerDirectory(d)).Where(HasSpoken)];

    /// <summary>The processes that ran as this worker, oldest first.</summary>
    public static IReadOnlyList<int> Starts(WorkerDirectory worker) =>
        [.. File.ReadLines(Path.Combine(worker.Path, "starts.log")).Select(l => int.Parse(l, CultureInfo.InvariantCulture))];

    /// <summary>Waits until so many workers below a directory have spoken.</summary>
    /// <exception cref="InvalidOperationException">They did not in time.</exception>
    public static async Task<IReadOnlyList<WorkerDirectory>> WhenSpeakingAsync(string directory, int count, TimeSpan patience, CancellationToken ct)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (Speaking(directory) is var speaking && speaking.Count >= count) return speaking;
            if (TimeProvider.System.GetElapsedTime(begun) > patience) throw new InvalidOperationException($"{speaking.Count} of {count} workers run after {patience.TotalSeconds:0} s: see the logs beside {directory}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, ct);
        }
    }

    private static bool HasSpoken(WorkerDirectory worker) => File.Exists(Path.Combine(worker.Path, "starts.log")) && JournalReader.Read(worker, JournalPosition.Start) is not null;
}
