using StreamClips.Shared;

namespace StreamClips.ControlPlane.Database;

/// <summary>Starts the private Postgres again when it ends by itself, with growing waits while it will not stay.</summary>
public sealed partial class PostgresSupervisor(PrivatePostgres server, TimeProvider clock, ILogger<PostgresSupervisor> log) : BackgroundService
{
    private static readonly Backoff Wait = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(15));
    private static readonly TimeSpan Healthy = TimeSpan.FromMinutes(1);
    private readonly Random _random = new(RandomSeed());

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = 0;
        while (true)
        {
            var started = clock.GetTimestamp();
            await server.ExitAsync(stoppingToken);
            failures = clock.GetElapsedTime(started) > Healthy ? 1 : failures + 1;
            Ended(server.Pid, server.LastWords);
            // The first time at once: most crashes are one crash.
            if (failures > 1) await Task.Delay(Wait.Delay(failures, _random), clock, stoppingToken);
            try
            {
                await server.StartAsync(stoppingToken);
                Restarted(server.Pid);
            }
            catch (Exception e) when (e is StartupException or IOException or UnauthorizedAccessException)
            {
                NotRestarted(e.Message);
            }
        }
    }

    private static int RandomSeed() => System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue);

    [LoggerMessage(1001, LogLevel.Error, "postgres.ended: the private Postgres (pid {Pid}) ended by itself. {LastWords}")]
    private partial void Ended(int pid, string lastWords);

    [LoggerMessage(1002, LogLevel.Warning, "postgres.restarted: the private Postgres runs again (pid {Pid})")]
    private partial void Restarted(int pid);

    [LoggerMessage(1003, LogLevel.Error, "postgres.not_restarted: {Reason}")]
    private partial void NotRestarted(string reason);
}
