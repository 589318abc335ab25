using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Notifications;

/// <summary>Listens to the database's announcements on a connection of its own, and sets the signals.</summary>
public sealed partial class ChangeListener(Postgres postgres, ChangeSignal signal, TimeProvider clock, ILogger<ChangeListener> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly Random _random = new(System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var told = false;
        while (true)
        {
            try
            {
                await postgres.ListenAsync(listening: () =>
                {
                    told = false;
                    signal.SetAll();
                }, signal.Set, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && DatabaseFault.IsUnavailable(e))
            {
                if (!told) Deaf(DatabaseFault.Describe(e));
                told = true;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(e);
            }

            // Replicas that lost the same database do not come back to it all at once.
            await Task.Delay(Pause * (0.5 + _random.NextDouble()), clock, stoppingToken);
        }
    }

    [LoggerMessage(1201, LogLevel.Warning, "changes.deaf: announcements are not heard, only polling finds changes: {Reason}")]
    private partial void Deaf(string reason);

    [LoggerMessage(1202, LogLevel.Error, "changes.failed: announcements could not be heard; trying again")]
    private partial void Failed(Exception exception);
}
