using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Workers;

/// <summary>How a run ended that was not asked to: what people want to see of it.</summary>
/// <param name="At">When it was seen.</param>
/// <param name="Cause">The signal, the exit code or what else it was, in words.</param>
/// <param name="LastLines">The last lines of its journal, oldest first.</param>
public sealed record Ending(DateTimeOffset At, string Cause, IReadOnlyList<string> LastLines);

/// <summary>The last lines of a journal, for people.</summary>
public static class LastWords
{
    /// <summary>At most so many lines.</summary>
    public const int MostLines = 5;

    private const int MostBytes = 16 << 10;
    private const int LongestLine = 300;

    /// <summary>Reads them; none where there are none, or they cannot be read.</summary>
    public static IReadOnlyList<string> Read(WorkerDirectory directory)
    {
        try
        {
            foreach (var number in directory.JournalFiles().Reverse())
                if (Lines(directory.JournalFile(number)) is { Count: > 0 } lines) return lines;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They are a help, no more.
        }

        return [];
    }

    private static List<string> Lines(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = Math.Max(0, file.Length - MostBytes);
        var buffer = new byte[Math.Min(file.Length, MostBytes)];
        var rest = buffer.AsSpan(0, file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
        var lines = new List<string>();
        while (lines.Count < MostLines && rest.Length > 0)
        {
            rest = rest.TrimEnd((byte)'\n');
            var start = rest.LastIndexOf((byte)'\n') + 1;
            if (JournalEntry.TryParse(rest[start..]) is { } entry and not ChatEntry) lines.Insert(0, Short($"{entry.At:HH:mm:ss.fff} {Say(entry)}"));
            rest = rest[..start];
        }

        return lines;
    }

    private static string Say(JournalEntry entry) => entry switch
    {
        LogEntry log => $"{log.Level} {log.Event}: {log.Message}",
        StatusEntry status => $"status {status.Phase}{(status.Reason.Length > 0 ? $": {status.Reason}" : "")}",
        SurgeEntry surge => $"surge: {surge.Reason}",
        ClipEntry clip => $"clip {clip.Name}",
        _ => entry.GetType().Name,
    };

    private static string Short(string line) => line.Length <= LongestLine ? line : line[..LongestLine] + "…";
}
