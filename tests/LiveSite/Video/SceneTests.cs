using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Video;
using StreamClips.Testing;

namespace StreamClips.LiveSite.Tests.Video;

[TestFixture]
internal sealed class SceneTests
{
    private const long At = 1_795_363_200_000; // a multiple of ten seconds

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(At)]
    [TestCase(0x5555_5555_5555)]
    [TestCase(253_402_300_799_999, Description = "the last millisecond of the year 9999")]
    public void The_block_code_reads_back_as_it_was_written(long unixMilliseconds)
    {
        var picture = new Picture(Timing.Width, Timing.Height);
        BlockCode.Draw(picture, unixMilliseconds);
        var read = FrameClock.Read(picture.Bytes, Timing.Width, Timing.Height);
        Assert.That(read?.ToUnixTimeMilliseconds(), Is.EqualTo(unixMilliseconds));
    }

    [Test]
    public void A_single_wrong_block_is_noticed()
    {
        for (var block = 0; block < BlockCode.Columns * BlockCode.Rows; block++)
        {
            var picture = new Picture(Timing.Width, Timing.Height);
            BlockCode.Draw(picture, At);
            var (x, y) = (block % 32 * 20, 336 + block / 32 * 12);
            var wasWhite = picture.Bytes[(y + 6) * Timing.Width + x + 10] > 126;
            picture.Fill(x, y, 20, 12, wasWhite ? Ink.Black : Ink.White);
            Assert.That(FrameClock.Read(picture.Bytes, Timing.Width, Timing.Height), Is.Null, $"block {block}");
        }
    }

    [Test]
    public void An_advertisement_carries_no_time()
    {
        var picture = new Picture(Timing.Width, Timing.Height);
        Scene.DrawAdvertisement(picture, At);
        Assert.That(FrameClock.Read(picture.Bytes, Timing.Width, Timing.Height), Is.Null);
    }

    [TestCase(-50, false)]
    [TestCase(0, true)]
    [TestCase(150, true)]
    [TestCase(200, false)]
    public void The_lamp_is_lit_for_200_ms_from_every_full_ten_seconds_on(int offset, bool lit)
    {
        var picture = Draw(new SurgeLog(), At + offset);
        Assert.That(FrameClock.IsFlash(picture.Bytes, Timing.Width, Timing.Height), Is.EqualTo(lit));
    }

    [Test]
    public void The_beep_starts_with_the_lamp_and_is_louder_than_the_wildest_crowd()
    {
        var surges = new SurgeLog();
        surges.Add(new Surge(At - 100, 10, 25));
        var sound = new SoundTrack(surges);
        var samples = new short[Timing.SamplesPerFrame];
        sound.Fill(samples, At - Timing.FrameMilliseconds);
        var crowd = samples.Max();
        sound.Fill(samples, At);
        Assert.That(samples.Max(), Is.GreaterThan(8 * crowd));
    }

    [Test]
    public void The_banner_stands_from_the_very_frame_of_the_moment_on()
    {
        var surges = new SurgeLog();
        surges.Add(new Surge(At, 10, 25));
        Assert.Multiple(() =>
        {
            Assert.That(HasBanner(Draw(surges, At - Timing.FrameMilliseconds)), Is.False);
            Assert.That(HasBanner(Draw(surges, At)), Is.True);
            Assert.That(HasBanner(Draw(surges, At + 5_950)), Is.True);
            Assert.That(HasBanner(Draw(surges, At + 6_000)), Is.False);
        });
    }

    // The banner's upper edge is a white line across the picture; confetti may lie on it.
    private static bool HasBanner(Picture picture) =>
        picture.Bytes.AsSpan(110 * Timing.Width, Timing.Width).Count((byte)235) > Timing.Width * 3 / 4;

    private static Picture Draw(SurgeLog surges, long unixMilliseconds)
    {
        var picture = new Picture(Timing.Width, Timing.Height);
        new Scene("alpha", 0, surges).Draw(picture, unixMilliseconds);
        return picture;
    }
}
