using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>
/// The sound of a clip whose pictures come without: segments of a playlist of its own (EXT-X-MEDIA), as MPEG-TS, fragmented MP4 or packed
/// audio. Pictures and sound have the same clock (RFC 8216 section 3), so they are put together by their time stamps. AAC only.
/// </summary>
internal sealed class SoundFeed
{
    /// <summary>What is wrong with sound of which nothing is heard with the pictures.</summary>
    public const string OtherTimes = "its sound is in a playlist of its own, whose time stamps are not those of the pictures";

    // Segments of both playlists that were sent at the same time.
    private static readonly TimeSpan MaxApart = TimeSpan.FromSeconds(60);

    // Two hours of sound at 320 kbit/s.
    private const long MaxBytes = 256L << 20;

    private readonly List<SoundFrames> _frames = [];

    private SoundFeed()
    {
    }

    /// <summary>Reads the sound of a clip.</summary>
    /// <param name="ring">Where its segments lie.</param>
    /// <param name="segments">Those of the clip, oldest first.</param>
    /// <param name="near">A time of the clip's pictures, in 90 kHz.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>The sound, or why it does not go with the pictures.</returns>
    /// <exception cref="IOException">A segment cannot be read.</exception>
    public static async Task<Parsed<SoundFeed>> OpenAsync(SegmentRing ring, IReadOnlyList<TimedSegment> segments, long near, CancellationToken ct)
    {
        var (feed, bytes) = (new SoundFeed(), 0L);
        foreach (var timed in segments)
        {
            if (ring.Find(timed.Segment.Number) is not { } held) continue;
            if ((bytes += held.Bytes) > MaxBytes) return Parsed<SoundFeed>.Failed($"its sound has more than {MaxBytes >> 20} MiB");
            byte[] content;
            try
            {
                content = await File.ReadAllBytesAsync(held.Path, ct);
            }
            catch (FileNotFoundException)
            {
                continue; // The ring let go of it since the plan was made.
            }

            if (Read(content, held.HeadBytes) is not { Count: > 0 } frames)
                return Parsed<SoundFeed>.Failed("its sound is in a playlist of its own and no AAC that tells its time: such sound cannot be put to pictures");
            foreach (var frame in frames) feed._frames.Add(frame with { Pts = near + ((frame.Pts - near) << 31 >> 31) });
        }

        if (feed._frames.Count == 0) return Parsed<SoundFeed>.Failed("its sound is gone");
        if (TransportPour.Ticks(MaxApart) < Math.Abs(feed._frames[0].Pts - near))
            return Parsed<SoundFeed>.Failed(OtherTimes);
        feed._frames.Sort((a, b) => a.Pts.CompareTo(b.Pts));
        return feed;
    }

    /// <summary>What is heard within a time.</summary>
    /// <param name="from">Its beginning, in 90 kHz.</param>
    /// <param name="until">Its end.</param>
    public IEnumerable<SoundFrames> Within(long from, long until)
    {
        foreach (var frames in _frames)
            if (frames.Within(from, until) is { } heard) yield return heard;
    }

    private static List<SoundFrames>? Read(byte[] bytes, int headBytes)
    {
        if (headBytes == 0 && PackedSound.Is(bytes)) return PackedSound.Read(bytes) is { } packed ? [packed] : null;
        if (headBytes > 0)
        {
            using var transport = new MemoryStream();
            if (!FragmentTransport.TryWrite(bytes, headBytes, transport)) return null;
            bytes = transport.ToArray();
        }

        if (TransportSegment.ParseSound(bytes) is not { Program.AudioType: MediaProgram.Adts } segment) return null;
        var all = new List<SoundFrames>();
        for (var piece = 0; piece < segment.Sound.Count; piece++)
            if (SoundFrames.Read(segment, piece) is { } frames) all.Add(frames);
        return all;
    }
}
