using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace StreamClips.Shared.Hosting;

/// <summary>
/// Tells systemd how this program is: ready, stopping, a line for <c>systemctl status</c>, and for as long as all of its loops go round that it
/// lives. One that hangs is so killed and started again.
/// </summary>
/// <param name="manager">Who is told.</param>
/// <param name="pulse">The loops.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">Where it is told which loop hangs.</param>
public abstract partial class ServiceNotifier(ServiceManager manager, IPulse pulse, TimeProvider clock, ILogger logger) : BackgroundService, IHostedLifecycleService
{
    // Told four times as often as need be; what is silent for half of the time hangs.
    private const int FeedsInTime = 4;
    private const int LongestStatus = 500;
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(5);
    private string _status = "";
    private string _fault = "";
    private string? _stuck;

    /// <summary>What the program does, in a line for people.</summary>
    protected abstract string Status { get; }

    /// <summary>What is to be told now.</summary>
    /// <returns>Assignments, a line each; empty: nothing.</returns>
    public string Now()
    {
        var lines = new List<string>();
        if (ShortStatus() is var status && status != _status) lines.Add($"STATUS={_status = status}");
        if (manager.Socket?.Watchdog is { } watchdog)
        {
            var stuck = pulse.Stuck(watchdog / 2);
            if (stuck is { } found && found.Loop != _stuck) LogStuck(logger, found.Loop, found.Silent.TotalSeconds);
            _stuck = stuck?.Loop;
            if (stuck is null) lines.Add("WATCHDOG=1");
        }

        return string.Join('\n', lines);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>All parts have started.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Tell("READY=1");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        Tell("STOPPING=1\nSTATUS=stopping");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (manager.Socket is not { } socket) return;
        var interval = socket.Watchdog / FeedsInTime is { } soon && soon < StatusInterval ? soon : StatusInterval;
        using var timer = new PeriodicTimer(interval, clock);
        do
        {
            if (Now() is { Length: > 0 } state) Tell(state);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private string ShortStatus()
    {
        var text = Status.ReplaceLineEndings(" ");
        return text.Length <= LongestStatus ? text : text[..LongestStatus] + "…";
    }

    private void Tell(string state)
    {
        if (manager.Socket?.Tell(state) is not { } fault) return;
        if (fault.Length > 0 && fault != _fault) LogNotTold(logger, fault);
        _fault = fault;
    }

    [LoggerMessage(531, LogLevel.Critical, "The loop {Loop} has not been round for {Seconds:0} s: systemd is not told that this program lives, and will start it again.", EventName = "service.stuck")]
    private static partial void LogStuck(ILogger logger, string loop, double seconds);

    [LoggerMessage(532, LogLevel.Warning, "The service manager cannot be told how this program is: {Reason}", EventName = "service.not_told")]
    private static partial void LogNotTold(ILogger logger, string reason);
}
