using System.Net;
using System.Text.Json;
using StreamClips.Testing;

namespace StreamClips.LiveSite.Tests.YouTube;

/// <summary>The site as YouTube: what a client needs is there, and what the platform refuses is refused.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class YouTubeTests
{
    private const string Channel = LiveSiteFixture.Chatty;

    [TearDown]
    public Task Reset() => LiveSiteFixture.ControlAsync($"channels/{Channel}/youtube", new { });

    [Test]
    public async Task The_same_broadcast_is_found_by_handle_channel_and_video()
    {
        var state = await LiveSiteFixture.ControlAsync($"channels/{Channel}/youtube", new { });
        var video = state.GetProperty("video_id").GetString();
        Assert.That(video, Does.Match("^[A-Za-z0-9_-]{11}$"));
        foreach (var path in new[] { $"/@{Channel}/live", $"/channel/{state.GetProperty("channel_id")}/live", $"/watch?v={video}", $"/live/{video}" })
        {
            var (status, page) = await YouTubeClient.PageAsync(path);
            Assert.That(status, Is.EqualTo(HttpStatusCode.OK), path);
            Assert.That(page, Does.Contain($"watch?v={video}\"").And.Contain("\"INNERTUBE_API_KEY\":\"AIza").And.Contain("var ytInitialData = {"), path);
        }
    }

    [Test]
    public async Task Without_the_cookie_there_is_only_the_question_for_consent()
    {
        var (status, page) = await YouTubeClient.PageAsync($"/@{Channel}/live", cookie: false);
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(page, Does.Contain("https://consent.youtube.com/save").And.Not.Contain("INNERTUBE_API_KEY"));
    }

    [Test]
    public async Task The_player_leads_to_a_master_playlist_of_several_qualities_and_its_segments()
    {
        await LiveSiteFixture.PlaylistAsync(Channel);
        var (video, _) = await YouTubeClient.LivePageAsync(Channel);
        var (_, player) = await YouTubeClient.PlayerAsync(video);
        Assert.That(player.GetProperty("playabilityStatus").GetProperty("status").GetString(), Is.EqualTo("OK"));
        var master = await LiveSiteFixture.Http.GetStringAsync(new Uri(player.GetProperty("streamingData").GetProperty("hlsManifestUrl").GetString()!));
        var variants = master.Split('\n').Where(l => l.StartsWith("http", StringComparison.Ordinal)).ToList();
        Assert.That(variants, Has.Count.EqualTo(3), master);
        var media = await LiveSiteFixture.Http.GetStringAsync(new Uri(variants[^1]));
        Assert.That(media.Split("#EXT-X-PROGRAM-DATE-TIME"), Has.Length.EqualTo(2), "only the first segment is dated");
        var segment = await LiveSiteFixture.Http.GetByteArrayAsync(new Uri(media.Split('\n').First(l => l.StartsWith("http", StringComparison.Ordinal))));
        Assert.That(segment[0], Is.EqualTo(0x47), "a transport stream begins with its sync byte");
    }

    [TestCase("""{"context":CONTEXT,"videoId":"VIDEO"}""", null, "API key not valid. Please pass a valid API key.")]
    [TestCase("""{"context":CONTEXT,"videoId":"VIDEO"}""", "AIzaWrong", "API key not valid. Please pass a valid API key.")]
    [TestCase("""{"videoId":"VIDEO"}""", YouTubeClient.Key, "Request contains an invalid argument.")]
    [TestCase("""{"context":{"client":{}},"videoId":"VIDEO"}""", YouTubeClient.Key, "Request contains an invalid argument.")]
    [TestCase("""{"context":CONTEXT}""", YouTubeClient.Key, "Request contains an invalid argument.")]
    [TestCase("""{"context":""", YouTubeClient.Key, "Invalid JSON payload received.")]
    public async Task What_is_wrong_in_a_request_is_refused_as_Google_does(string body, string? key, string message)
    {
        var (video, continuations) = await YouTubeClient.LivePageAsync(Channel);
        var full = body.Replace("CONTEXT", YouTubeClient.Context, StringComparison.Ordinal);
        var player = await YouTubeClient.PostAsync("player", full.Replace("VIDEO", video, StringComparison.Ordinal), key);
        var chat = await YouTubeClient.PostAsync(
            "live_chat/get_live_chat", full.Replace("videoId", "continuation", StringComparison.Ordinal).Replace("VIDEO", continuations[1], StringComparison.Ordinal), key);
        foreach (var (status, answer) in new[] { player, chat })
        {
            Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(answer.GetProperty("error").GetProperty("message").GetString(), Is.EqualTo(message));
            Assert.That(answer.GetProperty("error").GetProperty("status").GetString(), Is.EqualTo("INVALID_ARGUMENT"));
        }
    }

    [TestCase("unplayable", "UNPLAYABLE")]
    [TestCase("login_required", "LOGIN_REQUIRED")]
    [TestCase("offline", "LIVE_STREAM_OFFLINE")]
    public async Task The_player_says_what_it_is_told_to_say(string wanted, string said)
    {
        await LiveSiteFixture.ControlAsync($"channels/{Channel}/youtube", new { player = wanted });
        var (video, _) = await YouTubeClient.LivePageAsync(Channel);
        var (_, answer) = await YouTubeClient.PlayerAsync(video);
        Assert.That(answer.GetProperty("playabilityStatus").GetProperty("status").GetString(), Is.EqualTo(said));
        Assert.That(answer.TryGetProperty("streamingData", out _), Is.False);
    }

    [Test]
    public async Task The_chat_is_told_in_bursts_without_a_gap_or_a_repeat()
    {
        var (_, continuations) = await YouTubeClient.LivePageAsync(Channel);
        var (_, answer) = await YouTubeClient.ChatAsync(continuations[1]);
        var said = new List<(string Id, long Usec)>();
        for (var poll = 0; poll < 3; poll++)
        {
            await Eventually.TrueAsync(async () =>
            {
                (_, answer) = await YouTubeClient.ChatAsync(YouTubeClient.Next(answer));
                said.AddRange(YouTubeClient.Said(answer));
                return said.Count > poll * 10;
            }, "something is said", 30);
        }

        Assert.That(said.Select(s => s.Id), Is.Unique);
        Assert.That(said.Select(s => s.Usec), Is.Ordered);
        Assert.That(YouTubeClient.Live(answer).GetProperty("continuations")[0].GetProperty("invalidationContinuationData").GetProperty("timeoutMs").GetInt32(), Is.EqualTo(2000));
    }

    [Test]
    public async Task Deleted_messages_and_hidden_authors_are_told_in_both_wordings()
    {
        var (_, continuations) = await YouTubeClient.LivePageAsync(Channel);
        var (_, answer) = await YouTubeClient.ChatAsync(continuations[1]);
        foreach (var (kind, text) in new[] { ("chat_delete", "M1"), ("chat_delete", "M2"), ("chat_clear", "otter"), ("chat_clear", "otter") })
            await LiveSiteFixture.ControlAsync($"channels/{Channel}/faults", new { kind, text });
        var acts = new List<string>();
        await Eventually.TrueAsync(async () =>
        {
            (_, answer) = await YouTubeClient.ChatAsync(YouTubeClient.Next(answer));
            acts.AddRange(YouTubeClient.Actions(answer).Select(a => a.GetRawText()).Where(a => !a.Contains("ChatItemAction\":{\"item", StringComparison.Ordinal) && !a.Contains("Ticker", StringComparison.Ordinal)));
            return acts.Count >= 4;
        }, "the acts are told", 30);
        var all = string.Join('\n', acts);
        Assert.That(all, Does.Contain("\"targetItemId\":\"M1\"").And.Contain("\"targetItemId\":\"M2\"").And.Match("\"externalChannelId\":\"UC[\\w-]{22}\""));
        Assert.That(acts, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task A_stale_or_forged_continuation_is_refused()
    {
        var (_, continuations) = await YouTubeClient.LivePageAsync(Channel);
        Assert.That((await YouTubeClient.ChatAsync(continuations[1])).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await YouTubeClient.ChatAsync("A" + continuations[1][1..] + "A")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        await LiveSiteFixture.ControlAsync($"channels/{Channel}/youtube", new { continuations = "expire" });
        Assert.That((await YouTubeClient.ChatAsync(continuations[1])).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_chat_that_is_off_or_for_members_says_so()
    {
        var (_, continuations) = await YouTubeClient.LivePageAsync(Channel);
        await LiveSiteFixture.ControlAsync($"channels/{Channel}/youtube", new { chat = "members_only" });
        Assert.That((await YouTubeClient.ChatAsync(continuations[1])).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        await LiveSiteFixture.ControlAsync($"channels/{Channel}/youtube", new { chat = "disabled" });
        var (status, answer) = await YouTubeClient.ChatAsync(continuations[1]);
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.TryGetProperty("continuationContents", out _), Is.False);
        Assert.That((await YouTubeClient.PageAsync($"/@{Channel}/live")).Text, Does.Contain("Chat is disabled for this live stream."));
    }

    [Test]
    public async Task A_channel_that_is_offline_has_a_page_without_a_video()
    {
        var (status, page) = await YouTubeClient.PageAsync($"/@{LiveSiteFixture.Offline}/live");
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(page, Does.Contain("ytInitialData").And.Not.Contain("watch?v="));
        Assert.That((await YouTubeClient.PageAsync("/@nobody/live")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }
}
