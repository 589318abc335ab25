using System.Text;
using System.Text.Json;
using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Chat.Kick;

namespace StreamClips.ClipWorker.Tests.Chat.Kick;

/// <summary>What comes through Pusher.</summary>
[TestFixture]
internal sealed class KickEventTests
{
    private const string Said = """
        {"event":"App\\Events\\ChatMessageEvent","data":"{\"id\":\"8a3b\",\"chatroom_id\":7,\"content\":\"nice[emote:37226:KEKW]one\",\"type\":\"message\",\"created_at\":\"2026-01-02T03:04:05+00:00\",\"sender\":{\"id\":42,\"username\":\"Some One\",\"slug\":\"some-one\"}}","channel":"chatrooms.7.v2"}
        """;

    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 7, TimeSpan.Zero);

    [Test]
    public void A_message_has_the_platforms_time_user_and_id()
    {
        var said = InChat(Said)!.Value;
        Assert.That(said, Is.EqualTo(new ChatEvent(ChatEventKind.Said, said.Message, Now)));
        Assert.That(said.Message.At, Is.EqualTo(new DateTimeOffset(2026, 1, 2, 3, 4, 5, 500, TimeSpan.Zero)), "the middle of the second that is told");
        Assert.That((said.Message.User, said.Message.Id), Is.EqualTo((ChatHash.Of("42"), ChatHash.Of("8a3b"))));
        Assert.That(said.Message.Text.ToString(), Is.EqualTo("nice KEKW one"));
    }

    [TestCase("[emote:37226:KEKW]", "KEKW")]
    [TestCase("[emote:1:A][emote:2:B] [emote:3:C]", "A B C")]
    [TestCase("gg [emote:1:A]", "gg A")]
    [TestCase("[emote:1:]", "[emote:1:]")]
    [TestCase("[emote:x:A]", "[emote:x:A]")]
    [TestCase("[emote:1", "[emote:1")]
    [TestCase("a [emote: b [emote:1:A]", "a [emote: b A")]
    [TestCase("", "")]
    [TestCase("no emote", "no emote")]
    public void An_emote_is_its_name_as_a_word(string content, string plain) => Assert.That(KickEvent.Plain(content), Is.EqualTo(plain));

    [Test]
    public void What_is_taken_back_is_known_by_message_by_user_or_as_a_whole()
    {
        var deleted = InChat(Event("MessageDeletedEvent", new { id = "x", message = new { id = "8a3b" } }))!.Value;
        var banned = InChat(Event("UserBannedEvent", new { id = "x", user = new { id = 42, username = "Some One" }, permanent = true }))!.Value;
        var cleared = InChat(Event("ChatroomClearEvent", new { id = "x" }))!.Value;
        Assert.That((deleted.Kind, deleted.Message.Id), Is.EqualTo((ChatEventKind.MessageRemoved, ChatHash.Of("8a3b"))));
        Assert.That((banned.Kind, banned.Message.User), Is.EqualTo((ChatEventKind.UserRemoved, ChatHash.Of("42"))));
        Assert.That((cleared.Kind, cleared.Message.User), Is.EqualTo((ChatEventKind.UserRemoved, ChatHash.Nobody)));
    }

    [Test]
    public void A_celebration_is_no_chat_and_a_reply_is()
    {
        Assert.That(InChat(Event("ChatMessageEvent", new { id = "1", content = "3 months!", type = "celebration", sender = new { id = 1 } })), Is.Null);
        Assert.That(InChat(Event("ChatMessageEvent", new { id = "1", content = "yes", type = "reply", sender = new { id = 1 } })), Is.Not.Null);
        Assert.That(InChat(Event("GiftedSubscriptionsEvent", new { chatroom_id = 1 })), Is.Null);
    }

    [TestCase("0001-01-01T00:00:00Z")]
    [TestCase("9999-12-31T23:59:59Z")]
    [TestCase("yesterday")]
    [TestCase("")]
    public void A_message_without_a_time_that_can_be_is_of_its_arrival(string at) =>
        Assert.That(InChat(Event("ChatMessageEvent", new { id = "1", content = "x", created_at = at, sender = new { id = 1 } }))!.Value.Message.At, Is.EqualTo(Now));

    [TestCase(3999, null)]
    [TestCase(4001, ChatRetry.MuchLater)]
    [TestCase(4099, ChatRetry.MuchLater)]
    [TestCase(4100, ChatRetry.Later)]
    [TestCase(4200, ChatRetry.AtOnce)]
    [TestCase(4299, ChatRetry.AtOnce)]
    [TestCase(4301, null)]
    [TestCase(null, null)]
    public void A_code_of_Pusher_says_when_to_come_back(int? code, object? then) => Assert.That(KickChat.After(code), Is.EqualTo(then));

    [Test]
    public void What_is_too_long_or_too_deep_or_nothing_is_no_message()
    {
        Assert.That(Parse($$"""{"event":"x","data":"{{new string('x', PusherFrame.MaxBytes)}}"}""").Event, Is.Empty);
        Assert.That(Parse($$"""{"event":"x","data":{{new string('[', 100)}}{{new string(']', 100)}}}""").Event, Is.Empty);
        var inside = Parse(JsonSerializer.Serialize(new { @event = "x", data = new string('[', 100) + new string(']', 100) }));
        Assert.That((inside.Event, inside.Data.ValueKind), Is.EqualTo(("x", JsonValueKind.Undefined)));
        foreach (var nothing in new[] { "", " ", "null", "[]", "1", "\"x\"", "{", "{}", """{"event":1}""", """{"event":"\ud800"}""" })
            Assert.That(Parse(nothing).Event, Is.Empty, nothing);
    }

    [TestCase("""{"event":"x","channel":"c","data":{"id":1},"\ud800xx":1}""")]
    [TestCase("""{"\ud800xx":1,"event":"x","channel":"c","data":{"id":1}}""")]
    [TestCase("""{"event":"x","data":"{\"\\ud800i\":1,\"id\":2}"}""")]
    [TestCase("""{"event":"x","data":"\ud800"}""")]
    [TestCase("""{"event":"x","data":{"id":"\udc00"}}""")]
    public void Half_a_surrogate_pair_in_a_name_or_a_text_is_no_fault(string json)
    {
        var frame = Parse(json);
        Assert.DoesNotThrow(() => frame.Get("id"));
        Assert.DoesNotThrow(() => KickEvent.InChat(frame, Now));
    }

    [Test]
    public void Whatever_bytes_come_nothing_is_thrown()
    {
        var random = new Random(4);
        var good = Encoding.UTF8.GetBytes(Said);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = good.AsSpan(0, random.Next(10) == 0 ? random.Next(good.Length) : good.Length).ToArray();
            for (var i = random.Next(6); i > 0 && bytes.Length > 0; i--) bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : "{}[]\",:\\u0d8"u8[random.Next(12)];
            var frame = PusherFrame.Parse(bytes);
            var heard = KickEvent.InChat(frame, Now);
            if (heard is { Message: var message }) Assert.That(message.At, Is.InRange(DateTimeOffset.UnixEpoch, new DateTimeOffset(2200, 1, 1, 0, 0, 1, TimeSpan.Zero)));
        }
    }

    private static PusherFrame Parse(string json) => PusherFrame.Parse(Encoding.UTF8.GetBytes(json));

    private static ChatEvent? InChat(string json) => KickEvent.InChat(Parse(json), Now);

    private static string Event(string name, object data) => JsonSerializer.Serialize(new { @event = $@"App\Events\{name}", data = JsonSerializer.Serialize(data), channel = "chatrooms.7.v2" });
}
