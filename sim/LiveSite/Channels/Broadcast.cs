using System.Globalization;
using StreamClips.LiveSite.Playlists;
using StreamClips.LiveSite.Video;

namespace StreamClips.LiveSite.Channels;

/// <summary>One broadcast of a channel, from going live to going offline: its playlist and the directory of its segments.</summary>
public sealed class Broadcast
{
    private readonly string _directory;
    private volatile TaskCompletionSource _changed = NewSignal();
    private int _runs;

    /// <summary>A new broadcast.</summary>
    /// <param name="id">Its number, unique in the channel.</param>
    /// <param name="directory">Where its segments will lie; made here.</param>
    /// <param name="startedAt">When it went live.</param>
    /// <param name="playlist">Its empty playlist.</param>
    public Broadcast(long id, string directory, DateTimeOffset startedAt, SlidingPlaylist playlist)
    {
        Id = id;
        _directory = directory;
        StartedAt = startedAt;
        Playlist = playlist;
        Directory.CreateDirectory(directory);
    }

    /// <summary>Its number, unique in the channel.</summary>
    public long Id { get; }

    /// <summary>When it went live.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>Its playlist.</summary>
    public SlidingPlaylist Playlist { get; }

    /// <summary>A new directory for a run of the encoder.</summary>
    public string NewRunDirectory() => Path.Combine(_directory, (_runs++).ToString(CultureInfo.InvariantCulture));

    /// <summary>Publishes a segment, unless the broadcast has ended, and deletes the files of those whose time is over.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="now">The time.</param>
    public void Publish(Segment segment, DateTimeOffset now)
    {
        if (!Playlist.Add(segment, now)) DeleteFiles(segment);
        foreach (var expired in Playlist.RemoveExpired(now)) DeleteFiles(expired);
        Signal();
    }

    /// <summary>Ends the broadcast.</summary>
    /// <param name="now">The time.</param>
    public void End(DateTimeOffset now)
    {
        Playlist.End(now);
        Signal();
    }

    /// <summary>Deletes a segment's files.</summary>
    /// <param name="segment">The segment.</param>
    public static void DeleteFiles(Segment segment)
    {
        foreach (var file in segment.Files.Values) File.Delete(file);
    }

    /// <summary>Deletes everything of the broadcast.</summary>
    public void DeleteAll()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Waits for a segment that is still being made: EXT-X-TWITCH-PREFETCH names such. Null: it will not come in time,
    /// or it is over already.</summary>
    /// <param name="sequence">Its media sequence number.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<Segment?> FindOrAwaitAsync(long sequence, TimeProvider time, CancellationToken cancellation)
    {
        var deadline = time.GetUtcNow() + TimeSpan.FromSeconds(3 * Timing.SegmentSeconds);
        while (true)
        {
            var signal = _changed.Task;
            var now = time.GetUtcNow();
            if (Playlist.Find(sequence, now) is { } segment) return segment;
            var ahead = sequence - Playlist.NextSequence;
            if (ahead is < 0 or >= 2 || Playlist.State().Ended || now >= deadline) return null;
            try
            {
                await signal.WaitAsync(deadline - now, time, cancellation);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
    }

    private void Signal() => Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
