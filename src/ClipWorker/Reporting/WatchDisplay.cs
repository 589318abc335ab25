using System.Text;
using StreamClips.Shared.Journal;

namespace StreamClips.ClipWorker.Reporting;

/// <summary>
/// Shows a worker to somebody who watches it. On a terminal the status is one line that is renewed in place; elsewhere it
/// is a line at each change of phase and every ten seconds. What happens is a line of its own.
/// </summary>
/// <param name="output">Where it is written.</param>
/// <param name="clips">The directory of the clips, for their paths.</param>
/// <param name="inPlace">Whether the output is a terminal.</param>
/// <param name="clock">The time.</param>
/// <param name="width">Gives the terminal's width in columns: a status that is longer could not be renewed in place, and is cut.</param>
internal sealed class WatchDisplay(TextWriter output, string clips, bool inPlace, TimeProvider clock, Func<int>? width = null) : IWorkerReport
{
    private static readonly TimeSpan EveryNowAndThen = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private (string Phase, string Reason) _shown;
    private long _shownAt;

    /// <inheritdoc/>
    public void Append(JournalEntry entry)
    {
        lock (_lock)
        {
            switch (entry)
            {
                case StatusEntry status:
                    ShowStatus(status);
                    break;
                case ClipEntry clip:
                    Say(entry, $"clip {Path.Combine(clips, clip.Name)}.mp4 ({clip.DurationS:0.0} s)");
                    break;
                case SurgeEntry surge:
                    Say(entry, $"surge: {surge.Reason}");
                    break;
                case LogEntry { Event: not ("surge.detected" or "clip.saved" or "worker.failed") } log:
                    Say(entry, log.Level == "info" ? log.Message : $"{log.Level}: {log.Message}");
                    break;
            }
        }
    }

    /// <summary>A status as one line for people.</summary>
    public static string Line(StatusEntry status)
    {
        var line = new StringBuilder(status.Phase);
        if (status.Reason.Length > 0) line.Append(": ").Append(status.Reason);
        if (status.Phase is WorkerPhase.Watching or WorkerPhase.Clipping)
        {
            line.Append($" · chat {status.ChatRate:0.0}/s");
            line.Append(status.BaselineRate > 0 ? $", {status.ChatRate / status.BaselineRate:0.0}× the usual {status.BaselineRate:0.0}/s" : ", learning what is usual");
            if (status.Chat is not ("" or ChatCondition.Connected)) line.Append($" (chat {status.Chat})");
            if (status.LagS is { } lag) line.Append($" · video {lag:0.0} s behind");
            if (status.Recording is { } recording) line.Append($" · {recording}");
            if (status is { Recording: not null, LookBackS: { } lookBack }) line.Append($", {lookBack:0} s to look back");
        }

        return line.Append(status.Clips == 1 ? " · 1 clip" : $" · {status.Clips} clips").ToString();
    }

    private void ShowStatus(StatusEntry status)
    {
        var change = _shown != (status.Phase, status.Reason);
        if (!inPlace && !change && clock.GetElapsedTime(_shownAt) < EveryNowAndThen) return;
        _shown = (status.Phase, status.Reason);
        _shownAt = clock.GetTimestamp();
        if (!inPlace) Say(status, Line(status));
        else if (status.Phase is WorkerPhase.Ended or WorkerPhase.Failed) Say(status, Line(status));
        else output.Write($"\r\e[K{Cut(Line(status))}");
    }

    private string Cut(string line) => width?.Invoke() is > 2 and var columns && line.Length >= columns ? $"{line.AsSpan(0, columns - 2)}…" : line;

    private void Say(JournalEntry entry, string text) => output.WriteLine($"{(inPlace ? "\r\e[K" : "")}{entry.At.ToLocalTime():HH:mm:ss} {text}");
}

/// <summary>Writes the journal's own lines, for programs.</summary>
internal sealed class JsonReport(TextWriter output) : IWorkerReport
{
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public void Append(JournalEntry entry)
    {
        var line = Encoding.UTF8.GetString(entry.ToUtf8());
        lock (_lock) output.WriteLine(line);
    }
}
