using System.Text.Json;
using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Commands;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Chat;

[TestFixture]
internal sealed class ChatRecorderTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 2, 3, 4, 5, 250, TimeSpan.Zero);
    private TemporaryDirectory _directory = null!;

    private string Record => _directory["chat.ndjson"];

    [SetUp]
    public void MakeDirectory() => _directory = new();

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public void Lines_are_those_that_replay_reads_with_numbers_in_place_of_names()
    {
        using (var recorder = ChatRecorder.Open(Record))
        {
            Say(recorder, 0, "4711", "LUL \"quoted\" 🎉\u2028", "a");
            Say(recorder, 1, "42", "", "b");
            Say(recorder, 2.5, "4711", "again", "c");
            Say(recorder, 3, "", "half \ud83d of a pair", "d");
        }

        Assert.That(Lines().Select(l => (Math.Round(l.At - Begin.ToUnixTimeMilliseconds() / 1000.0, 3), l.User, l.Text)), Is.EqualTo(new[]
        {
            (0.0, "u1", "LUL \"quoted\" 🎉\u2028"), (1.0, "u2", ""), (2.5, "u1", "again"), (3.0, "", "half \ufffd of a pair"),
        }));
        Assert.That(ReplayCommand.Run(Record, [], "ndjson", TextWriter.Null, TestContext.Error), Is.Zero);
    }

    [Test]
    public void What_is_taken_back_within_a_minute_cannot_be_read()
    {
        using (var recorder = ChatRecorder.Open(Record))
        {
            Say(recorder, 0, "early", "stays", "1");
            Say(recorder, 61, "a", "one message", "2");
            Say(recorder, 62, "b", "first of a user", "3");
            Say(recorder, 63, "b", "second of a user", "4");
            Say(recorder, 64, "c", "fine", "5");
            recorder.Add(new(ChatEventKind.MessageRemoved, new(default, "", "", "2"), default), Begin);
            recorder.Add(new(ChatEventKind.UserRemoved, new(default, "b", ""), default), Begin);
            recorder.Add(new(ChatEventKind.MessageRemoved, new(default, "", ""), default), Begin);
        }

        Assert.That(Lines().Select(l => (l.Text.Length, l.Text is "stays" or "fine")), Is.EqualTo(new[] { (5, true), (11, false), (15, false), (16, false), (4, true) }), "they are counted until then");
        Assert.That(File.ReadAllText(Record), Does.Not.Contain("message").And.Not.Contain("first").And.Not.Contain("second"));
        Assert.That(Lines()[2].Text.Split(' ')[2], Is.EqualTo(Lines()[3].Text.Split(' ')[2]).And.Not.EqualTo("user"), "a word that comes again can be told, and not what it was");
        var said = Begin.AddSeconds(61).ToUnixTimeMilliseconds() / 1000m;
        Assert.That(File.ReadLines(Record).Skip(5).Select(l => l[(l.IndexOf(',', StringComparison.Ordinal) + 1)..]), Is.EqualTo(new[]
        {
            $"\"removed\":\"u2\",\"said_at\":{said.ToString(System.Globalization.CultureInfo.InvariantCulture)}}}", "\"removed\":\"u3\"}",
        }));
        using (var recorder = ChatRecorder.Open(Record))
        {
            Say(recorder, 70, "a", "cleared", "6");
            recorder.Add(new(ChatEventKind.UserRemoved, new(default, "", ""), default), Begin);
        }

        Assert.That(File.ReadAllText(Record), Does.Not.Contain("cleared").And.Contain("\"removed\":\"*\""));
    }

    [Test]
    public void It_is_bounded_by_one_older_file()
    {
        using (var recorder = ChatRecorder.Open(Record, maxBytes: 1000))
            for (var i = 0; i < 200; i++) Say(recorder, i, "u", $"text {i}", $"{i}");
        Assert.That(new[] { Record, Record + ".1" }.Select(f => new FileInfo(f).Length), Is.All.InRange(1, 1000));
        Assert.That(Directory.GetFiles(_directory.Path), Has.Length.EqualTo(2));
        Assert.That(Lines()[^1].Text, Is.EqualTo("text 199"));
    }

    [Test]
    public void What_cannot_be_written_ends_the_recording_with_a_reason()
    {
        Directory.CreateDirectory(Record + ".1"); // The full file cannot take its place.
        using var recorder = ChatRecorder.Open(Record, maxBytes: 1000);
        for (var i = 0; i < 200; i++) Say(recorder, i, "u", $"text {i}", $"{i}");
        Assert.That(recorder.Fault, Is.Not.Null.And.Not.Empty);
    }

    private static void Say(ChatRecorder recorder, double second, string user, string text, string id)
    {
        var at = Begin.AddSeconds(second);
        recorder.Add(new(ChatEventKind.Said, new(at, user, text, id), at), at);
    }

    private List<(double At, string User, string Text)> Lines() =>
    [
        .. File.ReadLines(Record).Select(l => JsonDocument.Parse(l).RootElement).Where(l => l.TryGetProperty("text", out _)).Select(l =>
            (l.GetProperty("at").GetDouble(), l.GetProperty("user").GetString()!, l.GetProperty("text").GetString()!)),
    ];
}
