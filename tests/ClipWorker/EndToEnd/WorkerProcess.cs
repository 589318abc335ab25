using System.Diagnostics;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>A worker's directory, and the worker in it while one runs.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    /// <summary>Settings that decide within seconds.</summary>
    public static readonly ClipSettings Quick = new() { Detector = ClipSettings.SurgeDetector, ClipDuration = 8, WindowTimespan = 2, BaselineDuration = 8, SampleInterval = 0.5, SurgeThreshold = 2 };

    private readonly TemporaryDirectory _directory = new();
    private readonly IReadOnlyDictionary<string, string> _environment;
    private Process? _process;
    private DateTimeOffset _started;

    public WorkerProcess(string url, IReadOnlyDictionary<string, string> environment, string? chat = null, int pollIntervalMs = 500, int statusIntervalMs = 200, ClipSettings? settings = null)
    {
        _environment = new Dictionary<string, string>(environment) { ["WORKER_POLL_INTERVAL_MS"] = $"{pollIntervalMs}" };
        Directory = new(_directory.Path);
        var spec = new WorkerSpec
        {
            ProcessId = Guid.NewGuid(), StreamerId = Guid.NewGuid(), Streamer = "A Streamer/..", Url = url, ChatUrl = chat, Epoch = 7, Settings = settings ?? Quick, StatusIntervalMs = statusIntervalMs,
        };
        File.WriteAllText(Directory.Spec, spec.ToJson());
    }

    public WorkerDirectory Directory { get; }

    public Process Process => _process!;

    public IReadOnlyList<JournalEntry> Journal
    {
        get
        {
            var entries = new List<JournalEntry>();
            var at = JournalPosition.Start;
            while (JournalReader.Read(Directory, at) is { } lines)
            {
                entries.AddRange(lines.Lines.Select(l => JournalEntry.TryParse(l)!));
                at = lines.To;
            }

            return entries;
        }
    }

    /// <summary>What the worker that was started last says of itself; null before it said anything.</summary>
    public StatusEntry? Status => Journal.OfType<StatusEntry>().LastOrDefault(s => s.At >= _started);

    /// <summary>The clips that exist: those with a sidecar.</summary>
    public IReadOnlyList<ClipSidecar> Clips => !System.IO.Directory.Exists(Directory.Clips)
        ? []
        : [.. System.IO.Directory.GetFiles(Directory.Clips, "*.json").Order().Select(f => ClipSidecar.FromJson(File.ReadAllText(f)))];

    public void Start() => Start(Programs.ClipWorker, ["run", Directory.Path]);

    /// <summary>Starts it so that neither it nor its tools can write a larger file.</summary>
    /// <param name="blocks">How large, in 512 bytes.</param>
    public void StartLimited(int blocks) => Start("sh", ["-c", $"trap '' XFSZ && ulimit -S -f {blocks} && exec \"$0\" run \"$1\"", Programs.ClipWorker, Directory.Path]);

    /// <summary>Files may be as large as they like again.</summary>
    public async Task EndLimitAsync()
    {
        using var prlimit = Programs.Start("prlimit", ["--pid", $"{Process.Id}", "--fsize=unlimited"]);
        await prlimit.WaitForExitAsync();
        Assert.That(prlimit.ExitCode, Is.Zero, await prlimit.StandardError.ReadToEndAsync());
    }

    /// <summary>Waits until the detector has seen enough to decide.</summary>
    public Task WaitUntilItDecidesAsync() => WaitForStatusAsync(s => s.BaselineRate > 0 && s.Phase == WorkerPhase.Watching, "the baseline is there");

    public async Task<StatusEntry> WaitForStatusAsync(Func<StatusEntry, bool> wanted, string what, double seconds = 120)
    {
        try
        {
            return await Eventually.ValueAsync(() => Task.FromResult(Status is { } s && wanted(s) ? s : null), what, seconds);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{Story()}", e);
        }
    }

    /// <summary>Waits until a line of this event is in the journal.</summary>
    public async Task<LogEntry> WaitForEventAsync(string name)
    {
        try
        {
            return await Eventually.ValueAsync(() => Task.FromResult(Journal.OfType<LogEntry>().FirstOrDefault(l => l.Event == name)), $"{name} is logged", 120);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{Story()}", e);
        }
    }

    public async Task<ClipSidecar> WaitForClipAsync(int number = 1)
    {
        try
        {
            return (await Eventually.ValueAsync(() => Task.FromResult(Clips is { } clips && clips.Count >= number ? clips : null), $"clip {number} is there", 120))[number - 1];
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{Story()}", e);
        }
    }

    public async Task<int> WaitForExitAsync(double seconds = 120)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        await Process.WaitForExitAsync(deadline.Token);
        return Process.ExitCode;
    }

    /// <summary>What the worker logged, and its last status, for messages.</summary>
    public string Story() =>
        string.Join('\n', Journal.OfType<LogEntry>().TakeLast(20).Select(l => $"{l.At:HH:mm:ss.f} {l.Level} {l.Event} {l.Message}").Append($"{Status}"));

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _directory.Dispose();
    }

    private void Start(string program, IEnumerable<string> arguments)
    {
        _started = TimeProvider.System.GetUtcNow();
        _process = Programs.Start(program, arguments, _environment);
    }
}
