using System.Threading.Channels;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Logs;

/// <summary>
/// Tells all replicas that there are new log lines, a few times a second at most: every commit that notifies waits for every
/// other one that does (Postgres orders them), so the ones that bring lines do not.
/// </summary>
public sealed partial class LogAnnouncer(Postgres postgres, TimeProvider clock, ILogger<LogAnnouncer> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private readonly Channel<bool> _wrote = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Lines were committed. Never waits.</summary>
    public void Wrote() => _wrote.Writer.TryWrite(true);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _wrote.Reader.ReadAsync(stoppingToken);
            try
            {
                await postgres.ExecuteAsync("select pg_notify(@Channel, @Logs)", new { Postgres.Channel, Topic.Logs }, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && DatabaseFault.IsUnavailable(e))
            {
                // Who follows polls besides.
                Unheard(DatabaseFault.Describe(e));
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(e);
            }

            await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    [LoggerMessage(1706, LogLevel.Debug, "logs.unannounced: {Reason}")]
    private partial void Unheard(string reason);

    [LoggerMessage(1707, LogLevel.Error, "logs.announcing_failed: new lines could not be announced; trying again with the next ones")]
    private partial void Failed(Exception exception);
}
