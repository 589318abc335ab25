using StreamClips.LiveSite.Chat;
using StreamClips.Testing;

namespace StreamClips.LiveSite.Tests.Chat;

[TestFixture]
internal sealed class RecordedChatTests
{
    private const long Start = 1_000_000;
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeDirectory() => _directory = new TemporaryDirectory();

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public void A_recording_is_played_once_at_its_times()
    {
        var chat = Read("""{"at": 1.5, "user": "u7", "text": "LUL"}""", """{"at": 0, "user": "u1", "text": "first"}""");
        Assert.Multiple(() =>
        {
            Assert.That(chat.Between(Start, Start + 1_000).Select(l => (l.User, l.Text, l.SentAtMs)), Is.EqualTo(new[] { ("u1", "first", Start) }));
            Assert.That(chat.Between(Start + 1_000, Start + 100_000).Select(l => (l.Text, l.SentAtMs, l.Emotes)), Is.EqualTo(new[] { ("LUL", Start + 1_500, "425618:0-2") }));
            Assert.That(chat.Between(Start + 100_000, Start + 200_000), Is.Empty);
        });
    }

    [Test]
    public void A_looped_recording_begins_anew_a_second_after_its_end_with_new_ids()
    {
        var chat = Read(loop: true, """{"at": 0, "user": "a", "text": "x"}""", """{"at": 2, "user": "b", "text": "y"}""");
        var lines = chat.Between(Start, Start + 9_000);
        Assert.Multiple(() =>
        {
            Assert.That(lines.Select(l => l.SentAtMs - Start), Is.EqualTo(new[] { 0, 2_000, 3_000, 5_000, 6_000, 8_000 }));
            Assert.That(lines.Select(l => l.Id), Is.Unique);
        });
    }

    [TestCase("""{"at": -1, "user": "a", "text": "x"}""", "line 1", "less than 0")]
    [TestCase("""{"at": "soon", "user": "a", "text": "x"}""", "line 1", "not a message")]
    [TestCase("""{"user": "a", "text": "x"}""", "line 1", "not a message")]
    [TestCase("garbage", "line 1", "not a message")]
    [TestCase("", "holds no messages", "")]
    public void A_bad_recording_is_refused_with_its_line(string line, string first, string second)
    {
        File.WriteAllText(_directory["chat.ndjson"], line);
        var (chat, error) = RecordedChat.Read(_directory["chat.ndjson"], Start, loop: false);
        Assert.Multiple(() =>
        {
            Assert.That(chat, Is.Null);
            Assert.That(error, Does.Contain(first).And.Contain(second));
        });
    }

    private RecordedChat Read(params string[] lines) => Read(loop: false, lines);

    private RecordedChat Read(bool loop, params string[] lines)
    {
        File.WriteAllLines(_directory["chat.ndjson"], lines);
        return RecordedChat.Read(_directory["chat.ndjson"], Start, loop).Chat!;
    }
}
