using System.Collections.Concurrent;
using System.Diagnostics;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Clips.Renditions;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Reporting;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Simulation;

/// <summary>The classes of a worker, put together as a session does, on a clock that a test moves. ffmpeg is the real one, and has real time.</summary>
internal sealed class SimulatedWorker : IAsyncDisposable
{
    // Real time that a second of the day may take where something real goes on. On a slow machine the day hurries on after that, and clips lose segments, as on a slow machine.
    private static readonly TimeSpan FetchTime = TimeSpan.FromMilliseconds(10), ToolTimeASecond = TimeSpan.FromMilliseconds(300), DueTime = TimeSpan.FromMilliseconds(20);

    private readonly TemporaryDirectory _directory = new();
    private readonly HttpClient _client;
    private readonly SimulatedOrigin _origin;
    private readonly ToolTime _toolTime = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ChannelRecording _recording;
    private readonly ClipMaker _clips;
    private readonly RenditionMaker _renditions;
    private readonly List<Task> _running;
    private readonly Task _making;

    /// <summary>Puts it together and starts it.</summary>
    public SimulatedWorker(SimulatedDay day, ManualClock clock, byte[] template)
    {
        _origin = new(day, clock, template);
        _client = new(_origin) { Timeout = Timeout.InfiniteTimeSpan };
        var settings = new ClipSettings { Detector = ClipSettings.SurgeDetector, ClipDuration = 30, WindowTimespan = 10, BaselineDuration = 120, SurgeThreshold = 2.5, MaxClipDuration = 60 };
        var spec = new WorkerSpec { ProcessId = Guid.NewGuid(), StreamerId = Guid.NewGuid(), Streamer = "s", Url = "https://origin.example/live.m3u8", Settings = settings };
        var events = new WorkerEvents(Told, clock);
        var board = new StatusBoard(Told, () => new() { At = clock.GetUtcNow(), Phase = "" }, clock);
        Folder = new(_directory["clips"]);
        Folder.Create();
        var tools = new MediaTools(_toolTime);
        var chat = new ChatListener(new SimulatedChat(day, _origin, clock, 1), settings, events, clock, Surged);
        var plan = new RecordingPlan
        {
            Setting = RecordingModes.Auto, Needs = new(ChatDetector.LooksBack(settings), ChatDetector.RisesAfter(settings)),
            Keep = TimeSpan.FromSeconds(settings.MaxClipDuration + settings.WindowTimespan + 60), Directory = Ring, Lasts = true,
        };
        _recording = new(plan, chat, _client, events, clock, new Random(2));
        _renditions = new(spec, new(_directory["queue"]), new(_directory["renditions"]), _directory["lock"], new(tools), events, clock);
        _clips = new(spec, _recording, new(_recording.Pictures.Ring, tools, CutLimits.Default), Folder, new(spec, Folder, true), _renditions, Told, events, board, clock) { Settled = Settle };
        _recording.Open();
        var channel = new ChannelFollower(_origin, _recording, _clips, chat, new(ComesBack: true, TimeSpan.FromSeconds(15)), events, board, clock, new Random(3));
        _making = _clips.RunAsync(_stop.Token);
        _running = [_making, _recording.FetchAsync(_stop.Token), chat.RunAsync(_stop.Token), channel.FollowAsync(_stop.Token)];
    }

    /// <summary>What it told.</summary>
    public Report Told { get; } = new();

    /// <summary>The clips that were wanted.</summary>
    public ConcurrentDictionary<Guid, DateTimeOffset> Wanted { get; } = [];

    /// <summary>Those that were made or given up.</summary>
    public ConcurrentDictionary<Guid, byte> Settled { get; } = [];

    /// <summary>The clips that were made: how long each is, how long it should be, and what it says is missing, in seconds.</summary>
    public ConcurrentQueue<(double Has, double Wanted, double Lost)> Clips { get; } = [];

    /// <summary>Where its segments lie.</summary>
    public string Ring => _directory["ring"];

    /// <summary>Where its clips lie.</summary>
    public ClipFolder Folder { get; }

    /// <summary>Bytes in its ring.</summary>
    public long RingBytes => _recording.Pictures.Ring.Bytes;

    /// <summary>Segments that it remembers.</summary>
    public int Remembered => _recording.Pictures.Index.Snapshot().Count;

    /// <summary>Segments that it has seen.</summary>
    public long Seen => _recording.Pictures.Index.Seen;

    /// <summary>Requests that its origin answered.</summary>
    public long Requests => _origin.Answered;

    /// <summary>Lets a second pass, and then whoever has something to do: what is real, as threads and ffmpeg, must not fall behind the day.</summary>
    public async Task PassAsync(ManualClock clock)
    {
        clock.Advance(TimeSpan.FromSeconds(1));
        await Task.Yield();
        foreach (var task in _running)
            if (task.IsFaulted) await task;
        if (_origin.Busy == 0 && Settled.Count == Wanted.Count && _toolTime.Running == 0 && !IsFetching) return;
        var began = Stopwatch.GetTimestamp();
        for (var round = 0; Stopwatch.GetElapsedTime(began) is var took && (IsFetching ? took < FetchTime : _toolTime.Running > 0 && IsDue ? took < ToolTimeASecond : IsDue && took < DueTime); round++)
        {
            if (round < 30) await Task.Yield();
            else await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }

    private bool IsDue => Wanted.Any(w => !Settled.ContainsKey(w.Key) && w.Value < SimulatedOrigin.Began + TimeSpan.FromSeconds(_origin.Now));

    /// <summary>Whether a segment is being fetched, or shall be: also one that waits for its next try.</summary>
    private bool IsFetching
    {
        get
        {
            var states = _recording.Pictures.States;
            for (var (number, left) = (Seen, 80); left > 0 && number > 0; number--, left--)
                if (states[number] is SegmentState.Wanted or SegmentState.Fetching) return true;
            return false;
        }
    }

    /// <summary>Ends the broadcast's clips: all that were wanted are made or given up.</summary>
    public async Task FinishAsync()
    {
        _clips.StreamOver = true;
        _clips.Complete(hurry: true);
        await _making.WaitAsync(TimeSpan.FromSeconds(120));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _clips.Dispose();
        _renditions.Dispose();
        _client.Dispose();
        _stop.Dispose();
        _directory.Dispose();
    }

    private void Surged(ClipRequest request)
    {
        var clip = _clips.Want(request);
        Wanted[clip] = request.Surge.End;
    }

    /// <summary>Takes the clip away, as the node's agent does when it is shipped.</summary>
    private void Settle(Guid clip)
    {
        foreach (var file in Directory.GetFiles(_directory["clips"], "*.json"))
        {
            var made = ClipSidecar.FromJson(File.ReadAllText(file));
            Clips.Enqueue((made.DurationS, (made.WantedEnd - made.WantedStart).TotalSeconds, made.LostS));
            foreach (var mine in Directory.GetFiles(_directory["clips"], Path.GetFileNameWithoutExtension(file) + ".*")) File.Delete(mine);
        }

        if (Directory.Exists(_directory["queue"]))
            foreach (var job in Directory.GetFiles(_directory["queue"])) File.Delete(job);
        Settled[clip] = 1;
    }

    /// <summary>Counts what is told, and keeps nothing.</summary>
    internal sealed class Report : IWorkerReport
    {
        private readonly ConcurrentDictionary<string, int> _counts = [];

        public int Of(string name) => _counts.GetValueOrDefault(name);

        public string Story => string.Join(", ", _counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key} {c.Value}"));

        public void Append(JournalEntry entry)
        {
            var name = entry is LogEntry log ? log.Event : entry is ClipEntry ? "clip" : "status";
            _counts.AddOrUpdate(name, 1, (_, n) => n + 1);
        }
    }

    /// <summary>Real time, which knows how many wait for it: a tool that runs has a deadline.</summary>
    private sealed class ToolTime : TimeProvider
    {
        private int _running;

        public int Running => Volatile.Read(ref _running);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref _running);
            return new Counted(base.CreateTimer(callback, state, dueTime, period), this);
        }

        private sealed class Counted(ITimer timer, ToolTime time) : ITimer
        {
            private int _disposed;

            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

            public void Dispose()
            {
                if (Interlocked.Exchange(ref _disposed, 1) == 0) Interlocked.Decrement(ref time._running);
                timer.Dispose();
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
