using System.Globalization;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Workers;

namespace StreamClips.NodeAgent.Shipping;

/// <summary>How full the spool is: what lies on the node until the control plane has acknowledged that it is in storage.</summary>
/// <param name="Bytes">Length of all files.</param>
/// <param name="LimitBytes">With so many no new clips are made.</param>
public sealed record SpoolState(long Bytes, long LimitBytes);

/// <summary>
/// Keeps the spool within its bound: what is there is never thrown away, so it is new clips that are not made, from the bound on until enough
/// was shipped. A clip that was being made is finished, so it may be exceeded by some.
/// </summary>
/// <param name="limit">The bound.</param>
/// <param name="disk">The size of the node's disk in bytes; 0: not known. It may grow.</param>
/// <param name="gate">Where workers learn of it.</param>
/// <param name="logger">Where it is told.</param>
public sealed partial class Spool(SpoolLimit limit, Func<long> disk, RecordingGate gate, ILogger<Spool> logger)
{
    /// <summary>What the gate is shut for.</summary>
    public const string Full = "the spool is full";

    // Below this of the bound new clips are made again, so that it does not turn with every clip.
    private const int ResumePercent = 90;

    private string _fault = "";
    private volatile SpoolState? _state;

    /// <summary>How full it was at the last look; null: nobody looked yet.</summary>
    public SpoolState? State => _state;

    /// <summary>Decides whether new clips have to wait.</summary>
    /// <param name="paused">Whether they do now.</param>
    /// <param name="state">How full it is.</param>
    public static bool Pauses(bool paused, SpoolState state) =>
        paused ? state.Bytes >= (decimal)state.LimitBytes * ResumePercent / 100 : state.Bytes >= state.LimitBytes;

    /// <summary>Takes note of what lies there, and shuts or opens the gate.</summary>
    /// <param name="bytes">Length of all files.</param>
    public void Observe(long bytes)
    {
        var state = new SpoolState(bytes, limit.On(disk()));
        var paused = gate.IsShutFor(Full);
        var pauses = Pauses(paused, state);
        try
        {
            if (pauses) gate.Shut(Full, Explain(state.LimitBytes));
            else gate.Open(Full);
            _fault = "";
            if (pauses && !paused) LogFull(logger, bytes, state.LimitBytes);
            if (paused && !pauses) LogRoom(logger, bytes, state.LimitBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tried again at the next look, twice a second: told once.
            if (_fault != e.Message) LogNotTold(logger, e.Message);
            _fault = e.Message;
        }

        _state = state;
    }

    private static string Explain(long bytes) => string.Create(
        CultureInfo.InvariantCulture, $"clips that wait for the storage take up all of their {bytes / 1048576.0:#,0} MiB (SPOOL_LIMIT); new ones are made again below {ResumePercent} %");

    [LoggerMessage(508, LogLevel.Error, "The spool is full: {Bytes} bytes of {Limit} (SPOOL_LIMIT) wait for the storage. No new clips are made; those that are here are kept.", EventName = "spool.full")]
    private static partial void LogFull(ILogger logger, long bytes, long limit);

    [LoggerMessage(509, LogLevel.Information, "The spool has room again: {Bytes} bytes of {Limit} wait for the storage. New clips are made.", EventName = "spool.room")]
    private static partial void LogRoom(ILogger logger, long bytes, long limit);

    [LoggerMessage(510, LogLevel.Error, "The workers cannot be told whether there is room for clips: {Reason}", EventName = "spool.not_told")]
    private static partial void LogNotTold(ILogger logger, string reason);
}
