using System.Text;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;

namespace StreamClips.ClipWorker.Clips;

/// <summary>
/// The surges whose clips are not made yet, in a file of the worker's own, so that one that was killed makes them when it is
/// started again, however often that happens. What cannot be written is no fault: it only matters after a crash. Safe for
/// several threads.
/// </summary>
/// <param name="path">The file: lines as in the journal. It is there while anything is pending.</param>
/// <param name="clips">Where finished clips are.</param>
internal sealed class PendingSurges(string path, string clips)
{
    // Beyond that no origin of a live stream has the video any more, and nothing is to be waited for.
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);
    private const int MaxBytes = 4 << 20;

    private readonly Lock _lock = new();
    private List<SurgeEntry> _pending = [];

    /// <summary>What an earlier run left, oldest first, without what is too old and without the clips that are there after all.</summary>
    public IReadOnlyList<SurgeEntry> TakeUp(DateTimeOffset now)
    {
        try
        {
            var clipped = ClippedAlready();
            IEnumerable<string> lines = File.Exists(path) && new FileInfo(path).Length <= MaxBytes ? File.ReadLines(path) : [];
            List<SurgeEntry> left = [.. lines.Select(l => JournalEntry.TryParse(Encoding.UTF8.GetBytes(l))).OfType<SurgeEntry>().Where(s => IsRecent(s, now) && !clipped.Contains(s.ClipId))];
            lock (_lock)
            {
                _pending = left;
                Write();
                return [.. _pending];
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>A clip shall be made.</summary>
    public void Add(SurgeEntry surge)
    {
        lock (_lock)
        {
            // Those with the same clip overlap: they are one clip again.
            _pending.RemoveAll(s => !IsRecent(s, surge.At));
            _pending.Add(surge);
            Write();
        }
    }

    /// <summary>A clip is made, or given up.</summary>
    public void Remove(Guid clip)
    {
        lock (_lock)
            if (_pending.RemoveAll(s => s.ClipId == clip) > 0) Write();
    }

    /// <summary>What the journal and the file say of a surge, so that a later run can make its clip.</summary>
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

    private static bool IsRecent(SurgeEntry surge, DateTimeOffset now) => (now - surge.At).Duration() < MaxAge;

    private void Write()
    {
        try
        {
            if (_pending.Count == 0)
            {
                File.Delete(path);
                return;
            }

            var part = path + ".part";
            File.WriteAllLines(part, _pending.Select(s => Encoding.UTF8.GetString(s.ToUtf8())));
            File.Move(part, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file is as it was before, or not there.
        }
    }

    private HashSet<Guid> ClippedAlready()
    {
        var clipped = new HashSet<Guid>();
        if (!Directory.Exists(clips)) return clipped;
        foreach (var sidecar in Directory.EnumerateFiles(clips, "*.json"))
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
