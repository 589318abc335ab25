using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.ControlLink;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;

namespace StreamClips.NodeAgent.Host;

/// <summary>
/// Tells systemd how the agent is: ready, stopping, a line for <c>systemctl status</c>, and for as long as all of its loops go round that it
/// lives. One that hangs is so killed and started again, which costs no worker anything; an outage of the control plane is no hanging.
/// </summary>
public sealed partial class ServiceNotifier(
    ServiceManager manager, Pulse pulse, LinkState link, WorkerFleet fleet, ShippingQueue shipping, RecordingGate gate, TimeProvider clock, ILogger<ServiceNotifier> logger)
    : BackgroundService, IHostedLifecycleService
{
    // Told four times as often as need be; what is silent for half of the time hangs.
    private const int FeedsInTime = 4;
    private const int LongestStatus = 500;
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(5);
    private string _status = "";
    private string _fault = "";
    private AgentLoop? _stuck;

    /// <summary>What is to be told now.</summary>
    /// <returns>Assignments, a line each; empty: nothing.</returns>
    public string Now()
    {
        var lines = new List<string>();
        if (Status() is var status && status != _status) lines.Add($"STATUS={_status = status}");
        if (manager.Socket?.Watchdog is { } watchdog)
        {
            var stuck = pulse.Stuck(watchdog / 2);
            if (stuck is { } found && _stuck is null) LogStuck(logger, found.Loop, found.Silent.TotalSeconds);
            _stuck = stuck?.Loop;
            if (stuck is null) lines.Add("WATCHDOG=1");
        }

        return string.Join('\n', lines);
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>All parts have started, and the workers that were there are taken up.</summary>
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

    private string Status()
    {
        var workers = fleet.Views;
        var running = workers.Count(w => w.State is WorkerState.Running);
        var text = string.Create(CultureInfo.InvariantCulture, $"{link.Words}; {running} of {workers.Length} workers run, {shipping.State.Clips} clips wait{(gate.Reason is { Length: > 0 } paused ? $"; no new clips: {paused}" : "")}");
        text = text.ReplaceLineEndings(" ");
        return text.Length <= LongestStatus ? text : text[..LongestStatus] + "…";
    }

    private void Tell(string state)
    {
        if (manager.Socket?.Tell(state) is not { } fault) return;
        if (fault.Length > 0 && fault != _fault) LogNotTold(logger, fault);
        _fault = fault;
    }

    [LoggerMessage(531, LogLevel.Critical, "The loop {Loop} of this agent has not been round for {Seconds:0} s: systemd is not told that the agent lives, and will start it again. Workers run on.", EventName = "service.stuck")]
    private static partial void LogStuck(ILogger logger, AgentLoop loop, double seconds);

    [LoggerMessage(532, LogLevel.Warning, "The service manager cannot be told how this agent is: {Reason}", EventName = "service.not_told")]
    private static partial void LogNotTold(ILogger logger, string reason);
}
