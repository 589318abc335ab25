using System.Globalization;
using StreamClips.LiveSite.Playlists;
using StreamClips.LiveSite.Video;

namespace StreamClips.LiveSite.Channels;

/// <summary>One broadcast of a channel, from going live to going offline: its playlist and the directory of its segments.</summary>
public sealed class Broadcast
{
    private readonly string _directory;
    private readonly Packaging _packaging;
    private readonly Dictionary<(int Run, string Rendition), long> _runLengths = [];
    private volatile TaskCompletionSource _changed = NewSignal();
    private int _runs;

    /// <summary>A new broadcast.</summary>
    /// <param name="id">Its number, unique in the channel.</param>
    /// <param name="directory">Where its segments will lie; made here.</param>
    /// <param name="startedAt">When it went live.</param>
    /// <param name="playlist">Its empty playlist.</param>
    /// <param name="name">Names the channel and the broadcast, as <c>alpha/1</c>.</param>
    /// <param name="packaging">How its segments are wrapped.</param>
    public Broadcast(long id, string directory, DateTimeOffset startedAt, SlidingPlaylist playlist, string name, Packaging packaging)
    {
        (Name, _packaging) = (name, packaging);
        Id = id;
        _directory = directory;
        StartedAt = startedAt;
        Playlist = playlist;
        Directory.CreateDirectory(directory);
    }

    /// <summary>Its number, unique in the channel.</summary>
    public long Id { get; }

    /// <summary>Names the channel and the broadcast, as <c>alpha/1</c>.</summary>
    public string Name { get; }

    /// <summary>When it went live.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>Its playlist.</summary>
    public SlidingPlaylist Playlist { get; }

    /// <summary>A new directory for a run of the encoder, and the run's number.</summary>
    public (string Directory, int Run) NewRun() => (Path.Combine(_directory, _runs.ToString(CultureInfo.InvariantCulture)), _runs++);

    /// <summary>The file of the initialization section that a segment of fragmented MP4 needs.</summary>
    /// <param name="run">The encoder's run.</param>
    /// <param name="rendition">The quality's id.</param>
    public string SectionOf(int run, string rendition) => Path.Combine(_directory, run.ToString(CultureInfo.InvariantCulture), rendition, Encoder.SectionFile);

    /// <summary>The length of that section as it is sent, in bytes; 0 for MPEG-TS.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="rendition">The quality's id.</param>
    public long SectionLength(Segment segment, string rendition) =>
        _packaging.Fragmented ? Sent(new FileInfo(SectionOf(segment.Run, rendition)).Length) : 0;

    /// <summary>Publishes a segment, unless the broadcast has ended, and deletes the files of those whose time is over.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="now">The time.</param>
    public void Publish(Segment segment, DateTimeOffset now)
    {
        if (_packaging.Ranges) segment = segment with { Ranges = segment.Files.ToDictionary(f => f.Key, f => Place(segment, f.Key, f.Value)) };
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
    /// <param name="sequence">Its number in the broadcast.</param>
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

    private (long Offset, long Length) Place(Segment segment, string rendition, string file)
    {
        var length = Sent(new FileInfo(file).Length);
        var offset = _runLengths.TryGetValue((segment.Run, rendition), out var end) ? end : SectionLength(segment, rendition);
        _runLengths[(segment.Run, rendition)] = offset + length;
        return (offset, length);
    }

    private long Sent(long clear) => _packaging.Encrypted ? SegmentCrypt.Length(clear) : clear;

    private void Signal() => Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
