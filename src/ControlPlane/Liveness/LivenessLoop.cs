using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Leadership;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Liveness;

/// <summary>Keeps what is known of who is live fresh, on the replica that leads: a loop a platform, so that none waits for another.</summary>
public sealed partial class LivenessLoop(LivenessOptions options, IEnumerable<PlatformLooks> platforms, LivenessStore store, Leader leader, ChangeSignal signal, TimeProvider clock, ILogger<LivenessLoop> log) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(5);

    // Every change wakes the loops, and there may be hundreds a second.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    /// <summary>Classifies what is new and looks once at everything that is due.</summary>
    /// <returns>How many channels were asked for.</returns>
    public async Task<int> RunOnceAsync(CancellationToken cancellation)
    {
        while (await store.ClassifyAsync(cancellation) > 0)
        {
            // There may be more.
        }

        var asked = await Task.WhenAll(platforms.Select(p => p.RunOnceAsync(cancellation)));
        return asked.Sum();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.IsOn ? leader.RunAsync(LeadAsync, stoppingToken) : Task.CompletedTask;

    private Task LeadAsync(CancellationToken cancellation) =>
        Task.WhenAll([RepeatAsync(store.ClassifyAsync, cancellation), .. platforms.Select(p => RepeatAsync(p.RunOnceAsync, cancellation))]);

    private async Task RepeatAsync(Func<CancellationToken, Task<int>> act, CancellationToken cancellation)
    {
        while (true)
        {
            var change = signal.NextAsync(Topic.Planning);
            var pause = Poll;
            try
            {
                await act(cancellation);
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested && DatabaseFault.IsUnavailable(e))
            {
                Unavailable(DatabaseFault.Describe(e));
                pause = AfterFault;
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                Failed(e);
                pause = AfterFault;
            }

            await Task.Delay(Breath, clock, cancellation);
            if (pause == Poll) await change.OrAfterAsync(pause, clock, cancellation);
            else await Task.Delay(pause, clock, cancellation);
        }
    }

    [LoggerMessage(2003, LogLevel.Warning, "liveness.postponed: the database does not answer: {Reason}")]
    private partial void Unavailable(string reason);

    [LoggerMessage(2004, LogLevel.Error, "liveness.failed: channels could not be looked at; trying again")]
    private partial void Failed(Exception exception);
}
