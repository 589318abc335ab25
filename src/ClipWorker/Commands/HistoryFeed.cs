using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Commands;

/// <summary>
/// Feeds the lines of a chat-rate history to detectors: a new one for each stretch, as live. Where lines are missing, that time counts as
/// not heard.
/// </summary>
/// <param name="settings">How it is decided.</param>
/// <param name="decided">Takes the clips.</param>
/// <param name="heard">Takes each second, with the newest sample.</param>
internal sealed class HistoryFeed(ClipSettings settings, Action<IReadOnlyList<DetectedSurge>> decided, Action<ChatSecond, RateSample?> heard)
{
    // Live every second is decided for itself. A detector may pass over the middle of a longer silence, which is not quite the same.
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromDays(31);

    private IChatDetector? _detector;
    private ChatEntry? _last;
    private DateTimeOffset _at;

    /// <summary>Places where lines were missing.</summary>
    public long Gaps { get; private set; }

    /// <summary>Takes in a line.</summary>
    /// <returns>What is wrong with it; null: nothing.</returns>
    public string? Take(ChatEntry entry)
    {
        if (entry.Read() is not { } seconds)
            return entry.Version > ChatPacker.Version ? $"is of version {entry.Version} of chat histories, and this program knows {ChatPacker.Version}: take a newer one" : "holds seconds that cannot be unpacked";
        if (_last is { } last && last.Began == entry.Began && entry.Number > 0)
        {
            if (entry.Number <= last.Number) return $"has number {entry.Number} behind number {last.Number}: sort the lines by began and number";
            if (entry.Number > last.Number + 1) Lose(last.Until, entry.From);
        }
        else
        {
            Begin(entry.Number == 0 ? entry.Began : entry.From);
        }

        foreach (var second in seconds) Take(second);
        _last = entry;
        return null;
    }

    /// <summary>The file is over: decides what was decided live.</summary>
    public void End()
    {
        if (_last is { } last) Pass(last.Until);
    }

    private void Begin(DateTimeOffset at)
    {
        End();
        (_detector, _at) = (ChatDetector.For(settings), at);
        decided(_detector.Advance(at));
    }

    private void Lose(DateTimeOffset from, DateTimeOffset until)
    {
        Gaps++;
        Pause(new(from, until));
    }

    private void Take(in ChatSecond second)
    {
        if (second.Pause is { } pause)
        {
            Pause(pause);
            return;
        }

        // The second before is over; this one is not.
        if (second.At > _at + Step) Pass(second.At - TimeSpan.FromSeconds(1));
        decided(_detector!.Observe(second));
        heard(second, _detector.Latest);
        if (second.At > _at) _at = second.At;
    }

    private void Pause(in ChatPause pause)
    {
        Pass(pause.HeardUntil);
        _detector!.ResumeAt(pause.ResumedAt);
        if (pause.ResumedAt > _at) _at = pause.ResumedAt;
    }

    private void Pass(DateTimeOffset until)
    {
        if (until <= _at) return;
        if (until - _at < LongestSilence)
            for (var at = _at + Step; at < until; at += Step) decided(_detector!.Advance(at));
        decided(_detector!.Advance(until));
        _at = until;
    }
}
