using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>Segments and playlists for tests: 2 s each, the first one at the epoch.</summary>
internal static class Segments
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(2);

    public static IndexedSegment Indexed(long number) => new()
    {
        Number = number,
        Part = 1,
        Uri = Address(number),
        Duration = Length,
        Arrived = DateTimeOffset.UnixEpoch + (number - 1) * Length,
    };

    /// <summary>A playlist of the segments of these numbers.</summary>
    public static MediaPlaylist Playlist(long first, long last, string host = "edge.example") => new()
    {
        TargetDuration = Length,
        Segments = [.. Numbers(first, last).Select(n => new MediaSegment { Sequence = n, Uri = Address(n, host), Duration = Length })],
    };

    public static IEnumerable<long> Numbers(long first, long last)
    {
        for (var number = first; number <= last; number++) yield return number;
    }

    private static Uri Address(long number, string host = "edge.example") => new($"https://{host}/{number}.ts?sig=secret");
}

/// <summary>Keeps what the recording tells.</summary>
internal sealed class RecordingTold : IRecordingEvents
{
    public List<string> Lost { get; } = [];

    public List<(RecordingMode Mode, string Reason)> Modes { get; } = [];

    public List<(string Host, TimeSpan Found, bool AtLeast)> Measured { get; } = [];

    public int Full { get; private set; }

    public Action<string>? OnLost { get; init; }

    public void PlaylistFailed(string reason) => Assert.Fail(reason);

    public void SegmentLost(long number, string address, string why)
    {
        Assert.That(address, Does.Not.Contain("secret"), "without its signature");
        lock (Lost) Lost.Add($"{number} {why}");
        OnLost?.Invoke(why);
    }

    public void RingFull(long bytes) => Full++;

    public int DisksFull { get; private set; }

    public void DiskFull(TimeSpan pause) => DisksFull++;

    public void RecordingChanged(RecordingMode mode, string reason) => Modes.Add((mode, reason));

    public void LookBackMeasured(string host, TimeSpan afterLeaving, bool atLeast) => Measured.Add((host, afterLeaving, atLeast));
}
