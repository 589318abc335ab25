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

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>A <see cref="ClipMaker"/> with all that it needs, on a <see cref="NumberedStream"/> whose segments are held when a test says so.</summary>
internal sealed class MakerBench : IAsyncDisposable
{
    private readonly NumberedStream _stream;
    private readonly HttpClient _client = new();
    private readonly StreamRecording _pictures;
    private readonly RenditionMaker _renditions;
    private readonly ClipMaker _maker;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="stream">The stream.</param>
    /// <param name="script">What ffmpeg does before it is itself; it can use $HERE, a folder, and $REAL, the real one.</param>
    public MakerBench(NumberedStream stream, string script = "")
    {
        (_stream, Folder) = (stream, new(stream["clips"]));
        Folder.Create();
        var tools = new MediaTools(Clock, BrokenTools.Ffmpeg(stream["bin"], script));
        var events = new WorkerEvents(Told, Clock);
        var plan = new RecordingPlan { Setting = RecordingModes.Lazy, Needs = new(default, default), Keep = TimeSpan.FromDays(1), Directory = stream["held"], Lasts = false };
        var recording = new ChannelRecording(plan, gauge: null, _client, events, Clock, new Random(1));
        recording.Open();
        _pictures = recording.Pictures;
        _pictures.Index.Restore([.. stream.Segments.Select(s => s.Segment)], "");
        foreach (var segment in stream.Segments) _pictures.States.Restore(segment.Segment, held: false, TimeSpan.FromDays(1), TimeSpan.Zero);
        var spec = new WorkerSpec { ProcessId = Guid.NewGuid(), StreamerId = Guid.NewGuid(), Streamer = "s", Url = "https://example.org/", Settings = new ClipSettings() };
        _renditions = new(spec, new(stream["queue"]), new(stream["renditions"]), stream["lock"], new(tools), events, Clock);
        _maker = new(
            spec, recording, new(_pictures.Ring, tools, CutLimits.Default), Folder, new(spec, Folder, true), _renditions, Told, events,
            new(Told, () => new() { At = Clock.GetUtcNow(), Phase = "" }, Clock), Clock) { Settled = Settled.Add, StreamOver = true };
        _running = _maker.RunAsync(_stop.Token);
    }

    public ManualClock Clock { get; } = new(NumberedStream.Epoch);

    public ClipFolder Folder { get; }

    public Report Told { get; } = new();

    public List<Guid> Settled { get; } = [];

    /// <summary>What lies among the clips, names alone.</summary>
    public IEnumerable<string> Files => Directory.GetFiles(_stream["clips"]).Select(f => Path.GetFileName(f)!);

    public IReadOnlyList<ClipSidecar> Clips => [.. Directory.GetFiles(_stream["clips"], "*.json").Order().Select(f => ClipSidecar.FromJson(File.ReadAllText(f)))];

    /// <summary>How often ffmpeg was started to cut.</summary>
    public int Cuts => Directory.GetFiles(_stream["bin"], "cut.*").Length;

    /// <summary>Asks for a clip of these seconds of the stream.</summary>
    public Guid Want(double start, double end, double? peak = null) => _maker.Want(new()
    {
        ClipId = Guid.NewGuid(), Rates = [], TopWords = [], ClockAhead = default, DecidedAt = Clock.GetTimestamp(),
        Surge = new DetectedSurge
        {
            Start = NumberedStream.Epoch.AddSeconds(start), End = NumberedStream.Epoch.AddSeconds(end), Moment = NumberedStream.Epoch.AddSeconds(start),
            Peak = NumberedStream.Epoch.AddSeconds(peak ?? start + 1), TriggeredAt = NumberedStream.Epoch.AddSeconds(end), Score = 2, Reason = "",
        },
    });

    /// <summary>The bytes of these segments are there.</summary>
    public void Hold(params int[] numbers)
    {
        foreach (var number in numbers)
        {
            var bytes = File.ReadAllBytes(_stream[$"{number - 1}.ts"]);
            File.WriteAllBytes(_pictures.Ring.PartOf(number), bytes);
            _pictures.Ring.Put(number, bytes.Length, headBytes: 0);
            _pictures.States.Hold(number);
        }
    }

    /// <summary>The bytes of a segment cannot be had.</summary>
    public void Lose(int number) => _pictures.States.Lose(number);

    /// <summary>Waits until all that was wanted is made or given up.</summary>
    public async Task FinishAsync()
    {
        _maker.Complete(hurry: false);
        await _running.WaitAsync(TimeSpan.FromSeconds(120));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _maker.Dispose();
        _renditions.Dispose();
        _stop.Dispose();
        _client.Dispose();
    }

    internal sealed class Report : IWorkerReport
    {
        private readonly List<LogEntry> _lines = [];

        public IReadOnlyList<LogEntry> Lines
        {
            get
            {
                lock (_lines) return [.. _lines];
            }
        }

        public IEnumerable<string> Events => Lines.Select(l => l.Event);

        public void Append(JournalEntry entry)
        {
            if (entry is not LogEntry line) return;
            lock (_lines) _lines.Add(line);
        }
    }
}
