using System.Diagnostics;
using StreamClips.Testing;
using static StreamClips.LiveSite.Tests.LiveSiteFixture;

namespace StreamClips.LiveSite.Tests.Video;

/// <summary>What becomes of the broadcast when encoder, streamer or platform break off.</summary>
[TestFixture, Category("Slow")]
internal sealed class EncoderTests
{
    [Test]
    public async Task A_dead_encoder_is_replaced_and_the_playlist_shows_a_discontinuity()
    {
        var last = (await PlaylistAsync(Changing)).Segments[^1].Start;
        var before = await StateAsync(Changing);
        using (var ffmpeg = Process.GetProcessById(before.GetProperty("encoder_pid").GetInt32())) ffmpeg.Kill();

        var playlist = await Eventually.ValueAsync(async () =>
            await TryPlaylistAsync(Changing) is { } p && p.Segments.Skip(1).Any(s => s.Discontinuity && s.Start > last) ? p : null, "a segment after the discontinuity");
        var index = playlist.Segments.ToList().FindLastIndex(s => s.Discontinuity);
        var content = await ContentAsync(playlist.Segments[index]);
        Assert.Multiple(() =>
        {
            Assert.That(content.First, Is.EqualTo(playlist.Segments[index].Start), "the new times are right");
            Assert.That(playlist.Segments[index].Start - playlist.Segments[index - 1].Start, Is.GreaterThan(TimeSpan.FromSeconds(2)), "the lost piece is not hidden");
        });
        Assert.That((await StateAsync(Changing)).GetProperty("encoder_starts").GetInt32(), Is.GreaterThan(before.GetProperty("encoder_starts").GetInt32()));
    }

    [Test]
    public async Task A_discontinuity_on_demand_loses_no_frame_but_starts_time_stamps_anew()
    {
        await PlaylistAsync(Changing, 2);
        var last = (await PlaylistAsync(Changing)).Segments[^1].Start;
        await ControlAsync($"channels/{Changing}/faults", new { kind = "discontinuity" });
        var playlist = await Eventually.ValueAsync(async () =>
            await TryPlaylistAsync(Changing) is { } p && p.Segments.Any(s => s.Discontinuity && s.Start > last) ? p : null, "the discontinuity");
        var index = playlist.Segments.ToList().FindIndex(s => s.Discontinuity && s.Start > last);
        var (before, after) = (await ContentAsync(playlist.Segments[index - 1]), await ContentAsync(playlist.Segments[index]));
        Assert.That(after.First - before.Last, Is.EqualTo(TimeSpan.FromMilliseconds(50)));
    }

    [Test]
    public async Task Going_offline_ends_the_playlist_and_coming_back_is_another_broadcast()
    {
        var before = await PlaylistAsync(Changing, 2);
        await ControlAsync($"channels/{Changing}/offline");
        var ended = await TryPlaylistAsync(Changing);
        using var segment = await Http.GetAsync(before.Segments[^1].Address);
        using var master = await Http.GetAsync(new Uri($"/hls/{Changing}/master.m3u8", UriKind.Relative));
        await ControlAsync($"channels/{Changing}/online");
        Assert.Multiple(() =>
        {
            Assert.That(ended!.Ended, Is.True);
            Assert.That((int)segment.StatusCode, Is.EqualTo(200), "what was broadcast can still be had");
            Assert.That((int)master.StatusCode, Is.EqualTo(404));
        });
        var after = await Eventually.ValueAsync(async () => await TryPlaylistAsync(Changing) is { Ended: false, Segments.Count: > 0 } p ? p : null, "the next broadcast");
        Assert.That(after.Segments[0].Address.AbsolutePath, Is.Not.EqualTo(before.Segments[0].Address.AbsolutePath));
        Assert.That(after.Segments[0].Start, Is.GreaterThan(before.Segments[^1].Start));
    }

    [Test]
    public async Task Advertisements_are_tagged_and_carry_no_time()
    {
        await PlaylistAsync(Changing, 2);
        await ControlAsync($"channels/{Changing}/faults", new { kind = "ads", duration = 3 });
        var playlist = await Eventually.ValueAsync(async () =>
            await TryPlaylistAsync(Changing) is { } p && p.Segments.Count(s => s.Title == "Amazon|2026001|1") == 2 && p.Segments[^1].Title == "live" ? p : null, "two segments of advertisements");
        var index = playlist.Segments.ToList().FindIndex(s => s.Title != "live");
        var (live, ad) = (await ContentAsync(playlist.Segments[index + 2]), await ContentAsync(playlist.Segments[index]));
        Assert.Multiple(() =>
        {
            Assert.That(ad.Frames, Has.All.Property("WallClock").Null);
            Assert.That(live.Frames, Has.None.Property("WallClock").Null);
            Assert.That(playlist.Segments[index].Discontinuity && playlist.Segments[index + 2].Discontinuity, Is.True);
            Assert.That(playlist.Text, Does.Contain("CLASS=\"twitch-stitched-ad\"").And.Contain("DURATION=4.000"), "rounded up to whole segments");
        });
    }

    private static async Task<ClipContent> ContentAsync(HlsSegment segment)
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllBytesAsync(directory["s.ts"], await Http.GetByteArrayAsync(segment.Address));
        return await ClipContent.DecodeAsync(directory["s.ts"]);
    }
}
