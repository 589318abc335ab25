using System.Diagnostics;
using System.Net;
using StreamClips.LiveSite.Tests.Twitch;
using StreamClips.Testing;
using static StreamClips.LiveSite.Tests.LiveSiteFixture;

namespace StreamClips.LiveSite.Tests.Faults;

[TestFixture]
internal sealed class FaultTests
{
    private static readonly Uri Playlist = new($"/hls/{Faulty}/chunked/index.m3u8", UriKind.Relative);
    private static readonly Uri Master = new($"/hls/{Faulty}/master.m3u8", UriKind.Relative);

    [SetUp]
    public async Task AwaitVideo() => await PlaylistAsync(Faulty, 2);

    [TearDown]
    public Task Clear() => ClearFaultsAsync(Faulty);

    [TestCase(403)]
    [TestCase(404)]
    [TestCase(500)]
    [TestCase(503)]
    public async Task An_error_strikes_as_often_as_asked_for_and_there_only(int status)
    {
        await FaultAsync(new { kind = "status", target = "playlist", status, count = 2 });
        Assert.That(await StatusAsync(Master), Is.EqualTo(200));
        Assert.That(await StatusAsync(Playlist), Is.EqualTo(status));
        Assert.That(await StatusAsync(Playlist), Is.EqualTo(status));
        Assert.That(await StatusAsync(Playlist), Is.EqualTo(200));
    }

    [Test]
    public async Task An_error_can_strike_gql_usher_and_segments()
    {
        var segment = (await PlaylistAsync(Faulty)).Segments[^1].Address;
        await FaultAsync(new { kind = "status", target = "gql", status = 500, count = 1 });
        await FaultAsync(new { kind = "status", target = "usher", status = 502, count = 1 });
        await FaultAsync(new { kind = "status", target = "segment", status = 404, count = 1 });
        Assert.That((await StatusAsync(Master), await StatusAsync(segment)), Is.EqualTo((502, 404)));
        Assert.That(async () => await TwitchClient.TokenAsync(Faulty), Throws.InstanceOf<System.Text.Json.JsonException>(), "500 with plain text");
        Assert.That((await StatusAsync(Master), await StatusAsync(segment)), Is.EqualTo((200, 200)));
    }

    [Test]
    public async Task A_fault_ends_when_its_time_is_over()
    {
        await FaultAsync(new { kind = "status", target = "playlist", status = 503, duration = 3 });
        Assert.That(await StatusAsync(Playlist), Is.EqualTo(503));
        await Eventually.TrueAsync(async () => await StatusAsync(Playlist) == 200, "the fault's end");
        Assert.That((await StateAsync(Faulty)).GetProperty("faults").GetArrayLength(), Is.Zero);
    }

    [TestCase("html", "text/html")]
    [TestCase("empty", "application/vnd.apple.mpegurl")]
    [TestCase("binary", "application/vnd.apple.mpegurl")]
    [TestCase("huge", "application/vnd.apple.mpegurl")]
    public async Task A_bad_playlist_comes_with_status_200(string shape, string mediaType)
    {
        await FaultAsync(new { kind = "bad_playlist", target = "playlist", shape, count = 1 });
        using var response = await Http.GetAsync(Playlist);
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.Multiple(() =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo(mediaType));
            Assert.That(body, shape == "empty" ? Is.Empty : Has.Length.GreaterThan(shape == "huge" ? 100_000_000 : 50));
            Assert.That(body.AsSpan().StartsWith("#EXTM3U"u8), Is.EqualTo(shape == "huge"));
        });
    }

    [Test]
    public async Task A_truncated_playlist_breaks_off()
    {
        var whole = await Http.GetStringAsync(Playlist);
        await FaultAsync(new { kind = "bad_playlist", target = "playlist", shape = "truncated", count = 1 });
        var cut = await Http.GetStringAsync(Playlist);
        Assert.That(cut, Has.Length.LessThan(whole.Length).And.StartsWith("#EXTM3U"));
    }

    [TestCase(0)]
    [TestCase(1000)]
    public async Task A_dropped_connection_breaks_off_in_the_answer(int afterBytes)
    {
        var segment = (await PlaylistAsync(Faulty)).Segments[^1].Address;
        await FaultAsync(new { kind = "drop", target = "segment", after_bytes = afterBytes, count = 1 });
        Assert.That(async () => await Http.GetByteArrayAsync(segment), Throws.InstanceOf<HttpRequestException>());
        Assert.That(await Http.GetByteArrayAsync(segment), Has.Length.GreaterThan(10_000), "the next one is whole");
        Assert.That((await StateAsync(Faulty)).GetProperty("requests").GetProperty("segment").GetProperty("dropped").GetInt64(), Is.GreaterThan(0));
    }

    [Test]
    public async Task Slow_bytes_trickle()
    {
        var length = (await Http.GetStringAsync(Playlist)).Length;
        await FaultAsync(new { kind = "slow", target = "playlist", bytes_per_second = length, count = 1 });
        var started = Stopwatch.GetTimestamp();
        await Http.GetStringAsync(Playlist);
        Assert.That(Stopwatch.GetElapsedTime(started), Is.GreaterThan(TimeSpan.FromSeconds(0.8)));
    }

    [Test]
    public async Task A_wrong_clock_shifts_the_dates_of_the_playlist()
    {
        await FaultAsync(new { kind = "skew", of = "video", milliseconds = 3_600_000, duration = 60 });
        var skewed = (await PlaylistAsync(Faulty)).Segments[^1].Start - TimeProvider.System.GetUtcNow();
        Assert.That(skewed.TotalMinutes, Is.EqualTo(60).Within(1));
    }

    [Test]
    public async Task A_redirect_leads_to_another_address_and_what_is_found_there_is_good_there_only()
    {
        await FaultAsync(new { kind = "redirect", target = "playlist", count = 1 });
        using var response = await Http.GetAsync(Playlist);
        Assert.That(response.RequestMessage!.RequestUri!.AbsolutePath, Is.EqualTo($"/moved{Playlist}"));
        var moved = HlsPlaylist.Parse(await response.Content.ReadAsStringAsync(), response.RequestMessage.RequestUri).Segments[^1].Address;
        Assert.That(await StatusAsync(moved), Is.EqualTo(200));
        Assert.That(await StatusAsync(new Uri(moved.AbsoluteUri.Replace("/moved/", "/", StringComparison.Ordinal))), Is.EqualTo(404));
    }

    [Test]
    public async Task A_lost_quality_is_in_no_master_playlist_and_its_own_is_gone()
    {
        await FaultAsync(new { kind = "lost_quality" });
        Assert.That(await StatusAsync(Playlist), Is.EqualTo(404));
        Assert.That(await Http.GetStringAsync(Master), Does.Not.Contain("chunked").And.Contain("240p20"));
        await ClearFaultsAsync(Faulty);
        Assert.That(await StatusAsync(Playlist), Is.EqualTo(200));
    }

    [Test]
    public async Task Signed_playlists_expire_and_new_ones_are_given_out()
    {
        var before = await TwitchClient.MediaAddressAsync(Faulty);
        Assert.That(await StatusAsync(before), Is.EqualTo(200));
        await FaultAsync(new { kind = "expire" });
        Assert.That(await StatusAsync(before), Is.EqualTo(403));
        Assert.That(await StatusAsync(await TwitchClient.MediaAddressAsync(Faulty)), Is.EqualTo(200));
    }

    [Test, Category("Slow")]
    public async Task Numbers_begin_anew_and_no_tag_tells_of_it()
    {
        var before = await PlaylistAsync(Faulty, 3);
        await FaultAsync(new { kind = "sequence_reset" });
        var after = await Eventually.ValueAsync(async () => await TryPlaylistAsync(Faulty) is { } p && p.Segments.Count > 0 && p.Segments[0].Start > before.Segments[^1].Start ? p : null, "the new numbers");
        Assert.That((after.MediaSequence, after.Segments[0].Discontinuity), Is.EqualTo((0L, false)));
        Assert.That(await StatusAsync(before.Segments[^1].Address), Is.EqualTo(200), "what was listed can still be had");
    }

    [Test, Category("Slow")]
    public async Task A_stalled_playlist_stands_still_and_then_goes_on_after_a_gap()
    {
        await FaultAsync(new { kind = "stall", duration = 600 });

        // What is being published while the fault begins may still come; without it, two seconds bring a new segment.
        var before = await Eventually.ValueAsync(async () =>
        {
            var playlist = await PlaylistAsync(Faulty);
            await Task.Delay(TimeSpan.FromSeconds(3.5), TimeProvider.System);
            return (await PlaylistAsync(Faulty)).Text == playlist.Text ? playlist : null;
        }, "a playlist that stands still");
        await ClearFaultsAsync(Faulty);
        var after = await Eventually.ValueAsync(async () => await TryPlaylistAsync(Faulty) is { } p && p.Segments[^1].Start > before.Segments[^1].Start ? p : null, "the end of the stall");
        var first = after.Segments.First(s => s.Start > before.Segments[^1].Start);
        Assert.That((first.Discontinuity, first.Start - before.Segments[^1].Start > TimeSpan.FromSeconds(3)), Is.EqualTo((true, true)));
    }

    private static Task FaultAsync(object fault) => ControlAsync($"channels/{Faulty}/faults", fault);

    private static async Task<int> StatusAsync(Uri address)
    {
        using var response = await Http.GetAsync(address);
        return (int)response.StatusCode;
    }
}
