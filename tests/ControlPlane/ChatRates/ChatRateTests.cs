using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Partitions;
using StreamClips.ControlPlane.Tests.Command;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.Tests.ChatRates;

[Category("Slow")]
public sealed class ChatRateTests : ControlPlaneFixture
{
    private FakeAgent _agent = null!;
    private Guid _process;
    private DateTimeOffset _midnight;

    [SetUp]
    public async Task RunAsync()
    {
        (_agent, var assignment, _) = await _control.RunningAsync("ada");
        _process = Guid.Parse(assignment.ProcessId);
        _midnight = new(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
    }

    [TearDown]
    public async Task LeaveAsync() => await _agent.DisposeAsync();

    [Test]
    public async Task A_chat_over_midnight_is_kept_once_in_two_days_and_read_as_one()
    {
        ChatEntry[] lines = [.. Enumerable.Range(0, 4).Select(i => Minute(i, _midnight.AddSeconds(-120 + i * 60), said: i + 1))];
        Assert.That(await _agent.JournalAsync(_process, Cursor(0), Cursor(300), lines[..3]), Is.EqualTo(Cursor(300)));
        Assert.That(await _agent.JournalAsync(_process, Cursor(0), Cursor(300), lines[..3]), Is.EqualTo(Cursor(300)), "sent again");
        Assert.That(await _agent.JournalAsync(_process, Cursor(100), Cursor(400), lines), Is.EqualTo(Cursor(300)), "not where the journal stands");
        await _agent.JournalAsync(_process, Cursor(300), Cursor(400), lines[3]);

        Assert.That(await _control.ScalarAsync<long>($"select count(*) from chat_rate_{_midnight.AddDays(-1):yyyyMMdd}"), Is.EqualTo(2));
        Assert.That(await _control.ScalarAsync<long>($"select count(*) from chat_rate_{_midnight:yyyyMMdd}"), Is.EqualTo(2));
        var history = await _control.Http.GetStringAsync($"/processes/{_process}/chat-history");
        var read = history.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => (ChatEntry)JournalEntry.TryParse(Encoding.UTF8.GetBytes(l))!).ToList();
        Assert.That(read.Select(l => (l.Began, l.Number, l.From, l.Until, l.Ended, Convert.ToHexString(l.Seconds))), Is.EqualTo(lines.Select(l => (l.Began, l.Number, l.From, l.Until, l.Ended, Convert.ToHexString(l.Seconds)))), "to the tick");

        var rate = await _control.GetAsync($"/processes/{_process}/chat-rate?since={_midnight.AddMinutes(-2):O}&until={_midnight.AddMinutes(2):O}&step=60".Replace("+", "%2B"));
        Assert.That(rate["items"]!.AsArray().Select(p => (p!["messages"]!.GetValue<int>(), p["max"]!.GetValue<int>(), p["mean"]!.GetValue<double>())), Is.EqualTo(new[] { (60, 1, 1d), (120, 2, 2), (180, 3, 3), (240, 4, 4) }));
    }

    [Test]
    public async Task A_chat_of_another_century_is_not_kept_and_told_and_damage_is_counted()
    {
        await _agent.JournalAsync(_process, Cursor(0), Cursor(100), Minute(0, DateTimeOffset.UnixEpoch, 1), Minute(0, _midnight.AddDays(40), 1), Minute(0, _midnight, 1), Minute(1, _midnight, 1) with { Seconds = [0xff, 0xff] });

        Assert.That(await _control.ScalarAsync<long>("select count(*) from chat_rate"), Is.EqualTo(1));
        var said = (await _control.GetAsync($"/logs?process={_process}"))["items"]!.AsArray().Select(l => l!["message"]!.ToString()).ToList();
        Assert.That(said, Has.Exactly(1).StartsWith("2 minutes of the chat's rate are not kept").And.Exactly(1).StartsWith("1 lines of the journal"));
    }

    [Test]
    public async Task Days_that_are_over_go_as_the_setting_says()
    {
        await _agent.JournalAsync(_process, Cursor(0), Cursor(100), Minute(0, _midnight.AddDays(-7), 1), Minute(0, _midnight, 1));
        await _control.ExecuteAsync("select ensure_day('chat_rate', @day::date)", new { day = _midnight.AddDays(-8).UtcDateTime });

        Assert.That(await _control.Get<PartitionSweep>().RunOnceAsync(CancellationToken.None), Is.True);

        Assert.That(await _control.ScalarAsync<string>($"select to_regclass('chat_rate_{_midnight.AddDays(-8):yyyyMMdd}')::text"), Is.Null);
        Assert.That(await _control.ScalarAsync<long>("select count(*) from chat_rate"), Is.EqualTo(2), "7 days before today are kept");
    }

    [Test]
    public async Task The_page_draws_it_and_tells_it_in_words_with_its_clips()
    {
        var now = TimeProvider.System.GetUtcNow();
        var begin = new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMinute, TimeSpan.Zero).AddMinutes(-9);
        Assert.That(await _control.Http.GetStringAsync($"/app/processes/{_process}?span=24h"), Does.Contain("Nothing is known of the chat"));
        await _control.ExecuteAsync("update process set created_at = @begin", new { begin = begin.UtcDateTime });
        await _agent.JournalAsync(_process, Cursor(0), Cursor(100), [.. Enumerable.Range(0, 8).Select(i => Minute(i, begin.AddMinutes(i), said: i == 5 ? 40 : 2) with { Began = begin })]);
        await _control.ExecuteAsync(
            """
            insert into clip (id, process_id, node_id, streamer, url, epoch, started_at, ended_at, moment_at, peak_at, triggered_at, duration_s, lost_s, score, reason, detector, format, size_bytes, files_bytes, saved_at, sidecar)
            select gen_random_uuid(), @id, 'node-1', 'ada', 'https://x.example', 1, t, t + interval '60 s', t + interval '30 s', t, t, 60, 0, 3, 'many laughed', 'highlight', 'mp4', 1, 1, t, '{}' from (select @at::timestamptz) v (t)
            """, new { id = _process, at = begin.AddMinutes(5).UtcDateTime });

        var page = await _control.Http.GetStringAsync($"/app/processes/{_process}");

        Assert.That(page, Does.Contain("rate-history").And.Contain("240 messages in 8 min that were heard, 6.8 a second; at most 40 in one second. 1 clip:"));
        Assert.That(page, Does.Contain("<title>many laughed</title>").And.Not.Contain(" style="));
        Assert.That(await _control.Http.GetStringAsync($"/app/processes/{_process}/live?span=7d"), Does.Contain("aria-current=\"page\">7 days"));
    }

    [Test]
    public async Task The_command_draws_it_saves_it_and_replays_it()
    {
        var begin = TimeProvider.System.GetUtcNow().AddMinutes(-30);
        begin = new(begin.UtcTicks - begin.UtcTicks % TimeSpan.TicksPerMinute, TimeSpan.Zero);
        await _control.ExecuteAsync("update process set created_at = @begin", new { begin = begin.UtcDateTime });
        await _agent.JournalAsync(_process, Cursor(0), Cursor(100), [.. Enumerable.Range(0, 10).Select(i => Minute(i, begin.AddMinutes(i), said: i == 7 ? 40 : 2) with { Began = begin })]);
        using var command = await CommandLine.OfAsync(_control);

        Assert.That(await command.SaysAsync("processes chat-rate ada --step 1m"), Does.Contain("2400  ██████").And.Contain(" 120  ██").And.Not.Contain(" 121 "));
        var (code, saved, all) = await command.RunAsync("processes chat-history ada");
        Assert.That((code, saved.Trim().Split('\n').Length), Is.EqualTo((0, 10)), all);

        var (replayed, clips, said) = await command.RunAsync("replay --process ada --set detector=surge --format ndjson");
        Assert.That((replayed, clips.Trim().Split('\n').Length), Is.EqualTo((0, 2)), said);
        Assert.That(JsonNode.Parse(clips.Split('\n')[0])!["triggered_at"]!.GetValue<double>(), Is.EqualTo(begin.AddMinutes(7).ToUnixTimeSeconds()).Within(5));
        var (none, nothing, _) = await command.RunAsync($"replay --process ada --since {begin.AddMinutes(9):yyyy-MM-ddTHH:mm:ssZ} --set detector=surge --format ndjson");
        Assert.That((none, nothing.Trim()), Is.EqualTo((0, "")), "what is before is only learned from");
        var (wrong, _, why) = await command.RunAsync("replay --process ada --set detector=psychic");
        Assert.That((wrong, why), Is.EqualTo((2, why)));
        Assert.That(why, Does.Contain("psychic"));
    }

    [Test]
    public async Task What_cannot_be_asked_for_is_refused_by_its_name()
    {
        (string Query, string Field)[] wrong =
        [
            ("step=0", "step"), ("step=1&since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z", "step"), ("since=2026-01-01T00:00:00Z&until=2026-03-02T00:00:00Z", "since"),
            ("since=2026-01-03T00:00:00Z&until=2026-01-02T00:00:00Z", "until"), ("until=0001-01-01T00:00:00Z", "until"), ("since=0001-01-01T00:00:00Z", "since"), ("bucket=5", "bucket"),
        ];
        foreach (var (query, field) in wrong)
        {
            using var answer = await _control.Http.GetAsync($"/processes/{_process}/chat-rate?{query}");
            Assert.That((int)answer.StatusCode, Is.InRange(400, 422), query);
            Assert.That(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]![field], Is.Not.Null, query);
        }
    }

    [Test]
    public async Task A_process_that_is_not_there_has_none()
    {
        foreach (var what in new[] { "chat-rate", "chat-history" })
        {
            using var answer = await _control.Http.GetAsync($"/processes/{Guid.NewGuid()}/{what}");
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        }

        Assert.That((await _control.GetAsync($"/processes/{_process}/chat-rate"))["items"]!.AsArray(), Is.Empty, "nothing was said yet");
        Assert.That(await _control.Http.GetStringAsync($"/processes/{_process}/chat-history"), Is.Empty);
    }

    private static JournalCursor Cursor(long offset) => new() { File = 1, Offset = offset };

    private ChatEntry Minute(int number, DateTimeOffset from, int said)
    {
        var packer = new ChatPacker();
        for (var i = 0; i < 60; i++) packer.Add(new() { At = from.AddSeconds(i), Said = said, Counted = said, Weight = -5 });
        return new()
        {
            At = from.AddSeconds(61), Version = ChatPacker.Version, Began = number == 0 ? from : _midnight.AddSeconds(-120), Number = number, From = from, Until = from.AddSeconds(60).AddTicks(7), Ended = number == 3, Seconds = packer.Take(),
        };
    }
}
