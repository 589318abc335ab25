using Npgsql;
using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Notifications;

/// <summary>Listens to the database's announcements on a connection of its own, and sets the signals.</summary>
public sealed partial class ChangeListener(Postgres postgres, ChangeSignal signal, TimeProvider clock, ILogger<ChangeListener> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var told = false;
        while (true)
        {
            try
            {
                await ListenAsync(() => told = false, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && DatabaseFault.IsUnavailable(e))
            {
                if (!told) Deaf(DatabaseFault.Describe(e));
                told = true;
            }

            await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    private async Task ListenAsync(Action connected, CancellationToken cancellation)
    {
        await using var connection = await postgres.OpenAsync(cancellation);
        connection.Notification += (_, notice) => signal.Set(notice.Payload);
        await using (var listen = new NpgsqlCommand($"listen {Postgres.Channel}", connection)) await listen.ExecuteNonQueryAsync(cancellation);
        connected();
        signal.SetAll();
        while (true) await connection.WaitAsync(cancellation);
    }

    [LoggerMessage(1201, LogLevel.Warning, "changes.deaf: announcements are not heard, only polling finds changes: {Reason}")]
    private partial void Deaf(string reason);
}
