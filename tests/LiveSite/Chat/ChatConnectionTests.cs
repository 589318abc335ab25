using System.Globalization;
using System.Text.RegularExpressions;
using StreamClips.Testing;
using static StreamClips.LiveSite.Tests.LiveSiteFixture;

namespace StreamClips.LiveSite.Tests.Chat;

/// <summary>The chat as a client meets it, over both transports.</summary>
[TestFixture(true), TestFixture(false)]
[NonParallelizable] // both fixtures disturb the same room
internal sealed partial class ChatConnectionTests(bool overWebSocket)
{
    private ChatClient _client = null!;

    [SetUp]
    public async Task Connect() => _client = await ChatClient.ConnectAsync(overWebSocket ? Addresses.ChatWs : Addresses.ChatIrc);

    [TearDown]
    public async Task Disconnect()
    {
        await ClearFaultsAsync(Chatty);
        await _client.DisposeAsync();
    }

    [Test]
    public async Task Messages_come_with_the_tags_of_the_platform()
    {
        await _client.EnterAsync(Chatty, "CAP REQ :twitch.tv/tags twitch.tv/commands");
        var line = await _client.AwaitAsync(l => l.Contains(" PRIVMSG ", StringComparison.Ordinal));
        Assert.That(line, Does.Match(Message()));
        var sent = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(SentAt().Match(line).Groups[1].Value, CultureInfo.InvariantCulture));
        Assert.That(TimeProvider.System.GetUtcNow() - sent, Is.InRange(TimeSpan.Zero, TimeSpan.FromSeconds(60)));
    }

    [Test]
    public async Task Without_asking_there_are_no_tags_and_no_events()
    {
        await _client.EnterAsync(Chatty);
        await ControlAsync($"channels/{Chatty}/faults", new { kind = "chat_clear", text = "otter" });
        for (var i = 0; i < 20; i++) Assert.That(await _client.AwaitAsync(_ => true), Does.Match("^(:[a-z0-9]+!.* PRIVMSG #chatty :|PING )"));
    }

    [Test]
    public async Task Who_asked_for_commands_hears_of_moderation_subscriptions_and_the_servers_end()
    {
        await _client.EnterAsync(Chatty, "CAP REQ :twitch.tv/tags twitch.tv/commands");
        await ControlAsync($"channels/{Chatty}/faults", new { kind = "chat_clear", text = "otter" });
        await ControlAsync($"channels/{Chatty}/faults", new { kind = "chat_delete", text = "some-id" });
        await ControlAsync($"channels/{Chatty}/faults", new { kind = "chat_notice", text = "three months!" });
        await ControlAsync($"channels/{Chatty}/faults", new { kind = "chat_reconnect" });
        Assert.That(await _client.AwaitAsync(l => l.Contains("CLEARCHAT", StringComparison.Ordinal)), Does.StartWith("@ban-duration=600;").And.EndsWith("CLEARCHAT #chatty :otter"));
        Assert.That(await _client.AwaitAsync(l => l.Contains("CLEARMSG", StringComparison.Ordinal)), Does.Contain("target-msg-id=some-id;"));
        Assert.That(await _client.AwaitAsync(l => l.Contains("USERNOTICE", StringComparison.Ordinal)), Does.Contain("system-msg=Otter\\ssubscribed\\sfor\\s3\\smonths!").And.EndsWith(":three months!"));
        Assert.That(await _client.AwaitAsync(l => l.Contains("RECONNECT", StringComparison.Ordinal)), Is.EqualTo(":tmi.twitch.tv RECONNECT"));
    }

    [Test]
    public async Task A_disconnect_ends_the_connection()
    {
        await _client.EnterAsync(Chatty);
        await ControlAsync($"channels/{Chatty}/faults", new { kind = "chat_disconnect" });
        Assert.That(await _client.ReadToEndAsync(), Is.True);
    }

    [Test]
    public async Task A_silent_chat_keeps_the_connection()
    {
        await _client.EnterAsync(Chatty);
        await ControlAsync($"channels/{Chatty}/faults", new { kind = "chat_silence", duration = 60 });
        await _client.SendAsync("PING :before");
        await _client.AwaitAsync(l => l.EndsWith("PONG tmi.twitch.tv :before", StringComparison.Ordinal));
        // A PING of the server comes every two seconds: from one to the next nothing else is said.
        await _client.AwaitAsync(l => l.StartsWith("PING ", StringComparison.Ordinal));
        Assert.That(await _client.AwaitAsync(_ => true), Is.EqualTo("PING :tmi.twitch.tv"));
    }

    [Test]
    public async Task New_connections_are_refused_as_often_as_asked_for()
    {
        await ControlAsync($"channels/{Chatty}/faults", new { kind = "chat_refuse", count = 1 });
        Assert.That(await IsRefusedAsync(), Is.True);
        await using var taken = await ChatClient.ConnectAsync(overWebSocket ? Addresses.ChatWs : Addresses.ChatIrc);
        await taken.EnterAsync(Chatty);
    }

    [Test]
    public async Task A_wrong_clock_shifts_what_messages_tell()
    {
        await ControlAsync($"channels/{Chatty}/faults", new { kind = "skew", of = "chat", milliseconds = -3_600_000, duration = 60 });
        await _client.EnterAsync(Chatty, "CAP REQ :twitch.tv/tags");
        var line = await _client.AwaitAsync(l => l.Contains(" PRIVMSG ", StringComparison.Ordinal) && SentAtMs(l) < NowMs() - 3_000_000);
        Assert.That(NowMs() - SentAtMs(line), Is.EqualTo(3_600_000).Within(60_000));
    }

    [Test]
    public async Task Too_many_joins_are_counted()
    {
        await _client.EnterAsync(Chatty);
        await _client.SendAsync($"JOIN {string.Join(',', Enumerable.Repeat("#nobody", 25))}");
        await Eventually.TrueAsync(async () => (await Http.GetStringAsync(new Uri("/control", UriKind.Relative)))
            .Contains("\"joins_refused\":0", StringComparison.Ordinal) is false, "a refused join");
    }

    [Test]
    public async Task Who_does_not_answer_a_ping_is_dropped()
    {
        await _client.EnterAsync(Chatty);
        _client.AnswersPings = false;
        Assert.That(await _client.ReadToEndAsync(), Is.True);
    }

    [Test]
    public async Task An_endless_line_ends_the_connection()
    {
        await _client.SendAsync(new string('x', 20_000));
        Assert.That(await _client.ReadToEndAsync(), Is.True);
    }

    private async Task<bool> IsRefusedAsync()
    {
        try
        {
            await using var refused = await ChatClient.ConnectAsync(overWebSocket ? Addresses.ChatWs : Addresses.ChatIrc);
            return await refused.ReadToEndAsync();
        }
        catch (System.Net.WebSockets.WebSocketException)
        {
            return true; // reset before the handshake was read
        }
    }

    private static long SentAtMs(string line) => long.Parse(SentAt().Match(line).Groups[1].Value, CultureInfo.InvariantCulture);

    private static long NowMs() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    [GeneratedRegex("^@badge-info=[^;]*;badges=[^;]*;.*color=[^;]*;display-name=[A-Z][^;]*;emotes=[^;]*;.*id=[0-9a-f-]{36};.*room-id=[0-9]+;.*tmi-sent-ts=[0-9]+;.*user-id=[0-9]+;.* :([a-z0-9]+)!\\1@\\1\\.tmi\\.twitch\\.tv PRIVMSG #chatty :.+$")]
    private static partial Regex Message();

    [GeneratedRegex("tmi-sent-ts=([0-9]+)")]
    private static partial Regex SentAt();
}
