using System.Collections.Concurrent;

namespace StreamClips.ControlPlane.Liveness;

/// <summary>Looks at the channels of one platform that are due, as fast as it may be asked, and leaves it alone where it does not answer.</summary>
public sealed partial class PlatformLooks(IStatusSource source, LivenessStore store, TimeProvider clock, Random random, ILogger log)
{
    // So many questions a round: its answers are in the database before the next ones are chosen.
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(5);

    private readonly CallBudget _budget = new(source.CallsPerS, clock);
    private readonly Lock _lock = new();
    private int _failures;
    private DateTimeOffset _pausedUntil = DateTimeOffset.MinValue;

    /// <summary>The platform.</summary>
    public string Platform => source.Platform;

    /// <summary>Until when the platform is left alone; in the past: it is not.</summary>
    public DateTimeOffset PausedUntil
    {
        get
        {
            lock (_lock) return _pausedUntil;
        }
    }

    /// <summary>Looks at what is due, up to a round.</summary>
    /// <returns>How many channels were asked for.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellation)
    {
        if (clock.GetUtcNow() < PausedUntil) return 0;
        var most = (int)Math.Ceiling(source.CallsPerS * Round.TotalSeconds) * source.MostChannels;
        var due = await store.DueAsync(source.Platform, clock.GetUtcNow(), most, cancellation);
        // Several streamers may have the same channel: it is asked for once.
        var channels = due.GroupBy(d => d.Channel, StringComparer.Ordinal).Chunk(source.MostChannels).ToList();
        var asked = new ConcurrentBag<int>();
        await Parallel.ForEachAsync(channels, new ParallelOptions { MaxDegreeOfParallelism = source.MostAtOnce, CancellationToken = cancellation }, async (batch, ct) =>
        {
            await _budget.TakeAsync(ct);
            if (clock.GetUtcNow() < PausedUntil) return;
            var answer = await source.AskAsync([.. batch.Select(g => g.Key)], ct);
            var looks = Looks(batch, answer);
            await store.WriteAsync(looks, clock.GetUtcNow(), ct);
            asked.Add(looks.Count);
        });
        return asked.Sum();
    }

    private List<Look> Looks(IGrouping<string, DueChannel>[] batch, StatusAnswer answer)
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            var pause = TimeSpan.Zero;
            if (answer is { Fault: not null, OfPlatform: true })
            {
                // Questions that were under way together fail together: that is one failure.
                if (now >= _pausedUntil) _failures++;
                pause = LookPlan.Pause(_failures, answer.Wait, random.NextDouble());
                if (now + pause > _pausedUntil) _pausedUntil = now + pause;
                if (_failures == 1) Silent(log, Platform, answer.Fault, pause.TotalSeconds);
            }
            else if (answer.Fault is null && _failures > 0)
            {
                Back(log, Platform);
                (_failures, _pausedUntil) = (0, DateTimeOffset.MinValue);
            }

            var again = pause > TimeSpan.Zero ? pause : LookPlan.Usual;
            return [.. from channel in batch
                       let said = answer.Channels.GetValueOrDefault(channel.Key)
                       from due in channel
                       let next = said is null ? now + again : LookPlan.Next(said, said.Live ? now : due.LiveAt, now, random.NextDouble())
                       select new Look(due, said, said is null ? answer.Fault ?? $"{Platform} did not say" : "", next)];
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "liveness.silent: {Platform}: {Fault}; what is known stays, and it is asked again in {Seconds:0} s, then less often")]
    private static partial void Silent(ILogger log, string platform, string fault, double seconds);

    [LoggerMessage(2002, LogLevel.Information, "liveness.back: {Platform} answers again")]
    private static partial void Back(ILogger log, string platform);
}
