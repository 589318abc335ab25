using System.Net;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Logs;

namespace StreamClips.ControlPlane.Tests.Logs;

[Category("Slow")]
public sealed class LogSearchTests : ControlPlaneFixture
{
    private static readonly Guid One = Guid.Parse("11111111-0000-4000-8000-000000000001");
    private static readonly Guid Two = Guid.Parse("22222222-0000-4000-8000-000000000002");

    [SetUp]
    public async Task PrepareAsync()
    {
        await _control.ExecuteAsync(
            """
            select ensure_day('log_line', (now() at time zone 'UTC')::date - n) from generate_series(0, 2) n;
            insert into log_line (at, process_id, streamer_id, node_id, level, event, message)
            select now() - n * interval '4 hours', case when n % 2 = 0 then @One else @Two end, case when n % 3 = 0 then @One else @Two end, 'node-' || n % 4, n % 4, 'event.' || n, '100% of line_' || n
            from generate_series(0, 11) n
            """, new { One, Two });
    }

    [TestCase("", "0,1,2,3,4,5,6,7,8,9,10,11")]
    [TestCase("node=node-1", "1,5,9")]
    [TestCase("process=11111111-0000-4000-8000-000000000001", "0,2,4,6,8,10")]
    [TestCase("streamer=11111111-0000-4000-8000-000000000001", "0,3,6,9")]
    [TestCase("level=warning", "2,3,6,7,10,11")]
    [TestCase("level=error&streamer=11111111-0000-4000-8000-000000000001", "3")]
    [TestCase("q=LINE_1", "1,10,11")]
    [TestCase("q=event.3%20100%25", "3")]
    [TestCase("q=line%251", "")]
    public async Task Lines_are_found_by_what_they_are(string query, string found) =>
        Assert.That(string.Join(',', (await PageAsync(query)).Select(Number)), Is.EqualTo(found));

    [Test]
    public async Task Lines_are_found_by_their_time_and_pages_join_without_gap()
    {
        var now = TimeProvider.System.GetUtcNow();
        var query = $"since={now.AddHours(-30):O}&until={now.AddHours(-6):O}".Replace("+", "%2B", StringComparison.Ordinal);
        var found = new List<string>();
        string? cursor = null;
        do
        {
            var page = await _control.GetAsync($"/logs?{query}&limit=2{(cursor is null ? "" : $"&cursor={cursor}")}");
            found.AddRange(page["items"]!.AsArray().Select(l => Number(l!)));
            cursor = page["next"]?.ToString();
        }
        while (cursor is not null);

        Assert.That(found, Is.EqualTo((string[])["2", "3", "4", "5", "6", "7"]));
    }

    [Test]
    [Category("Slow")]
    public async Task A_search_that_takes_too_long_is_ended_and_told_what_to_do()
    {
        await using var holder = new NpgsqlConnection(_control.Connection + ";Pooling=false");
        await holder.OpenAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await holder.ExecuteAsync("lock table log_line in access exclusive mode", transaction: transaction);

        using var response = await _control.Http.GetAsync("/logs?q=anything");
        using var page = await _control.Http.GetAsync("/app/logs?q=anything");

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("give since and until"));
        Assert.That(await page.Content.ReadAsStringAsync(), Does.Contain("Choose a channel, a node or a shorter time"));
    }

    [Test]
    public void A_place_is_read_as_it_was_written()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(0, 30)).Select(_ => "0123456789-+ x"[random.Next(14)])]);
            if (LogPlace.TryParse(text) is { } read) Assert.That(LogPlace.TryParse(read.ToString()), Is.EqualTo(read), text);
        }

        Assert.That(LogPlace.TryParse(new LogPlace(ulong.MaxValue, long.MaxValue).ToString()), Is.EqualTo(new LogPlace(ulong.MaxValue, long.MaxValue)));
        Assert.That(LogPlace.TryParse("5"), Is.Null);
    }

    private static string Number(JsonNode line) => line["event"]!.ToString()["event.".Length..];

    private async Task<IEnumerable<JsonNode>> PageAsync(string query) => (await _control.GetAsync($"/logs?{query}"))["items"]!.AsArray().Select(l => l!);
}
