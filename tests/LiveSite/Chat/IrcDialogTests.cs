using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Chat;
using StreamClips.Testing;

namespace StreamClips.LiveSite.Tests.Chat;

[TestFixture]
internal sealed class IrcDialogTests
{
    private TemporaryDirectory _directory = null!;
    private ManualClock _clock = null!;
    private IrcDialog _dialog = null!;
    private int _refused;

    [SetUp]
    public void StartDialog()
    {
        _directory = new TemporaryDirectory();
        _clock = new ManualClock();
        _refused = 0;
        var options = new LiveSiteOptions { Data = _directory.Path };
        _dialog = new IrcDialog(new ChannelDirectory([new Channel("alpha", 0, options, _clock)]), () => _refused++);
    }

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public void An_anonymous_client_is_welcomed()
    {
        var answer = Say("NICK justinfan12345");
        Assert.That(answer.Select(l => l.Split(' ')[1]), Is.EqualTo(new[] { "001", "002", "003", "004", "375", "372", "376" }));
    }

    [TestCase("someone")]
    [TestCase("justinfan")]
    [TestCase("justinfanatic")]
    public void A_named_client_without_a_password_is_turned_away(string name)
    {
        Assert.That(Say($"NICK {name}"), Is.EqualTo(new[] { ":tmi.twitch.tv NOTICE * :Improperly formatted auth" }));
        Assert.That(_dialog.IsOver, Is.True);
    }

    [Test]
    public void Capabilities_are_acknowledged_as_asked_and_unknown_ones_are_not()
    {
        Assert.That(Say("CAP REQ :twitch.tv/tags twitch.tv/commands"), Is.EqualTo(new[] { ":tmi.twitch.tv CAP * ACK :twitch.tv/tags twitch.tv/commands" }));
        Assert.That(_dialog, Has.Property("HasTags").True.And.Property("HasCommands").True);
        Assert.That(Say("CAP REQ :twitch.tv/wishes"), Is.EqualTo(new[] { ":tmi.twitch.tv CAP * NAK :twitch.tv/wishes" }));
    }

    [Test]
    public void A_join_is_answered_with_the_names_and_their_end()
    {
        Say("NICK justinfan1");
        Assert.That(Say("JOIN #alpha"), Is.EqualTo(new[]
        {
            ":justinfan1!justinfan1@justinfan1.tmi.twitch.tv JOIN #alpha",
            ":justinfan1.tmi.twitch.tv 353 justinfan1 = #alpha :justinfan1",
            ":justinfan1.tmi.twitch.tv 366 justinfan1 #alpha :End of /NAMES list",
        }));
        Assert.That(_dialog.Rooms, Is.EqualTo(new[] { "alpha" }));
        Assert.That(Say("PART #alpha"), Is.EqualTo(new[] { ":justinfan1!justinfan1@justinfan1.tmi.twitch.tv PART #alpha" }));
        Assert.That(_dialog.Rooms, Is.Empty);
    }

    [TestCase("JOIN #Alpha", Description = "names are lower case")]
    [TestCase("JOIN alpha")]
    [TestCase("JOIN #nobody")]
    public void A_join_of_no_room_is_met_with_silence(string line)
    {
        Say("NICK justinfan1");
        Assert.That(Say(line), Is.Empty);
        Assert.That(_dialog.Rooms, Is.Empty);
    }

    [Test]
    public void Nothing_is_joined_before_the_login()
    {
        Assert.That(Say("JOIN #alpha"), Is.Empty);
        Assert.That(_dialog.Rooms, Is.Empty);
    }

    [Test]
    public void Of_more_than_20_joins_in_10_s_the_rest_is_ignored_until_the_window_has_passed()
    {
        Say("NICK justinfan1");
        for (var i = 0; i < 20; i++) Assert.That(Say("JOIN #alpha"), Has.Count.EqualTo(3), $"join {i + 1}");
        _clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.That(Say("JOIN #alpha"), Is.Empty);
        Assert.That(_refused, Is.EqualTo(1));
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.That(Say("JOIN #alpha"), Has.Count.EqualTo(3));
    }

    [Test]
    public void Every_room_of_a_list_counts_as_a_join()
    {
        Say("NICK justinfan1");
        Say($"JOIN {string.Join(',', Enumerable.Repeat("#nobody", 20))}");
        Assert.That(Say("JOIN #alpha"), Is.Empty);
    }

    [Test]
    public void A_ping_is_answered_with_its_text() => Assert.That(Say("PING :hello"), Is.EqualTo(new[] { ":tmi.twitch.tv PONG tmi.twitch.tv :hello" }));

    [Test]
    public void A_pong_is_noticed()
    {
        _dialog.ExpectPong();
        Assert.That(_dialog.HasPonged, Is.False);
        Say("PONG :tmi.twitch.tv");
        Assert.That(_dialog.HasPonged, Is.True);
    }

    [Test]
    public void Anonymous_clients_may_not_write()
    {
        Say("NICK justinfan1");
        Assert.That(Say("PRIVMSG #alpha :hi"), Has.One.Contains("NOTICE #alpha"));
    }

    [Test]
    public void Unknown_commands_are_named()
    {
        Say("NICK justinfan1");
        Assert.That(Say("DANCE now"), Is.EqualTo(new[] { ":tmi.twitch.tv 421 justinfan1 DANCE :Unknown command" }));
    }

    [TestCase("")]
    [TestCase("@")]
    [TestCase("@a=b")]
    [TestCase("CAP")]
    [TestCase("NICK")]
    [TestCase("JOIN")]
    [TestCase("PRIVMSG")]
    [TestCase("\0\u0001 :::")]
    public void Garbage_breaks_nothing(string line) => Assert.That(() => Say(line), Throws.Nothing);

    [Test]
    public void Tags_are_escaped_and_there_only_for_who_asked()
    {
        var line = new ChatLine("id-1", 42, "otter", "100", "Kappa", "subscriber/12", "25:0-4", new ReplyParent("id-0", "moth", "a; b\\c"));
        Assert.Multiple(() =>
        {
            Assert.That(line.ToIrc("alpha", "7", withTags: false), Is.EqualTo(":otter!otter@otter.tmi.twitch.tv PRIVMSG #alpha :Kappa"));
            Assert.That(line.ToIrc("alpha", "7", withTags: true), Does.StartWith("@badge-info=subscriber/12;badges=subscriber/12;")
                .And.Contain(@"reply-parent-msg-body=a\:\sb\\c;").And.Contain(";id=id-1;").And.Contain(";tmi-sent-ts=42;")
                .And.Contain(";emotes=25:0-4;").And.Contain(";room-id=7;").And.Contain(";display-name=Otter;")
                .And.EndsWith(" :otter!otter@otter.tmi.twitch.tv PRIVMSG #alpha :Kappa"));
        });
    }

    private IReadOnlyList<string> Say(string line) => _dialog.Answer(line, _clock.GetUtcNow());
}
