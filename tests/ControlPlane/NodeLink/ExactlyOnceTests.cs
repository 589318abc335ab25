using System.Net;
using System.Text.Json.Nodes;
using Google.Protobuf;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.Tests.NodeLink;

public sealed class ExactlyOnceTests : ControlPlaneFixture
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly Guid _process = Guid.NewGuid();
    private FakeAgent _agent = null!;

    [SetUp]
    public async Task PrepareAsync() => _agent = await FakeAgent.ConnectAsync(_control);

    [TearDown]
    public async Task PutAwayAsync() => await _agent.DisposeAsync();

    [Test]
    public async Task Lines_that_are_sent_twice_are_stored_once_and_in_order()
    {
        var first = await _agent.JournalAsync(_process, Cursor(1, 0), Cursor(1, 100), Log(1), Log(2));
        var again = await _agent.JournalAsync(_process, Cursor(1, 0), Cursor(1, 100), Log(1), Log(2));
        var gap = await _agent.JournalAsync(_process, Cursor(1, 150), Cursor(1, 200), Log(9));
        var next = await _agent.JournalAsync(_process, Cursor(1, 100), Cursor(2, 0), Log(3));

        Assert.That((first, again, gap, next), Is.EqualTo((Cursor(1, 100), Cursor(1, 100), Cursor(1, 100), Cursor(2, 0))));
        var lines = (await _control.GetAsync($"/logs?process={_process}"))["items"]!.AsArray();
        Assert.That(lines.Select(l => l!["message"]!.ToString()), Is.EqualTo((string[])["line 3", "line 2", "line 1"]), "newest first");
    }

    [Test]
    public async Task A_damaged_line_is_counted_and_stops_nothing()
    {
        var batch = new JournalBatch { ProcessId = _process.ToString(), From = Cursor(1, 0), To = Cursor(1, 50) };
        batch.Lines.Add(ByteString.CopyFromUtf8("{\"kind\":\"log\",\"at\":"));
        batch.Lines.Add(ByteString.CopyFrom(0xff, 0xfe, 0x00));
        batch.Lines.Add(ByteString.CopyFrom(new LogEntry { At = At, Level = "error", Event = "a\0b", Message = "with a \0 in it" }.ToUtf8()));

        Assert.That(await _agent.JournalAsync(batch), Is.EqualTo(Cursor(1, 50)));

        var lines = (await _control.GetAsync("/logs"))["items"]!.AsArray();
        Assert.That(lines.Select(l => l!["message"]!.ToString()), Is.EquivalentTo((string[])[$"2 lines of the journal of {_process} could not be read", "with a \uFFFD in it"]));
    }

    [Test]
    public async Task A_surge_is_told_once()
    {
        var surge = new SurgeEntry { At = At, ClipId = Guid.NewGuid(), Score = 3.4, Reason = "3.4× the baseline", Start = At, End = At.AddSeconds(30) };
        await _agent.JournalAsync(_process, Cursor(1, 0), Cursor(1, 10), surge);
        await _agent.JournalAsync(_process, Cursor(1, 0), Cursor(1, 10), surge);

        Assert.That(await _control.ScalarAsync<long>("select count(*) from event where kind = 'surge' and (data ->> 'score')::numeric = 3.4"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_clip_that_is_reported_twice_is_saved_and_told_once()
    {
        var streamer = await _control.AddStreamerAsync("alpha");
        var report = TestClip.Report(_process, streamer, topWord: "odd \0 word \\u0000");

        Assert.That((await SendAsync(report)).Error, Is.Empty);
        Assert.That((await SendAsync(report)).Error, Is.Empty);

        var clip = (await _control.GetAsync("/clips"))["items"]!.AsArray().Single()!;
        Assert.That((clip["id"]!.ToString(), clip["streamer_id"]!.GetValue<Guid>(), clip["score"]!.GetValue<double>()), Is.EqualTo((report.ClipId, streamer, 3.5)));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from event where kind = 'clip.saved'"), Is.EqualTo(1));
        Assert.That(await _control.ScalarAsync<string>("select data ->> 'path' from event where kind = 'clip.saved'"), Is.EqualTo(Path.Combine(_control.StoragePath, "alpha/clip.mp4")));
        var whole = await _control.GetAsync($"/clips/{report.ClipId}");
        Assert.That(whole["sidecar"]!["top_words"]![0]!["word"]!.ToString(), Is.EqualTo("odd \uFFFD word \\u0000"));
    }

    [Test]
    public async Task A_late_clip_of_a_removed_streamer_is_kept()
    {
        var streamer = await _control.AddStreamerAsync("alpha");
        Assert.That((await _control.Http.DeleteAsync($"/streamers/{streamer}")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));

        Assert.That((await SendAsync(TestClip.Report(_process, streamer))).Error, Is.Empty);

        var clip = (await _control.GetAsync("/clips"))["items"]!.AsArray().Single()!;
        Assert.That((clip["streamer"]!.ToString(), clip["streamer_id"]), Is.EqualTo(("alpha", (JsonNode?)null)));
    }

    [Test]
    public async Task A_report_that_is_no_clip_is_refused_for_good_with_the_reason()
    {
        var elsewhere = TestClip.Report(_process, Guid.NewGuid());
        elsewhere.Files[0].Key = "../../etc/passwd";
        var unreadable = TestClip.Report(_process, Guid.NewGuid());
        unreadable.SidecarJson = "{}";
        var another = TestClip.Report(_process, Guid.NewGuid());
        another.ClipId = Guid.NewGuid().ToString();

        Assert.That((await SendAsync(elsewhere)).Error, Does.Contain("video has no proper key"));
        Assert.That((await SendAsync(unreadable)).Error, Does.Contain("sidecar cannot be read"));
        Assert.That((await SendAsync(another)).Error, Does.Contain("the sidecar says"));
        Assert.That((await _control.GetAsync("/clips"))["items"]!.AsArray(), Is.Empty);
    }

    private async Task<ClipAck> SendAsync(ClipReport report)
    {
        await _agent.SayAsync(new AgentMessage { ClipReport = report });
        return await _agent.HearAsync(m => m.ClipAck);
    }

    private static JournalCursor Cursor(int file, long offset) => new() { File = file, Offset = offset };

    private static LogEntry Log(int number) => new() { At = At.AddSeconds(number), Level = "info", Event = "test.line", Message = $"line {number}" };
}
