using System.Text.Json;
using System.Text.Json.Serialization;
using StreamClips.NodeAgent.Host;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// What the agent must remember of a worker beyond its own life: process.json in the worker's directory. By it a running
/// worker is adopted, and an ended one is not started again for want of memory.
/// </summary>
public sealed record WorkerRun
{
    /// <summary>The file's name.</summary>
    public const string FileName = "process.json";

    /// <summary>The process; null before the first start.</summary>
    public ProcessIdentity? Identity { get; init; }

    /// <summary>When this run was started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Starts after the first one.</summary>
    public int Restarts { get; init; }

    /// <summary>When the worker crashed of late, oldest first.</summary>
    public IReadOnlyList<DateTimeOffset> Crashes { get => field ?? []; init; } = [];

    /// <summary>When it was asked to stop.</summary>
    public DateTimeOffset? StopAskedAt { get; init; }

    /// <summary>Why it was asked to end although it is wanted: it hung; null: it was not.</summary>
    public string? Hung { get; init; }

    /// <summary>How many kills for memory its cgroup had counted when this run was started: the cgroup outlives runs.</summary>
    public long OomKills { get; init; }

    /// <summary>The ends of runs that nobody wished and the control plane does not have yet, oldest first; the last <see cref="MostEndings"/> at most.</summary>
    public IReadOnlyList<Ending> Endings { get => field ?? []; init; } = [];

    /// <summary>So many endings are remembered.</summary>
    public const int MostEndings = 5;

    /// <summary>How the last run ended; null while it runs, and before the first one.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>Reads the file; an empty memory where it is missing or damaged.</summary>
    public static WorkerRun Read(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(directory, FileName)), WorkerRunJson.Default.WorkerRun) ?? new();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new();
        }
        catch (JsonException)
        {
            // A power cut may leave it empty; then nothing runs either. Otherwise the worker is found in /proc.
            return new();
        }
    }

    /// <summary>Writes the file. Not synced: what it names does not outlast a power cut either.</summary>
    public void Write(string directory) =>
        AtomicFile.Write(Path.Combine(directory, FileName), JsonSerializer.Serialize(this, WorkerRunJson.Default.WorkerRun), durable: false);
}

/// <summary>Serialisation of runs, made at build time.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WorkerRun))]
public sealed partial class WorkerRunJson : JsonSerializerContext;
