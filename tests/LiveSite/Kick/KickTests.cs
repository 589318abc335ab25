using System.Text.Json;
using static StreamClips.LiveSite.Tests.LiveSiteFixture;

namespace StreamClips.LiveSite.Tests.Kick;

/// <summary>The simulated Kick is as strict as the platform.</summary>
[TestFixture]
internal sealed class KickTests
{
    private const string MessageEvent = @"App\Events\ChatMessageEvent";

    [Test]
    public async Task The_livestream_leads_to_playlists_with_prefetch()
    {
        await PlaylistAsync(Steady, segments: 2);
        var (status, body) = await GetAsync($"/api/v2/channels/{Steady}/livestream");
        Assert.That(status, Is.EqualTo(200));
        var master = await TextAsync(body.GetProperty("data").GetProperty("playback_url").GetString()!);
        var media = await TextAsync(master.Split('\n').First(l => l.StartsWith("http", StringComparison.Ordinal)));
        Assert.That(media, Does.Contain("#EXT-X-PREFETCH:http").And.Contain("#EXT-X-PROGRAM-DATE-TIME:").And.Not.Contain("TWITCH"));
    }

    [Test]
    public async Task An_offline_channel_has_null_data_and_an_unknown_one_is_not_found()
    {
        var (offline, body) = await GetAsync($"/api/v2/channels/{Offline}/livestream");
        Assert.That((offline, body.GetProperty("data").ValueKind), Is.EqualTo((200, JsonValueKind.Null)));
        Assert.That((await GetAsync("/api/v2/channels/nobody/livestream")).Status, Is.EqualTo(404));
        Assert.That((await GetAsync("/api/v2/channels/nobody")).Status, Is.EqualTo(404));
    }

    [TestCase("curl/8", "application/json")]
    [TestCase("Mozilla/5.0 x", "text/html")]
    public async Task Who_is_no_browser_is_checked_for_a_robot(string agent, string accept)
    {
        var (status, _) = await GetAsync($"/api/v2/channels/{Steady}/livestream", agent, accept);
        Assert.That(status, Is.EqualTo(403));
    }

    [Test]
    public async Task The_check_for_robots_comes_on_demand()
    {
        await ControlAsync($"channels/{Faulty}/faults", new { kind = "status", target = "kick", status = 403, count = 1 });
        Assert.That((await GetAsync($"/api/v2/channels/{Faulty}")).Status, Is.EqualTo(403));
        Assert.That((await GetAsync($"/api/v2/channels/{Faulty}")).Status, Is.EqualTo(200));
    }

    [TestCase("32cbd69e4b950bf97679", "0000", 4001)]
    [TestCase("protocol=7", "protocol=5", 4007)]
    [TestCase("protocol=7", "x=7", 4008)]
    public async Task A_wrong_address_is_refused_with_Pushers_code(string what, string with, int code)
    {
        await using var client = await PusherClient.ConnectAsync(a => a.Replace(what, with, StringComparison.Ordinal));
        var error = await client.HearAsync("pusher:error");
        Assert.That(error!.Value.GetProperty("data").GetProperty("code").GetInt32(), Is.EqualTo(code));
        Assert.That(await client.HearAsync("none"), Is.Null);
        Assert.That(client.CloseCode, Is.EqualTo(code));
    }

    [TestCase("""{"event":"pusher:subscribe","data":{"auth":"","channel":"with blanks"}}""")]
    [TestCase("""{"event":"pusher:subscribe","data":{}}""")]
    [TestCase("""{"event":"pusher:subscribe","data":{"channel":"private-x"}}""")]
    [TestCase("""{"event":"hello"}""")]
    [TestCase("""[]""")]
    [TestCase("""{""")]
    public async Task Nonsense_is_answered_with_an_error(string message)
    {
        await using var client = await PusherClient.ConnectAsync();
        await client.SendAsync(message);
        Assert.That(await client.HearAsync("pusher:error"), Is.Not.Null);
    }

    [Test]
    public async Task Messages_come_as_JSON_in_a_string_and_their_emotes_in_brackets()
    {
        await using var client = await JoinAsync(Chatty);
        Assert.That(await client.HearAsync("pusher_internal:subscription_succeeded"), Is.Not.Null);
        await ControlAsync($"channels/{Chatty}/surge", new { multiplier = 5, duration = 20 });
        JsonElement said;
        do said = await client.DataAsync(MessageEvent);
        while (!said.GetProperty("content").GetString()!.Contains("[emote:", StringComparison.Ordinal));
        Assert.That(said.GetProperty("content").GetString(), Does.Match(@"\[emote:\d+:[A-Za-z]+\]"));
        Assert.That(said.GetProperty("created_at").GetDateTimeOffset(), Is.EqualTo(TimeProvider.System.GetUtcNow()).Within(TimeSpan.FromSeconds(30)));
        Assert.That(said.GetProperty("sender").GetProperty("id").GetInt64(), Is.Positive);
        Assert.That(said.GetProperty("id").GetGuid(), Is.Not.EqualTo(Guid.Empty));
    }

    [Test]
    public async Task Moderation_is_told_to_those_in_the_room()
    {
        await using var client = await JoinAsync(Chatty);
        await client.HearAsync("pusher_internal:subscription_succeeded");
        await ControlAsync($"channels/{Chatty}/faults", new { kind = "chat_delete", text = "some-id" });
        Assert.That((await client.DataAsync(@"App\Events\MessageDeletedEvent")).GetProperty("message").GetProperty("id").GetString(), Is.EqualTo("some-id"));
        await ControlAsync($"channels/{Chatty}/faults", new { kind = "chat_clear", text = "otter" });
        Assert.That((await client.DataAsync(@"App\Events\UserBannedEvent")).GetProperty("user").GetProperty("username").GetString(), Is.EqualTo("otter"));
        await ControlAsync($"channels/{Chatty}/faults", new { kind = "chat_clear", text = "*" });
        Assert.That(await client.HearAsync(@"App\Events\ChatroomClearEvent"), Is.Not.Null);
    }

    [Test]
    [Category("Slow")]
    public async Task A_silent_client_is_asked_and_then_dropped()
    {
        await using var client = await PusherClient.ConnectAsync();
        client.AnswersPings = false;
        Assert.That((await client.DataAsync("pusher:connection_established")).GetProperty("activity_timeout").GetInt32(), Is.EqualTo(2));
        Assert.That(await client.HearAsync("pusher:ping"), Is.Not.Null);
        var error = await client.HearAsync("pusher:error");
        Assert.That(error!.Value.GetProperty("data").GetProperty("code").GetInt32(), Is.EqualTo(4201));
        Assert.That(await client.HearAsync("none"), Is.Null, "the connection is closed");
    }

    [Test]
    public async Task A_ping_is_answered()
    {
        await using var client = await PusherClient.ConnectAsync();
        await client.SendAsync(new { @event = "pusher:ping", data = new { } });
        Assert.That(await client.HearAsync("pusher:pong"), Is.Not.Null);
    }

    [Test]
    public async Task A_broadcast_that_begins_or_ends_is_told()
    {
        var (_, channel) = await GetAsync($"/api/v2/channels/{Turning}");
        await using var client = await PusherClient.ConnectAsync();
        await client.SubscribeAsync($"channel.{channel.GetProperty("id").GetInt64()}");
        await client.HearAsync("pusher_internal:subscription_succeeded");
        await ControlAsync($"channels/{Turning}/online");
        Assert.That((await client.DataAsync(@"App\Events\StreamerIsLive")).GetProperty("livestream").GetProperty("channel_id").GetInt64(), Is.EqualTo(channel.GetProperty("id").GetInt64()));
        await ControlAsync($"channels/{Turning}/offline");
        Assert.That((await client.DataAsync(@"App\Events\StopStreamBroadcast")).GetProperty("livestream").GetProperty("id").GetInt64(), Is.Positive);
    }

    private static async Task<PusherClient> JoinAsync(string name)
    {
        var (_, channel) = await GetAsync($"/api/v2/channels/{name}");
        var client = await PusherClient.ConnectAsync();
        await client.SubscribeAsync($"chatrooms.{channel.GetProperty("chatroom").GetProperty("id").GetInt64()}.v2");
        return client;
    }

    private static async Task<(int Status, JsonElement Body)> GetAsync(string path, string agent = "Mozilla/5.0 (X11)", string accept = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.StartsWith('{') ? JsonDocument.Parse(text).RootElement.Clone() : default);
    }

    private static Task<string> TextAsync(string address) => Http.GetStringAsync(new Uri(address));
}
