using System.Text.Json;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Twitch;
using StreamClips.Testing;
using static StreamClips.LiveSite.Tests.LiveSiteFixture;
using static StreamClips.LiveSite.Tests.Twitch.TwitchClient;

namespace StreamClips.LiveSite.Tests.Twitch;

[TestFixture]
internal sealed class TwitchTests
{
    [Test]
    public async Task From_a_channels_name_to_its_segments_as_a_player_goes()
    {
        await PlaylistAsync(Steady);
        var (value, signature) = await TokenAsync(Steady);
        var (status, master) = await UsherAsync(Steady, value, signature);
        Assert.That(status, Is.EqualTo(200), master);
        var media = master.Split('\n').First(l => l.StartsWith("http", StringComparison.Ordinal));
        var (_, text) = await GetAsync(new Uri(media));
        var playlist = HlsPlaylist.Parse(text, new Uri(media));
        Assert.Multiple(() =>
        {
            Assert.That(master, Does.Contain("IVS-NAME=\"audio_only\"").And.Contain("#EXT-X-TWITCH-INFO:"));
            Assert.That(playlist.Segments, Is.Not.Empty);
            Assert.That(playlist.Prefetch, Has.Count.EqualTo(2));
        });
        Assert.That(await Http.GetByteArrayAsync(playlist.Segments[^1].Address), Has.Length.GreaterThan(10_000));
    }

    [Test]
    public async Task A_segment_that_is_announced_comes_as_soon_as_it_is_made()
    {
        await PlaylistAsync(Steady);
        var (value, signature) = await TokenAsync(Steady);
        var (_, master) = await UsherAsync(Steady, value, signature);
        var media = new Uri(master.Split('\n').First(l => l.StartsWith("http", StringComparison.Ordinal)));
        var announced = HlsPlaylist.Parse((await GetAsync(media)).Body, media).Prefetch[0];
        Assert.That(await Http.GetByteArrayAsync(new Uri(announced)), Has.Length.GreaterThan(10_000));
        Assert.That((await GetAsync(media)).Body, Does.Contain($"\n{announced}\n"), "it is listed now");
    }

    [Test]
    public async Task Unknown_and_offline_channels_get_no_token([Values("nobody", Offline)] string login)
    {
        var (status, body) = await GqlAsync(TokenQuery(login));
        Assert.That(status, Is.EqualTo(200));
        Assert.That(body.GetProperty("data").GetProperty("streamPlaybackAccessToken").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [TestCase(null, "missing")]
    [TestCase("wrong", "invalid")]
    public async Task Without_the_right_client_id_nothing_is_answered(string? clientId, string reason)
    {
        var (status, body) = await GqlAsync(TokenQuery(Steady), clientId);
        Assert.That(status, Is.EqualTo(400));
        Assert.That(body.GetProperty("message").GetString(), Does.Contain("Client-ID").And.Contain(reason));
    }

    [TestCase("{")]
    [TestCase("")]
    [TestCase("42")]
    [TestCase("[]")]
    [TestCase("[1]")]
    public async Task Malformed_bodies_are_refused(string body) => Assert.That((await GqlAsync(body)).Status, Is.EqualTo(400));

    [TestCase("""{"operationName":"PlaybackAccessToken","variables":{"login":"steady"}}""")]
    [TestCase("""{"operationName":"PlaybackAccessToken","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}},"variables":{"login":"steady"}}""")]
    [TestCase("""{"operationName":"Other","extensions":[]}""")]
    [TestCase("""{"query":"{ streams { id } }"}""")]
    public async Task Queries_that_are_not_known_are_errors(string body)
    {
        var (status, answer) = await GqlAsync(body);
        Assert.That(status, Is.EqualTo(200));
        Assert.That(answer.GetProperty("errors").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_batch_is_answered_in_its_order_with_the_live_status()
    {
        const string query = "query($login: String!) { user(login: $login) { stream { id title game { name } viewersCount createdAt } } }";
        var (_, body) = await GqlAsync(new[] { Steady, Offline, "nobody" }.Select(login => new { query, variables = new { login } }));
        var users = body.EnumerateArray().Select(a => a.GetProperty("data").GetProperty("user")).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(users[0].GetProperty("stream").GetProperty("viewersCount").GetInt32(), Is.GreaterThan(0));
            Assert.That(users[0].GetProperty("stream").GetProperty("game").GetProperty("name").GetString(), Is.EqualTo("Just Chatting"));
            Assert.That(users[1].GetProperty("stream").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(users[2].ValueKind, Is.EqualTo(JsonValueKind.Null));
        });
    }

    [Test]
    public async Task Several_users_of_one_query_are_told_apart_by_their_aliases()
    {
        var (_, body) = await GqlAsync(new { query = $"{{ a: user(login: \"{Steady}\") {{ stream {{ id }} }} b: user(login:\"{Offline}\") {{ stream {{ id }} }} }}" });
        Assert.That(body.GetProperty("data").GetProperty("a").GetProperty("stream").ValueKind, Is.EqualTo(JsonValueKind.Object));
        Assert.That(body.GetProperty("data").GetProperty("b").GetProperty("stream").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task Usher_refuses_a_token_that_is_missing_forged_or_anothers()
    {
        var (value, signature) = await TokenAsync(Steady);
        await AssertRefusedAsync(UsherAsync(Steady, null, signature), 403, "nauth_token_missing");
        await AssertRefusedAsync(UsherAsync(Steady, value, null), 403, "nauth_sig_missing");
        await AssertRefusedAsync(UsherAsync(Steady, value, new string('0', 40)), 403, "nauth_sig_invalid");
        await AssertRefusedAsync(UsherAsync(Steady, value.Replace("steady", "chatty", StringComparison.Ordinal), signature), 403, "nauth_sig_invalid");
        await AssertRefusedAsync(UsherAsync(Chatty, value, signature), 403, "nauth_token_channel_mismatch");
        await AssertRefusedAsync(UsherAsync(Offline, value, signature), 404, "transcode_does_not_exist");
        await AssertRefusedAsync(UsherAsync("nobody", value, signature), 404, "transcode_does_not_exist");
    }

    [Test]
    public void Tokens_and_playlists_expire()
    {
        using var directory = new TemporaryDirectory();
        var clock = new ManualClock();
        var tokens = new PlaybackTokens(clock);
        var (value, signature) = tokens.Issue(new Channel("alpha", 0, new LiveSiteOptions { Data = directory.Path }, clock));
        var playlist = tokens.IssuePlaylist("alpha", 1, "chunked");
        Assert.That(tokens.Refuse("alpha", value, signature), Is.Null);
        Assert.That(tokens.ReadPlaylist(playlist) is ("alpha", 1, "chunked", _), Is.True);
        clock.Advance(PlaybackTokens.AccessLifetime);
        Assert.That(tokens.Refuse("alpha", value, signature)?.Code, Is.EqualTo("nauth_token_expired"));
        clock.Advance(PlaybackTokens.PlaylistLifetime);
        Assert.That(tokens.ReadPlaylist(playlist), Is.Null);
    }

    [TestCase("x")]
    [TestCase("steady.1.chunked.99999999999.0000000000000000000000000000000000000000")]
    public async Task A_forged_playlist_path_is_refused(string name) =>
        await AssertRefusedAsync(GetAsync(new Uri($"/v1/playlist/{name}.m3u8", UriKind.Relative)), 403, "playlist_forbidden");

    private static async Task AssertRefusedAsync(Task<(int Status, string Body)> answer, int status, string code)
    {
        var (was, body) = await answer;
        var error = JsonDocument.Parse(body).RootElement[0];
        Assert.That((was, error.GetProperty("type").GetString(), error.GetProperty("error_code").GetString()), Is.EqualTo((status, "error", code)), body);
    }
}
