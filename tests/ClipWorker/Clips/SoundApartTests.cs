using System.Buffers.Binary;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Clips.Media;
using StreamClips.ClipWorker.Recording;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>Pictures and sound of two playlists become one clip, in step. The real ffmpeg, pictures and beeps counted.</summary>
[TestFixture]
internal sealed class SoundApartTests
{
    private const int Seconds = 12;
    private const string Pictures = "-c:v libx264 -preset veryfast -bf 0 -g 60 -keyint_min 60 -sc_threshold 0 -pix_fmt yuv420p";
    private TemporaryDirectory _directory = null!;
    private SegmentRing _pictures = null!;

    [OneTimeSetUp]
    public async Task MakeSegments()
    {
        _directory = new();
        // The times of both wrap at 33 bits after some 4 s: 2^33 ticks of 90 kHz are 95443.718 s.
        await NumberedStream.RunAsync("ffmpeg", [
            "-v", "error", "-nostdin", "-f", "lavfi", "-i", NumberedStream.Numbers(Seconds), "-f", "lavfi", "-i", NumberedStream.Beeps(Seconds),
            .. $"-map 0:v {Pictures} -output_ts_offset 95438 -f hls -hls_time 2 -hls_list_size 0 -hls_flags split_by_time -hls_segment_filename".Split(' '), _directory["v%d.ts"], _directory["v.m3u8"],
            .. "-map 1:a -c:a aac -b:a 96k -output_ts_offset 95438 -f hls -hls_time 3 -hls_list_size 0 -hls_segment_filename".Split(' '), _directory["a%d.ts"], _directory["a.m3u8"],
            .. "-map 1:a -c:a aac -b:a 96k -f segment -segment_time 3 -segment_format adts".Split(' '), _directory["a%d.aac"]]);
        _pictures = Ring("pictures");
        for (var n = 1; File.Exists(_directory[$"v{n - 1}.ts"]); n++) Put(_pictures, n, File.ReadAllBytes(_directory[$"v{n - 1}.ts"]));
    }

    [OneTimeTearDown]
    public void RemoveSegments() => _directory.Dispose();

    [TestCase(false, false, TestName = "Sound_in_transport_streams_is_in_step_with_pictures_of_another_playlist")]
    [TestCase(true, false, TestName = "Packed_sound_is_in_step_with_pictures_of_another_playlist")]
    [TestCase(false, true, TestName = "Exact_clips_have_their_sound_from_another_playlist_too")]
    public async Task Sound_of_another_playlist_is_in_step(bool packed, bool exact)
    {
        var cut = await CutAsync(Sound(packed), 4.5, 9, exact);
        Assert.That(cut.Fault, Is.Null);
        Assert.That(cut.Value!.Method, Is.EqualTo(exact ? CutMethod.Exact : CutMethod.Copy));
        var clip = await NumberedStream.DecodeAsync(_directory["clip.mp4"]);
        clip.AssertHolds(NumberedStream.At(exact ? 4.5 : 3), NumberedStream.At(9) - 1);
    }

    [Test]
    public async Task Sound_whose_times_are_not_those_of_the_pictures_and_what_is_no_AAC_is_refused()
    {
        var ring = Ring("other");
        Put(ring, 1, File.ReadAllBytes(_directory["a0.aac"])); // without a time
        Assert.That((await CutAsync(ring, 0, 4, exact: false)).Fault, Does.Contain("no AAC that tells its time"));
        Put(ring, 1, [.. Tag(90_000L * 500), .. File.ReadAllBytes(_directory["a0.aac"])]);
        Assert.That((await CutAsync(ring, 0, 4, exact: false)).Fault, Does.Contain("not those of the pictures"));
        // As many seconds apart as two playlists of one origin may be: the sound is that of another time.
        var begin = TransportSegment.Parse(File.ReadAllBytes(_directory["v0.ts"]), null)!.FirstPts;
        Put(ring, 1, [.. Tag((begin + 90_000L * 20) & TransportPacket.TimeMask), .. File.ReadAllBytes(_directory["a0.aac"])]);
        Assert.That((await CutAsync(ring, 0, 4, exact: false)).Fault, Does.Contain("not those of the pictures"));
        Put(ring, 1, [.. Tag((begin + 90_000L) & TransportPacket.TimeMask), .. File.ReadAllBytes(_directory["a0.aac"])]);
        Assert.That((await CutAsync(ring, 0, 4, exact: false)).Fault, Does.Contain("1.0 of 4.0 s have none"), "half of it is as bad");
        Assert.That((await CutAsync(Ring("none"), 0, 4, exact: false)).Fault, Is.EqualTo("its sound is gone"));
    }

    [Test]
    public void Damaged_packed_sound_is_read_or_not_and_never_a_crash()
    {
        byte[] whole = [.. Tag(1), .. File.ReadAllBytes(_directory["a0.aac"])[..2000]];
        var random = new Random(1);
        for (var round = 0; round < 5000; round++)
        {
            var damaged = whole.ToArray();
            damaged[random.Next(120)] = (byte)random.Next(256);
            PackedSound.Read(damaged.AsSpan(0, random.Next(damaged.Length)));
        }
    }

    private Task<Parsed<CutVideo>> CutAsync(SegmentRing sound, double start, double end, bool exact)
    {
        var pictures = Timed(Enumerable.Range(1, Seconds / 2), 2);
        var plan = ClipWindow.Choose(pictures, _pictures.Holds, NumberedStream.Epoch.AddSeconds(start), NumberedStream.Epoch.AddSeconds(end))!;
        plan = SoundWindow.With(plan, [.. Timed(Enumerable.Range(1, Seconds / 3), 3).Where(s => sound.Holds(s.Segment.Number))], TimeSource.ProgramDateTime);
        return new ClipCutter(_pictures, new(TimeProvider.System), CutLimits.Default) { SoundRing = sound }.CutAsync(plan, _directory["clip.mp4"], exact, CancellationToken.None);
    }

    private SegmentRing Sound(bool packed)
    {
        var ring = Ring($"sound-{packed}");
        // The first frame of AAC comes before the first picture: an encoder begins with silence of its own.
        var time = TransportSegment.Parse(File.ReadAllBytes(_directory["v0.ts"]), null)!.FirstPts - 1920;
        for (var n = 1; n <= Seconds / 3; n++)
        {
            var frames = File.ReadAllBytes(_directory[$"a{n - 1}.aac"]);
            Put(ring, n, packed ? [.. Tag(time & TransportPacket.TimeMask), .. frames] : File.ReadAllBytes(_directory[$"a{n - 1}.ts"]));
            time += 1920 * (SoundFrames.Of(0, frames)!.Starts.Count - 1);
        }

        return ring;
    }

    private SegmentRing Ring(string name)
    {
        var ring = new SegmentRing(_directory[name], 1 << 30);
        ring.Open();
        return ring;
    }

    private static void Put(SegmentRing ring, int number, byte[] bytes)
    {
        File.WriteAllBytes(ring.PartOf(number), bytes);
        ring.Put(number, bytes.Length, headBytes: 0);
    }

    private static List<TimedSegment> Timed(IEnumerable<int> numbers, int seconds) => [.. numbers.Select(n => new TimedSegment(
        new() { Number = n, Part = 1, Uri = new("https://edge.example/"), Duration = TimeSpan.FromSeconds(seconds), Arrived = NumberedStream.Epoch, SoundApart = true },
        NumberedStream.Epoch.AddSeconds((n - 1) * seconds)))];

    /// <summary>An ID3 tag with a time (RFC 8216 section 3.4).</summary>
    private static byte[] Tag(long time)
    {
        byte[] content = [.. "com.apple.streaming.transportStreamTimestamp\0"u8, .. new byte[8]];
        BinaryPrimitives.WriteInt64BigEndian(content.AsSpan(^8), time);
        byte[] frame = [.. "PRIV"u8, 0, 0, 0, (byte)content.Length, 0, 0, .. content];
        return [.. "ID3"u8, 4, 0, 0, 0, 0, 0, (byte)frame.Length, .. frame];
    }
}
