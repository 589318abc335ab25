using System.Text;
using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Tests.Chat;

/// <summary>Lines of Twitch's chat, real ones and damaged ones.</summary>
[TestFixture]
internal sealed class TwitchLineTests
{
    private static readonly DateTimeOffset Arrived = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public void A_message_with_tags_tells_who_said_what_and_when()
    {
        var read = Read("@badge-info=;badges=vip/1;color=#FF0000;display-name=Some\\sOne;emotes=25:0-4;id=0b1c-2d;mod=0;tmi-sent-ts=1700000000123;user-id=4711;user-type= "
            + ":someone!someone@someone.tmi.twitch.tv PRIVMSG #alpha :Kappa that : was it 🎉");
        Assert.That(read.Kind, Is.EqualTo(TwitchLineKind.Said));
        AssertIs(read.Event.Message, new(DateTimeOffset.FromUnixTimeMilliseconds(1700000000123), "4711", "Kappa that : was it 🎉", "0b1c-2d"));
    }

    [Test]
    public void A_message_without_tags_is_from_its_nick_and_of_now()
    {
        var read = Read(":someone!someone@host PRIVMSG #alpha :hi");
        AssertIs(read.Event.Message, new(Arrived, "someone", "hi"));
    }

    [Test]
    public void An_action_is_its_text() =>
        Assert.That(Read(":a!a@a PRIVMSG #alpha :\u0001ACTION waves\u0001").Event.Message.Text.ToString(), Is.EqualTo("waves"));

    [TestCase("-5")]
    [TestCase("99999999999999999999")]
    [TestCase("12x")]
    [TestCase("")]
    [TestCase("253402300800000")]
    [TestCase("7258118400001")]
    public void A_time_that_is_none_is_the_time_of_arrival(string time) =>
        Assert.That(Read($"@tmi-sent-ts={time} :a!a@a PRIVMSG #alpha :hi").Event.Message.At, Is.EqualTo(Arrived));

    [TestCase("PING :tmi.twitch.tv", "Ping", "tmi.twitch.tv")]
    [TestCase(":tmi.twitch.tv PONG tmi.twitch.tv :streamclips", "Pong", "streamclips")]
    [TestCase(":tmi.twitch.tv RECONNECT", "Reconnect", "")]
    [TestCase(":justinfan1.tmi.twitch.tv 366 justinfan1 #alpha :End of /NAMES list", "Joined", "End of /NAMES list")]
    [TestCase("@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #alpha :This channel does not exist", "Notice", "This channel does not exist")]
    [TestCase("@login=a;target-msg-id=abc :tmi.twitch.tv CLEARMSG #alpha :bad words", "MessageRemoved", "bad words")]
    [TestCase("@target-user-id=9 :tmi.twitch.tv CLEARCHAT #alpha :bad_user", "UserRemoved", "bad_user")]
    [TestCase("@msg-id=sub;system-msg=x\\ssubscribed :tmi.twitch.tv USERNOTICE #alpha :Great", "Other", "")]
    [TestCase(":tmi.twitch.tv 001 justinfan1 :Welcome", "Other", "")]
    [TestCase("", "Other", "")]
    public void Other_lines_are_what_they_are(string line, string kind, string text)
    {
        var read = Read(line);
        Assert.That(read.Kind.ToString(), Is.EqualTo(kind));
        Assert.That(read.Text, Is.EqualTo(text));
    }

    [Test]
    public void What_is_taken_back_is_named()
    {
        Assert.That(Read("@target-msg-id=abc :t CLEARMSG #alpha :x").Event.Message.Id, Is.EqualTo(ChatHash.Of("abc")));
        Assert.That(Read("@target-user-id=9 :t CLEARCHAT #alpha :bad_user").Event.Message.User, Is.EqualTo(ChatHash.Of("9")));
        Assert.That(Read(":t CLEARCHAT #alpha").Event.Message.User, Is.EqualTo(ChatHash.Nobody), "the whole chat was cleared");
    }

    [TestCase(@"a\sb\:c\\d\re\nf", "a b;c\\d\re\nf")]
    [TestCase(@"\x", "x")]
    [TestCase(@"end\", "end")]
    [TestCase("plain", "plain")]
    public void Escapes_are_undone(string escaped, string plain) =>
        Assert.That(IrcLine.Unescape(Encoding.UTF8.GetBytes(escaped)), Is.EqualTo(plain));

    [Test]
    public void Tags_are_parted_at_every_semicolon_wherever_it_stands()
    {
        var random = new Random(2);
        for (var i = 0; i < 50_000; i++)
        {
            var tags = new string([.. Enumerable.Range(0, random.Next(140)).Select(_ => random.Next(6) == 0 ? ';' : (char)('a' + random.Next(3)))]);
            var taken = new List<string>();
            var reader = new IrcTags(Encoding.UTF8.GetBytes(tags));
            while (reader.TryTake(out var tag)) taken.Add(Encoding.UTF8.GetString(tag));
            // A semicolon at the very end has no tag behind it.
            var expected = tags.Split(';');
            Assert.That(taken, Is.EqualTo(expected[^1].Length == 0 ? expected[..^1] : expected), tags);
        }
    }

    [TestCase("id=right;xid=wrong;idx=wrong;i=wrong;ID=wrong;+id=wrong;vendor.example/id=wrong")]
    [TestCase("id=wrong;id=right")]
    [TestCase(";;id=right;;")]
    [TestCase("user-type;emotes=;id=right")]
    public void Only_the_tag_of_exactly_that_name_counts_and_of_several_the_last(string tags) =>
        Assert.That(Read($"@{tags} :a!a@a PRIVMSG #x :hi").Event.Message.Id, Is.EqualTo(ChatHash.Of("right")));

    [TestCase("id")]
    [TestCase("id=")]
    [TestCase("id=x;id")]
    [TestCase("")]
    public void A_tag_without_a_value_is_as_one_with_an_empty_value(string tags) =>
        Assert.That(Read($"@{tags} :a!a@a PRIVMSG #x :hi").Event.Message.Id, Is.EqualTo(ChatHash.Nobody));

    [Test]
    public void A_user_is_the_same_however_the_id_is_escaped() =>
        Assert.That(Read(@"@user-id=a\sb\:c :n!n@n PRIVMSG #x :hi").Event.Message.User, Is.EqualTo(ChatHash.Of("a b;c")));

    [Test]
    public void Lines_that_are_cut_or_changed_anywhere_never_throw()
    {
        const string whole = "@badges=vip/1;display-name=Some\\sOne;emotes=25:0-4;id=0b1c-2d;tmi-sent-ts=1700000000123;user-id=4711;user-type= :someone!someone@someone.tmi.twitch.tv PRIVMSG #alpha :Kappa 🎉 é";
        var (line, text, random) = (Encoding.UTF8.GetBytes(whole), new TextBuffer(), new Random(9));
        for (var length = 0; length <= line.Length; length++) _ = TwitchLine.Parse(line.AsSpan(0, length)).ToEvent(Arrived, text);
        for (var i = 0; i < 100_000; i++)
        {
            var changed = line.ToArray();
            for (var changes = random.Next(1, 6); changes > 0; changes--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            _ = TwitchLine.Parse(changed).ToEvent(Arrived, text);
        }
    }

    [TestCase("@id=1;", ";")]
    [TestCase("@", "=")]
    [TestCase("@id=", "\\")]
    [TestCase("", " ")]
    [TestCase(":a!a@a PRIVMSG #x :", "\u00FF")]
    [TestCase("@id=1 ", " ")]
    public void A_line_as_long_as_allowed_is_read(string begin, string rest)
    {
        var line = Encoding.Latin1.GetBytes(begin + string.Concat(Enumerable.Repeat(rest, TwitchChat.MaxLineBytes)))[..TwitchChat.MaxLineBytes];
        var read = TwitchLine.Parse(line).ToEvent(Arrived, new());
        Assert.That(read.Message.Text.Length, Is.LessThanOrEqualTo(line.Length));
    }

    [Test]
    public void Random_bytes_never_throw()
    {
        var random = new Random(1);
        var text = new TextBuffer();
        byte[] alphabet = [.. "@:;=! \\#PRIVMSGid-tmisent0123"u8, 0, 1, 0xC3, 0xFF];
        for (var i = 0; i < 200_000; i++)
        {
            var line = new byte[random.Next(60)];
            for (var j = 0; j < line.Length; j++) line[j] = alphabet[random.Next(alphabet.Length)];
            var start = random.Next(3) switch { 0 => "", 1 => ":a!a@a PRIVMSG #x :", _ => "@id=1;tmi-sent-ts=" };
            byte[] whole = [.. Encoding.UTF8.GetBytes(start), .. line];
            _ = TwitchLine.Parse(whole).ToEvent(Arrived, text);
        }
    }

    private static void AssertIs(ChatMessage message, ChatMessage expected)
    {
        Assert.That(message.Text.ToString(), Is.EqualTo(expected.Text.ToString()));
        Assert.That(message with { Text = default }, Is.EqualTo(expected with { Text = default }));
    }

    private static (TwitchLineKind Kind, ChatEvent Event, string Text) Read(string line)
    {
        var parsed = TwitchLine.Parse(Encoding.UTF8.GetBytes(line));
        return (parsed.Kind, parsed.ToEvent(Arrived, new()), Encoding.UTF8.GetString(parsed.Text));
    }
}
