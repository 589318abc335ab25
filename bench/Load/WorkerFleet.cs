using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;

namespace StreamClips.Bench.Load;

/// <summary>Clip workers as processes, as the node agent starts them: a directory each, on the bench's stream and a chat of its own.</summary>
internal sealed class WorkerFleet(LiveOrigin origin, SimulatedChat chat, string directory) : IAsyncDisposable
{
    // Chat servers take 20 JOINs in 10 s from one address.
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(520);

    private readonly Fleet _fleet = new();
    private readonly List<WorkerDirectory> _directories = [];

    /// <summary>The clients as the origin counts them.</summary>
    public IEnumerable<string> Clients => _directories.Select(d => Path.GetFileName(d.Path));

    /// <summary>The worker's program: the native one that the script built, else the managed one.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("CLIP_WORKER") is { Length: > 0 } named
        ? named
        : Path.Combine(BenchPlace.Root, "src/ClipWorker/bin/Release/net10.0/StreamClips.ClipWorker");

    /// <summary>Starts some, one after the other.</summary>
    public async Task StartAsync(int count, ClipSettings settings, CancellationToken ct)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        for (var i = 0; i < count; i++)
        {
            var home = new WorkerDirectory(Path.Combine(directory, $"{Path.GetFileName(directory)}-{i:000}"));
            Directory.CreateDirectory(home.Path);
            var spec = new WorkerSpec
            {
                ProcessId = Guid.NewGuid(),
                StreamerId = Guid.NewGuid(),
                Streamer = SimulatedChat.Channel(i),
                Url = origin.AddressOf(Path.GetFileName(home.Path)),
                ChatUrl = $"https://www.twitch.tv/{SimulatedChat.Channel(i)}",
                Settings = settings,
            };
            await File.WriteAllTextAsync(home.Spec, spec.ToJson(), ct);
            _directories.Add(home);
            _fleet.Start([Program, "run", home.Path], chat.Environment);
            await Task.Delay(Apart, TimeProvider.System, ct);
        }
    }

    /// <summary>What all of them use.</summary>
    public Usage Usage() => _fleet.Usage();

    /// <summary>All lines that a worker has written into its journal.</summary>
    public IReadOnlyList<JournalEntry> Journal(int worker)
    {
        var (entries, at) = (new List<JournalEntry>(), JournalPosition.Start);
        while (JournalReader.Read(_directories[worker], at) is { } some)
        {
            foreach (var line in some.Lines)
                if (JournalEntry.TryParse(line) is { } entry) entries.Add(entry);
            at = some.To;
        }

        return entries;
    }

    /// <summary>The folder of a worker.</summary>
    public WorkerDirectory this[int worker] => _directories[worker];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _fleet.DisposeAsync();
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
    }
}
