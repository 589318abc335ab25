using StreamClips.Bench.Load;
using StreamClips.Shared.Settings;

namespace StreamClips.Bench.Worker;

/// <summary>
/// What a watched stream costs: processor time, memory and traffic of clip workers on a live 1080p stream of about 6 Mbit/s,
/// beside other recorders on the same stream.
/// </summary>
internal sealed class WorkerBench : IBench
{
    private const double ChatRate = 5;
    private const int Hundred = 100;

    // Short enough that a surge counts a minute after the start.
    private static readonly ClipSettings Surging = ClipSettings.Default with
    {
        Detector = ClipSettings.SurgeDetector, WindowTimespan = 10, BaselineDuration = 40, SurgeThreshold = 3,
    };

    /// <inheritdoc/>
    public string Name => "worker";

    /// <inheritdoc/>
    public string Summary => "processor time, memory and traffic of a watched stream: idle, recording all, and a hundred at once";

    /// <inheritdoc/>
    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken ct)
    {
        var (streams, warm, measured) = context.Quick ? (5, 20, 20) : (20, 45, 60);
        var video = await SourceVideo.PrepareAsync(context, ct);
        await using var origin = await LiveOrigin.StartAsync(video, ct);
        await using var chat = await SimulatedChat.StartAsync(Hundred, ChatRate, context.Directory, ct);
        var run = new Measurement(context, origin, chat, TimeSpan.FromSeconds(warm), TimeSpan.FromSeconds(measured));

        var figures = new List<BenchFigure>();
        figures.AddRange(await run.WorkersAsync("lazy", streams, ClipSettings.Default, surgeEvery: null, ct));
        figures.AddRange(await run.WorkersAsync("eager", streams, ClipSettings.Default with { Recording = RecordingModes.Eager }, surgeEvery: null, ct));
        if (!context.Quick) figures.AddRange(await run.WorkersAsync("hundred", Hundred, Surging, TimeSpan.FromSeconds(30), ct));
        var peers = new List<BenchPeer>();
        foreach (var recorder in Recorder.All) peers.Add(await run.PeerAsync(recorder, streams, ct));
        figures.AddRange(await ArmingFigures.MeasureAsync(context, ct));
        return new(figures, peers);
    }
}
