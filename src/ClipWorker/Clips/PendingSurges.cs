using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

namespace StreamClips.ClipWorker.Clips;

/// <summary>The surges that an earlier run of this worker decided on and did not clip: it was killed in between.</summary>
internal static class PendingSurges
{
    // Beyond that no origin of a live stream has the video any more, and nothing is to be waited for.
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

    /// <summary>Reads the end of a worker's journal.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<SurgeEntry> Read(WorkerDirectory directory, DateTimeOffset now)
    {
        var files = directory.JournalFiles();
        var entries = new List<JournalEntry>();
        // A file holds hours: what is pending is in the last one before this run's, or the worker had begun a new one just then.
        var at = files.Count == 0 ? JournalPosition.Start : new JournalPosition(Math.Max(files[0], files[^1] - 2), 0);
        while (JournalReader.Read(directory, at) is { } lines)
        {
            entries.AddRange(lines.Lines.Where(MayMatter).Select(l => JournalEntry.TryParse(l)).OfType<JournalEntry>());
            at = lines.To;
        }

        return Of(entries, ClippedAlready(directory), now);
    }

    /// <summary>The surges without a clip, oldest first. Pure.</summary>
    /// <param name="entries">The end of the journal.</param>
    /// <param name="clipped">Clips that are there, whatever the journal says.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<SurgeEntry> Of(IEnumerable<JournalEntry> entries, IReadOnlySet<Guid> clipped, DateTimeOffset now)
    {
        var pending = new List<SurgeEntry>();
        foreach (var entry in entries)
        {
            // Surges that overlap have one clip.
            if (entry is SurgeEntry surge && (now - surge.At).Duration() < MaxAge && !clipped.Contains(surge.ClipId)) pending.Add(surge);
            else if (entry is ClipEntry clip) pending.RemoveAll(s => s.ClipId == clip.ClipId);
        }

        return pending;
    }

    /// <summary>What the journal says of a surge, so that a later run can make its clip.</summary>
    /// <param name="request">The surge.</param>
    /// <param name="clip">The clip that will show it.</param>
    /// <param name="now">The time.</param>
    public static SurgeEntry Entry(ClipRequest request, Guid clip, DateTimeOffset now) => new()
    {
        At = now,
        ClipId = clip,
        Score = request.Surge.Score,
        Reason = request.Surge.Reason,
        Start = request.Surge.Start,
        End = request.Surge.End,
        Moment = request.Surge.Moment,
        Peak = request.Surge.Peak,
        TriggeredAt = request.Surge.TriggeredAt,
        ClockAheadS = request.ClockAhead.TotalSeconds,
    };

    /// <summary>The request for a surge of an earlier run. What the chat was like is not known any more.</summary>
    public static ClipRequest Request(SurgeEntry surge, long now) => new()
    {
        ClipId = surge.ClipId,
        Surge = new DetectedSurge
        {
            Start = surge.Start,
            End = surge.End,
            Moment = surge.Moment ?? surge.Start,
            Peak = surge.Peak ?? surge.Moment ?? surge.Start,
            TriggeredAt = surge.TriggeredAt ?? surge.At,
            Score = surge.Score,
            Reason = surge.Reason,
        },
        Rates = [],
        TopWords = [],
        ClockAhead = TimeSpan.FromSeconds(surge.ClockAheadS ?? 0),
        DecidedAt = now,
    };

    private static bool MayMatter(byte[] line) => line.AsSpan().IndexOf("\"surge\""u8) >= 0 || line.AsSpan().IndexOf("\"clip\""u8) >= 0;

    private static HashSet<Guid> ClippedAlready(WorkerDirectory directory)
    {
        var clipped = new HashSet<Guid>();
        if (!Directory.Exists(directory.Clips)) return clipped;
        foreach (var sidecar in Directory.EnumerateFiles(directory.Clips, "*.json"))
        {
            try
            {
                clipped.Add(ClipSidecar.FromJson(File.ReadAllText(sidecar)).ClipId);
            }
            catch (Exception e) when (e is System.Text.Json.JsonException or FileNotFoundException)
            {
                // Shipped at this moment, or no sidecar.
            }
        }

        return clipped;
    }
}
