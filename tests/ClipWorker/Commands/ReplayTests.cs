using System.Globalization;
using System.Text.Json;
using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Commands;
using StreamClips.ClipWorker.Tests.Surge;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Commands;

/// <summary>The replay of recorded chats.</summary>
[TestFixture]
internal sealed class ReplayTests
{
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeTheDirectory() => _directory = new();

    [TearDown]
    public void RemoveTheDirectory() => _directory.Dispose();

    [Test]
    public void It_prints_a_line_a_clip_on_the_clock_of_the_file()
    {
        // A message a second for 400 s, and 40 more in the second before 300.
        var times = Enumerable.Range(0, 400).Select(t => t + 1000.5).Concat(Enumerable.Range(0, 40).Select(i => 1299 + i / 50.0)).Order();
        var (code, output, errors) = Replay(Lines(times), "ndjson", "detector=surge");
        Assert.That(code, Is.Zero, errors);
        var clip = JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Single()).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(clip.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "start", "end", "moment", "peak", "triggered_at", "score" }));
            Assert.That(clip.GetProperty("triggered_at").GetDouble(), Is.EqualTo(1300));
            Assert.That(clip.GetProperty("start").GetDouble(), Is.EqualTo(1240));
            Assert.That(clip.GetProperty("end").GetDouble(), Is.EqualTo(1300));
            Assert.That(clip.GetProperty("moment").GetDouble(), Is.EqualTo(1270));
            Assert.That(clip.GetProperty("score").GetDouble(), Is.EqualTo(70 / ((178 * 30 + 31 + 70) / 180.0)).Within(1e-9));
        });
    }

    [Test]
    public void Bad_lines_are_named_with_their_numbers_and_the_rest_is_replayed()
    {
        var (code, output, errors) = Replay("\uFEFF{\"at\":1,\"user\":\"a\",\"text\":\"x\",\"more\":{}}\n\nnonsense\n{\"at\":\"2\"}\n[1]\n{\"user\":\"a\"}\n{\"at\":3,\"text\":7}\n{\"at\":1e300}\n{\"at\":4} x", "table");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output.Trim(), Is.EqualTo("no clips"));
        string[] beginnings =
        [
            "line 3 is not JSON: ", "line 4 has no usable \"at\": ", "line 5 is not a JSON object", "line 6 has no \"at\": ",
            "line 7 has a \"text\" that is no string", "line 8 has no usable \"at\": ", "line 9 is not JSON: ",
        ];
        var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(beginnings.Length), errors);
        Assert.That(lines.Zip(beginnings).Where(p => !p.First.StartsWith(p.Second, StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void A_line_that_is_too_long_is_counted_among_the_lines()
    {
        var (code, _, errors) = Replay($"{{\"at\":1}}\n{new string('x', ReplayReader.MaxBytes + 1)}\n{new string('y', 3 * ReplayReader.MaxBytes)}\nnonsense\n", "table");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("line 4 is not JSON: ").And.Contain("2 lines are longer than "));
    }

    [Test]
    public void Of_very_many_bad_lines_the_first_are_named_and_the_rest_counted()
    {
        var (code, _, errors) = Replay(string.Concat(Enumerable.Repeat("bad\n", 1000)), "table");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(21));
        Assert.That(errors, Does.Contain("and 980 more bad lines"));
    }

    [TestCase("{\"at\":1,\"removed\":true}", "has a \"removed\" that is no string")]
    [TestCase("{\"at\":1,\"removed\":\"\"}", "has a \"removed\" that names nobody: give a user, or * for all")]
    [TestCase("{\"at\":1,\"removed\":\"u1\",\"said_at\":\"2\"}", "has no usable \"said_at\": give a number of seconds, at most 100000000000")]
    [TestCase("{\"removed\":\"u1\"}", "has no \"at\": give the time in seconds")]
    public void A_line_that_takes_something_back_must_say_what_and_when(string line, string fault)
    {
        var (code, _, errors) = Replay(line, "table");
        Assert.That((code, errors.Trim()), Is.EqualTo((1, $"line 1 {fault}")));
    }

    [Test]
    public void What_came_too_late_when_the_chat_was_recorded_is_told()
    {
        var (code, _, errors) = Replay("{\"at\":1,\"user\":\"a\",\"text\":\"x\"}\n{\"at\":2,\"late\":true}\n", "table");
        Assert.That((code, errors.Trim()), Is.EqualTo((0, "note: 1 messages came too late when the chat was recorded, and were not counted")));
    }

    [Test]
    public void Reading_a_line_costs_no_memory()
    {
        var lines = Lines(new MadeChat(22).Talks(0, 100, 20).Messages).Split('\n').Append("""{"at": 100.5, "removed": "u1", "said_at": 99.25}""").Select(System.Text.Encoding.UTF8.GetBytes).ToList();
        var reader = new ReplayReader();
        var characters = 0;
        foreach (var line in lines) characters += reader.Read(line).Message.Text.Length;
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var line in lines) characters += reader.Read(line).Message.Text.Length;
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1000), $"for {lines.Count} lines");
        Assert.That(characters, Is.GreaterThan(lines.Count));
    }

    [Test]
    public void Wrong_settings_are_all_named_and_nothing_is_read()
    {
        var (code, output, errors) = Replay("bad", "table", "detector=magic", "clips_per_hour=0", "surge_threshold=1", "clip_duration=long", "colour=3", "novalue");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(output, Is.Empty);
        Assert.That(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Trim()), Is.EquivalentTo(new[]
        {
            "clip_duration is 'long': give a number, as 2.5",
            "there is no setting 'colour': the settings are clip_duration, window_timespan, sample_interval, baseline_duration, surge_threshold, detector, clips_per_hour, max_clip_duration, recording, quality, exact, vertical, file_name, keep_clips_days, keep_clips_count, keep_clips_gib",
            "--set 'novalue' is not key=value: give for example surge_threshold=3",
            "surge_threshold is 1: give a number above 1 and at most 100",
            "detector is 'magic': give highlight or surge",
            "clips_per_hour is 0: give 0.1 to 60 clips an hour",
        }));
    }

    [Test]
    public void A_file_that_is_not_there_is_named()
    {
        using var errors = new StringWriter();
        Assert.That(ReplayCommand.Run(_directory["none"], [], "table", TextWriter.Null, errors), Is.EqualTo(1));
        Assert.That(errors.ToString(), Does.StartWith($"cannot read '{_directory["none"]}': "));
    }

    [Test]
    public void Settings_change_what_is_found()
    {
        var times = Enumerable.Range(0, 400).Select(t => (double)t).Concat(Enumerable.Range(0, 40).Select(i => 299 + i / 50.0)).Order().ToList();
        Assert.That(Replay(Lines(times), "table", "detector=surge", "surge_threshold=3").Output.Trim(), Is.EqualTo("no clips"));
        Assert.That(Replay(Lines(times), "table", "detector=surge", "window_timespan=5", "surge_threshold=3").Output, Does.EndWith("1 clip\n"));
    }

    [Test]
    public void The_detector_is_highlight_unless_another_is_named()
    {
        // The last highlight has begun when the file ends: the stream goes on a little, and it is still decided.
        var chat = new MadeChat(20).Talks(0, 634, 2).Highlight(600, 60).Messages.Where(m => m.At < MadeChat.At(634));
        var lines = Lines(chat);
        Assert.That(Replay(lines, "table").Output, Does.Contain("more reactions and less talk").And.EndWith("1 clip\n"));
        Assert.That(Replay(lines, "table", "detector=surge", "surge_threshold=5").Output.Trim(), Is.EqualTo("no clips"));
    }

    [Test]
    public void A_plot_is_one_page_that_needs_no_network_and_that_no_chatter_can_write_to()
    {
        var chat = new MadeChat(21).Talks(0, 900, 2).Highlight(600, 60);
        for (var i = 0; i < 60; i++) chat.Add(615 + i * 0.2, $"fan{i}", "</script><b>LUL");
        File.WriteAllText(_directory["labels.json"], """[{"start": 598, "end": 620}, {"start": 300, "end": 310}]""");
        File.WriteAllText(_directory["chat.ndjson"], Lines(chat.Messages));
        using var output = new StringWriter();
        Assert.That(ReplayCommand.Run(_directory["chat.ndjson"], ["detector=highlight"], "table", output, output, _directory["plot.html"], _directory["labels.json"]), Is.Zero, output.ToString());
        Assert.That(output.ToString(), Does.Contain("1 of 2 highlights are held (.50)").And.Contain("of the 5 best moments 1 lie"));

        var page = File.ReadAllText(_directory["plot.html"]);
        Assert.That(page, Does.Not.Contain("http").And.Not.Contain("src=").And.Not.Contain("</script><b>"));
        var data = JsonDocument.Parse(page.Split("id=\"data\">")[1].Split("</script>")[0]).RootElement;
        Assert.That(data.GetProperty("rate").EnumerateArray().Sum(r => r.GetDouble()), Is.EqualTo(chat.Messages.Count).Within(0.01));
        Assert.That(data.GetProperty("clips").EnumerateArray().Single(c => Math.Abs(c.GetProperty("moment").GetDouble() - 600) < 20).GetProperty("reason").GetString(), Does.Contain("</script><b>LUL"));
        Assert.That(data.GetProperty("labels").GetArrayLength(), Is.EqualTo(2));
    }

    [Test]
    public void A_plot_of_a_chat_of_many_days_has_a_bounded_number_of_points()
    {
        File.WriteAllText(_directory["chat.ndjson"], Lines(Enumerable.Range(0, 5000).Select(i => i * 100.0)));
        Assert.That(ReplayCommand.Run(_directory["chat.ndjson"], ["detector=surge"], "table", TextWriter.Null, TextWriter.Null, _directory["plot.html"]), Is.Zero);
        var data = JsonDocument.Parse(File.ReadAllText(_directory["plot.html"]).Split("id=\"data\">")[1].Split("</script>")[0]).RootElement;
        var (step, rate) = (data.GetProperty("step").GetDouble(), data.GetProperty("rate").EnumerateArray().Select(r => r.GetDouble()).ToList());
        Assert.That(rate, Has.Count.LessThanOrEqualTo(ReplayPlot.MostPoints));
        Assert.That(rate.Sum() * step, Is.EqualTo(5000).Within(20));
    }

    [TestCase("[{\"start\": 1}]")]
    [TestCase("{}")]
    [TestCase("null")]
    public void Labels_that_are_none_are_refused(string labels)
    {
        File.WriteAllText(_directory["labels.json"], labels);
        File.WriteAllText(_directory["chat.ndjson"], "");
        using var errors = new StringWriter();
        Assert.That(ReplayCommand.Run(_directory["chat.ndjson"], [], "table", TextWriter.Null, errors, labels: _directory["labels.json"]), Is.EqualTo(1));
        Assert.That(errors.ToString(), Does.Contain("labels.json' holds no labels: give [{\"start\""));
    }

    private (int Code, string Output, string Errors) Replay(string file, string format, params string[] set)
    {
        File.WriteAllText(_directory["chat.ndjson"], file);
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = ReplayCommand.Run(_directory["chat.ndjson"], set, format, output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    private static string Lines(IEnumerable<ChatMessage> chat) =>
        string.Join('\n', chat.Select(m => JsonSerializer.Serialize(new { at = MadeChat.Seconds(m.At), user = $"{m.User}", text = m.Text.ToString() })));

    private static string Lines(IEnumerable<double> times) =>
        string.Join('\n', times.Select(t => $$"""{"at": {{t.ToString(CultureInfo.InvariantCulture)}}, "user": "u", "text": "hi"}"""));
}
