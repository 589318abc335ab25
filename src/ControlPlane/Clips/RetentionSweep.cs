using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Leadership;

namespace StreamClips.ControlPlane.Clips;

/// <summary>Looks every ten minutes for clips whose time is up, and marks them for removal; <see cref="ClipRemover"/> does the rest. On the replica that leads.</summary>
public sealed partial class RetentionSweep(RetentionStore retention, ClipRemovalStore removals, Leader leader, TimeProvider clock, ILogger<RetentionSweep> log) : BackgroundService
{
    /// <summary>How often clips are looked for.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private const int StreamersAtOnce = 500;
    private const int ClipsAtOnce = 200;

    /// <summary>Most clips that one look marks; the oldest ones of each streamer, the rest at the next look.</summary>
    private const int MostClips = 5_000;

    /// <summary>Looks once.</summary>
    /// <returns>How many clips go.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellation)
    {
        var marked = 0;
        Guid? after = null;
        while (marked < MostClips && await retention.StreamersAsync(after, StreamersAtOnce, cancellation) is { Count: > 0 } streamers)
        {
            foreach (var streamer in await retention.OverAsync(streamers, cancellation))
                marked += await SweepAsync(streamer, MostClips - marked, cancellation);
            after = streamers[^1].Streamer;
        }

        return marked;
    }

    private async Task<int> SweepAsync(StreamerRetention streamer, int most, CancellationToken cancellation)
    {
        var goes = RetentionPolicy.Decide(streamer.Limits, await retention.ClipsAsync(streamer.Streamer, cancellation), clock.GetUtcNow());
        var marked = 0;
        foreach (var some in goes.Take(most).Chunk(ClipsAtOnce))
            marked += (await removals.MarkAsync([.. some.Select(v => new RemovalMark(v.Clip, RemovalKind.Retention, v.Reason, By: ""))], cancellation)).Count;
        if (marked > 0) Gone(marked, streamer.Streamer);
        return marked;
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => leader.RunAsync(SweepAsync, stoppingToken);

    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Round.DoAsync(RunOnceAsync, Waits, Failed, stoppingToken);
            await Task.Delay(Interval, clock, stoppingToken);
        }
    }

    [LoggerMessage(2111, LogLevel.Information, "clips.retention: {Count} clips of streamer {Streamer} go, for their age, number or size")]
    private partial void Gone(int count, Guid streamer);

    [LoggerMessage(2112, LogLevel.Warning, "clips.retention_waits: {Reason}")]
    private partial void Waits(string reason);

    [LoggerMessage(2113, LogLevel.Error, "clips.retention_failed: old clips could not be looked for; trying again")]
    private partial void Failed(Exception exception);
}
