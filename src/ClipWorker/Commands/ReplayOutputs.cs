using System.Globalization;
using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Journal;

namespace StreamClips.ClipWorker.Commands;

/// <summary>How clips are printed.</summary>
internal interface IReplayOutput
{
    /// <summary>Prints a clip.</summary>
    void Clip(DetectedSurge surge);

    /// <summary>Takes note of a message, with the detector's newest sample before it.</summary>
    void Heard(in ChatMessage message, RateSample? sample)
    {
    }

    /// <summary>Takes note of a second of a history, with the detector's newest sample before it.</summary>
    void Heard(in ChatSecond second, RateSample? sample)
    {
    }

    /// <summary>Takes note of what was taken back, see <see cref="IChatDetector.Forget"/>.</summary>
    void Removed(in ChatMessage removed)
    {
    }

    /// <summary>Prints what comes after the last clip.</summary>
    void End();
}

/// <summary>A JSON object a line, times in seconds on the file's clock.</summary>
internal sealed class NdjsonReplayOutput(TextWriter output) : IReplayOutput
{
    /// <inheritdoc/>
    public void Clip(DetectedSurge surge) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"start\":{FileClock.Seconds(surge.Start)},\"end\":{FileClock.Seconds(surge.End)},\"moment\":{FileClock.Seconds(surge.Moment)},\"peak\":{FileClock.Seconds(surge.Peak)},\"triggered_at\":{FileClock.Seconds(surge.TriggeredAt)},\"score\":{surge.Score}}}"));

    /// <inheritdoc/>
    public void End() => output.Flush();
}

/// <summary>A table for people.</summary>
internal sealed class TableReplayOutput(TextWriter output) : IReplayOutput
{
    private int _clips;

    /// <inheritdoc/>
    public void Clip(DetectedSurge surge)
    {
        if (_clips++ == 0) output.WriteLine($"{"start",12} {"end",12} {"moment",12} {"decided",12} {"score",6}  reason");
        output.WriteLine($"{Clock(surge.Start),12} {Clock(surge.End),12} {Clock(surge.Moment),12} {Clock(surge.TriggeredAt),12} {surge.Score,6:0.00}  {surge.Reason}");
    }

    /// <inheritdoc/>
    public void End() => output.WriteLine(_clips switch { 0 => "no clips", 1 => "1 clip", _ => $"{_clips} clips" });

    private static string Clock(DateTimeOffset at)
    {
        var seconds = FileClock.Seconds(at);
        var whole = TimeSpan.FromSeconds(Math.Abs(seconds));
        return $"{(seconds < 0 ? "-" : "")}{(long)whole.TotalHours}:{whole:mm\\:ss\\.f}";
    }
}

/// <summary>The clock of a recorded chat: seconds, kept as time since the Unix epoch.</summary>
internal static class FileClock
{
    /// <summary>Seconds on the file's clock.</summary>
    public static double Seconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;
}
