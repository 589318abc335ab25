using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Clips.Media;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>Fragmented MP4 is cut as MPEG-TS is: from the keyframe, to the picture, exactly where that is wanted. The real ffmpeg, pictures counted.</summary>
[TestFixture]
internal sealed class FragmentCutTests
{
    // Without pictures that are shown before those they are decoded after, a segment that is split by time begins with its time.
    private const string ThreeSecondGroups = "-c:v libx264 -preset veryfast -bf 0 -g 60 -keyint_min 60 -sc_threshold 0";
    private NumberedStream _stream = null!;

    [OneTimeSetUp]
    public async Task MakeSegments() => _stream = await NumberedStream.MakeFragmentsAsync(12, ThreeSecondGroups);

    [OneTimeTearDown]
    public void RemoveSegments() => _stream.Dispose();

    [Test]
    public async Task A_copy_begins_with_the_last_keyframe_before_the_start_and_ends_with_the_wanted_picture()
    {
        // Keyframes at 0, 3, 6 and 9 s, segments of 2 s: that of 6.5 s begins with one, that of 4.5 s has none.
        var (clip, cut) = await CutAsync(6.5, 9.3, exact: false);
        clip.AssertHolds(NumberedStream.At(6), NumberedStream.At(9.3) - 1);
        Assert.That(cut.Method, Is.EqualTo(CutMethod.Copy));
        (clip, cut) = await CutAsync(4.5, 7, exact: false);
        clip.AssertHolds(NumberedStream.At(3), NumberedStream.At(7) - 1);
        Assert.That(cut.Start, Is.EqualTo(NumberedStream.Epoch.AddSeconds(3)).Within(TimeSpan.FromMilliseconds(20)));
    }

    [Test]
    public async Task An_exact_clip_begins_with_the_wanted_picture_and_encodes_only_up_to_the_next_keyframe()
    {
        var (clip, cut) = await CutAsync(4.5, 8, exact: true);
        clip.AssertHolds(NumberedStream.At(4.5), NumberedStream.At(8) - 1);
        Assert.That(cut.Method, Is.EqualTo(CutMethod.Exact));
    }

    [Test]
    public async Task Pictures_that_need_later_ones_are_cut_to_the_picture_too()
    {
        using var stream = await NumberedStream.MakeFragmentsAsync(8);
        var (clip, cut) = await CutAsync(2.5, 6, exact: true, stream);
        clip.AssertHolds(NumberedStream.At(2.5), NumberedStream.At(6) - 1);
        Assert.That(cut.Method, Is.EqualTo(CutMethod.Exact));
        (clip, _) = await CutAsync(2.5, 6, exact: false, stream);
        clip.AssertHolds(NumberedStream.At(2), NumberedStream.At(6) - 1);
    }

    [Test]
    public async Task Pictures_of_H265_are_cut_likewise()
    {
        using var stream = await NumberedStream.MakeFragmentsAsync(6, "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=40:min-keyint=40:scenecut=0:bframes=2:open-gop=0");
        var (clip, cut) = await CutAsync(2.5, 4, exact: false, stream);
        clip.AssertHolds(NumberedStream.At(2), NumberedStream.At(4) - 1);
        Assert.That(cut.Probe.Video, Is.EqualTo("hevc"));
    }

    [Test]
    public async Task Sound_that_no_transport_stream_can_carry_is_cut_with_its_pictures_as_it_is()
    {
        using var stream = await NumberedStream.MakeFragmentsAsync(6, sound: "-c:a ac3");
        var file = stream["clip.mp4"];
        var made = await new ClipCutter(stream.Ring, new(TimeProvider.System), CutLimits.Default).CutAsync(stream.Plan(2, 5), file, exact: false, CancellationToken.None);
        Assert.That(made.Fault, Is.Null);
        Assert.That((made.Value!.Probe.Audio, made.Value.Probe.DurationS), Is.EqualTo(("ac3", 3.0)).Using<(string, double)>((a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 0.2));
    }

    [Test]
    public void Damage_in_any_place_is_a_segment_that_cannot_be_read_or_can_and_never_a_crash()
    {
        var held = _stream.Ring.Find(2)!;
        var whole = File.ReadAllBytes(held.Path);
        var random = new Random(1);
        using var output = new MemoryStream();
        Assert.That(FragmentTransport.TryWrite(whole, held.HeadBytes, output), Is.True);
        for (var round = 0; round < 3000; round++)
        {
            var damaged = whole.ToArray();
            var account = held.HeadBytes + 1500; // boxes: behind them are pictures
            for (var change = 0; change <= random.Next(4); change++) damaged[random.Next(account)] = (byte)random.Next(256);
            if (round % 3 == 0) damaged = damaged[..random.Next(held.HeadBytes, damaged.Length)];
            output.SetLength(0);
            if (FragmentTransport.TryWrite(damaged, held.HeadBytes, output)) TransportSegment.Parse(output.ToArray(), 0);
        }
    }

    private async Task<(DecodedClip Clip, CutVideo Cut)> CutAsync(double start, double end, bool exact, NumberedStream? stream = null)
    {
        stream ??= _stream;
        var cut = await new ClipCutter(stream.Ring, new(TimeProvider.System), CutLimits.Default).CutAsync(stream.Plan(start, end), stream["clip.mp4"], exact, CancellationToken.None);
        Assert.That(cut.Fault, Is.Null);
        return (await NumberedStream.DecodeAsync(stream["clip.mp4"]), cut.Value!);
    }
}
