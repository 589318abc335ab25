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
    public void Of_what_is_taken_back_within_a_minute_no_text_is_kept()
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

        Assert.That(Lines().Select(l => l.Text), Is.EqualTo(new[] { "stays", "", "", "", "fine" }), "they are counted all the same");
        using (var recorder = ChatRecorder.Open(Record))
        {
            Say(recorder, 70, "a", "cleared", "6");
            recorder.Add(new(ChatEventKind.UserRemoved, new(default, "", ""), default), Begin);
        }

        Assert.That(Lines().Select(l => l.Text), Is.EqualTo(new[] { "stays", "", "", "", "fine", "" }));
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
        .. File.ReadLines(Record).Select(l => JsonDocument.Parse(l).RootElement).Select(l =>
            (l.GetProperty("at").GetDouble(), l.GetProperty("user").GetString()!, l.GetProperty("text").GetString()!)),
    ];
}
