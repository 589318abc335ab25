using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Workers;

namespace StreamClips.NodeAgent.Host;

/// <summary>
/// Keeps the node's disk from being filled by new clips: below the floor none are made, whoever filled it. What is there is shipped on, which
/// makes room, and with a quarter of the floor above it new ones are made again.
/// </summary>
/// <param name="floor">The floor.</param>
/// <param name="look">How full the disk is; null where it cannot be told, and then all stays as it is.</param>
/// <param name="gate">Where workers learn of it.</param>
/// <param name="signals">Wakes whoever tells the control plane.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">Where it is told.</param>
public sealed partial class DiskGuard(DiskFloor floor, Func<DiskSpace?> look, RecordingGate gate, WakeSignals signals, TimeProvider clock, ILogger<DiskGuard> logger) : BackgroundService
{
    /// <summary>What the gate is shut for.</summary>
    public const string Low = "the disk is nearly full";

    // Above the floor by so much of it new clips are made again, so that it does not turn with every clip.
    private const int ResumePercent = 125;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private string _fault = "";

    /// <summary>Why no new clips may be made on such a disk; null: they may. Pure.</summary>
    /// <param name="paused">None are made now.</param>
    /// <param name="disk">How full it is.</param>
    /// <param name="floor">The floor.</param>
    public static string? Refusal(bool paused, DiskSpace disk, DiskFloor floor)
    {
        var (bytes, files) = (floor.BytesOn(disk), floor.FilesOn(disk));
        var (bytesAgain, filesAgain) = (Resume(bytes), Resume(files));
        if (disk.FreeBytes < (paused ? bytesAgain : bytes))
            return string.Create(CultureInfo.InvariantCulture, $"less than {Mebibytes(bytes)} MiB of it were free (DISK_FLOOR); new clips are made again from {Mebibytes(bytesAgain)} MiB on");
        return disk.FreeFiles < (paused ? filesAgain : files)
            ? string.Create(CultureInfo.InvariantCulture, $"it takes hardly any more files, less than {files:#,0} (inodes); new clips are made again from {filesAgain:#,0} on")
            : null;
    }

    /// <summary>Looks once, and shuts or opens the gate.</summary>
    public void RunOnce()
    {
        if (look() is not { } disk) return;
        var paused = gate.IsShutFor(Low);
        var refusal = Refusal(paused, disk, floor);
        try
        {
            if (refusal is null) gate.Open(Low);
            else gate.Shut(Low, refusal);
            _fault = "";
            if (paused == refusal is not null) return;
            signals.Status.Set();
            if (refusal is null) LogRoom(logger, disk.FreeBytes, disk.FreeFiles);
            else LogLow(logger, refusal, disk.FreeBytes, disk.FreeFiles);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tried again at the next look: told once.
            if (_fault != e.Message) LogNotTold(logger, e.Message);
            _fault = e.Message;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            RunOnce();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static long Resume(long least) => (long)Math.Min((decimal)least * ResumePercent / 100, long.MaxValue);

    private static string Mebibytes(long bytes) => (bytes / 1048576.0).ToString("#,0", CultureInfo.InvariantCulture);

    [LoggerMessage(521, LogLevel.Error, "The disk of NODE_DIRECTORY is nearly full: {Reason}. {Bytes} bytes and {Files} files are free. What is here is kept and shipped.", EventName = "disk.low")]
    private static partial void LogLow(ILogger logger, string reason, long bytes, long files);

    [LoggerMessage(522, LogLevel.Information, "The disk of NODE_DIRECTORY has room again: {Bytes} bytes and {Files} files are free.", EventName = "disk.room")]
    private static partial void LogRoom(ILogger logger, long bytes, long files);

    [LoggerMessage(523, LogLevel.Error, "The workers cannot be told whether the disk has room for clips: {Reason}", EventName = "disk.not_told")]
    private static partial void LogNotTold(ILogger logger, string reason);
}
