using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Streamers;

namespace StreamClips.ControlPlane.Tests.Streamers;

[Category("Slow")]
public sealed class StreamerFileTests : ControlPlaneFixture
{
    private const string Key = "live_a_key_of_a_stream";

    [Test]
    public async Task A_table_adds_changes_and_leaves_alone_by_name()
    {
        // A role that was given only what it needs may make no temporary tables.
        await _control.ExecuteAsync("do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$");
        await _control.AddStreamerAsync("ada", active: false, new { clip_duration = 45, exact = true });
        await _control.AddStreamerAsync("bert", active: false);

        var (status, report) = await ImportAsync("name,active,settings.clip_duration,url\r\nADA,,30,\"https://www.twitch.tv/ada\"\r\nbert,no,,https://www.twitch.tv/bert\r\ncarl,yes,,https://www.twitch.tv/carl\r\n");

        Assert.That(status, Is.EqualTo(200), report.ToJsonString());
        Assert.That(report["rows"]!.AsArray().Select(r => $"{r!["line"]} {r["name"]} {r["outcome"]}"), Is.EqualTo((string[])["2 ADA changed", "3 bert unchanged", "4 carl added"]));
        Assert.That((report["added"]!.GetValue<int>(), report["changed"]!.GetValue<int>(), report["unchanged"]!.GetValue<int>(), report["applied"]!.GetValue<bool>()), Is.EqualTo((1, 1, 1, true)));
        var items = (await _control.GetAsync("/streamers"))["items"]!.AsArray();
        Assert.That(items.Select(i => $"{i!["name"]} {i["active"]} {i["version"]} {i["settings"]!.ToJsonString()}"), Is.EqualTo((string[])[
            """ADA false 2 {"exact": true, "clip_duration": 30}""".Replace(": ", ":", StringComparison.Ordinal).Replace(", ", ",", StringComparison.Ordinal),
            "bert false 1 {}", "carl true 1 {}"]));
        Assert.That(await _control.ScalarAsync<string>("select string_agg(kind || ' ' || (data->>'streamer'), ', ' order by id) from event where kind like 'streamer.%' and id > 2"), Does.Contain("streamer.changed ADA").And.Contain("streamer.added carl"));
    }

    [Test]
    public async Task One_row_with_faults_refuses_all_and_each_fault_is_told_with_its_line()
    {
        var (status, problem) = await ImportAsync("name,url,active,settings.clip_duration\n\"two\nlines\",https://x.example,,\nada,https://x.example,perhaps,\nbert,foo,,long\ncarl,https://x.example,,\nCARL,https://x.example,,\nshort,https://x.example\n");

        Assert.That((status, await _control.ScalarAsync<long>("select count(*) from streamer")), Is.EqualTo((422, 0L)));
        Assert.That(problem["title"]!.ToString(), Is.EqualTo("5 of 6 rows have faults, and nothing was changed"));
        Assert.That(problem["report"]!["rows"]!.AsArray().Select(r => $"{r!["line"]} {r["outcome"]} {string.Join('+', r["errors"]?.AsObject().Select(e => e.Key) ?? [])}"), Is.EqualTo((string[])[
            "2 refused name", "4 refused active", "5 refused settings.clip_duration+url", "6 added ", "7 refused name", "8 refused row"]));
    }

    [Test]
    public async Task A_dry_run_says_what_would_be_and_changes_nothing()
    {
        var (status, report) = await ImportAsync("name,url\nada,https://x.example\nbert,foo\n", "?dry_run=true");

        Assert.That((status, report["dry_run"]!.GetValue<bool>(), report["applied"]!.GetValue<bool>()), Is.EqualTo((200, true, false)));
        Assert.That((report["added"]!.GetValue<int>(), report["refused"]!.GetValue<int>()), Is.EqualTo((1, 1)));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from streamer"), Is.Zero);
        Assert.That(await _control.ScalarAsync<long>("select count(*) from event where kind like 'streamer.%'"), Is.Zero);
    }

    [TestCase("csv", "text/csv")]
    [TestCase("json", "application/json")]
    public async Task What_is_exported_can_be_imported_and_says_what_is_so_already(string format, string type)
    {
        await _control.AddStreamerAsync("ada", active: false, new { clip_duration = 45, exact = true });
        foreach (var (name, url) in ((string, string)[])[("=1+1", "https://x.example/?a=b,c"), ("'quo\"t,ed", "https://x.example"), ("@home", "https://x.example"), ("'=both", "https://x.example"), ("stream", $"rtmp://x.example/app/{Key}")])
            Assert.That((int)(await _control.Http.PostAsJsonAsync("/streamers", new { name, url, active = false })).StatusCode, Is.EqualTo(201));
        var box = await _control.ScalarAsync<string>("select sealed_url from streamer where sealed_url is not null");

        var file = await _control.Http.GetStringAsync($"/streamers/export?format={format}");
        Assert.That(file, Does.Not.Contain(Key).And.Contain("rtmp://x.example/app/****"));
        if (format == "csv") Assert.That(file.Split("\r\n").Where(l => l.Length > 0 && "=+-@".Contains(l.TrimStart('"')[0])), Is.Empty, "a spreadsheet would run it");
        var (status, report) = await ImportAsync(file, "", type);

        Assert.That((status, report["unchanged"]!.GetValue<int>()), Is.EqualTo((200, 6)), report.ToJsonString());
        await _control.ExecuteAsync("delete from streamer where sealed_url is null");
        (status, report) = await ImportAsync(file, "", type);
        Assert.That((status, report["added"]!.GetValue<int>(), report["unchanged"]!.GetValue<int>()), Is.EqualTo((200, 5, 1)), report.ToJsonString());
        Assert.That(await _control.Http.GetStringAsync($"/streamers/export?format={format}"), Is.EqualTo(file));
        Assert.That(await _control.ScalarAsync<string>("select sealed_url from streamer where sealed_url is not null"), Is.EqualTo(box), "the key stays sealed as it was");
    }

    [Test]
    public async Task A_masked_key_is_no_key_of_a_new_streamer()
    {
        var (status, problem) = await ImportAsync("name,url\nstream,rtmp://x.example/app/****\n");

        Assert.That(status, Is.EqualTo(422));
        Assert.That(problem["report"]!["rows"]![0]!["errors"]!["url"]![0]!.ToString(), Does.Contain("holds ****"));
    }

    [TestCase("name,url\nada,https://x.example\"\n", "line 2")]
    [TestCase("name,url\nada,\"https://x.example\n", "line")]
    [TestCase("name,name\nada,bert\n", "line 1")]
    [TestCase("url,zoom\nada,bert\n", "line 1")]
    [TestCase("", "body")]
    public async Task A_table_that_is_none_is_told_where(string csv, string place)
    {
        var (status, problem) = await ImportAsync(csv);

        Assert.That(status, Is.EqualTo(400), problem.ToJsonString());
        Assert.That(problem["errors"]!.AsObject().Select(e => e.Key), Has.Some.StartsWith(place));
    }

    [TestCase("{}", "it is no list")]
    [TestCase("[{\"name\":\"\\ud800\"}]", "not valid UTF-8")]
    [TestCase("[1,", "it is not JSON")]
    public async Task JSON_that_is_no_list_of_streamers_is_told(string json, string told)
    {
        var (status, problem) = await ImportAsync(json, "", "application/json");

        Assert.That((status, problem["errors"]!["body"]![0]!.ToString()), Is.EqualTo((400, problem["errors"]!["body"]![0]!.ToString())));
        Assert.That(problem["errors"]!["body"]![0]!.ToString(), Does.Contain(told));
    }

    [Test]
    public async Task Ten_thousand_rows_are_taken_at_once_and_one_more_is_not()
    {
        var text = new StringBuilder("name,url,active\n");
        for (var i = 0; i < StreamerImport.MostRows; i++) text.Append($"s{i},https://www.twitch.tv/s{i},no\n");
        var (status, report) = await ImportAsync(text.ToString());
        Assert.That((status, report["added"]!.GetValue<int>()), Is.EqualTo((200, StreamerImport.MostRows)));

        (status, report) = await ImportAsync(text.Append("more,https://x.example,no\n").ToString());
        Assert.That(status, Is.EqualTo(400));
        Assert.That(report["errors"]!["body"]![0]!.ToString(), Does.Contain("more than 10000 rows"));
    }

    [Test]
    public async Task Garbage_is_never_an_error_of_ours()
    {
        var random = new Random(20261123);
        const string Letters = "name,url\"\n\r'=;\t\u00e9\ufeff0settings.clip_duration";
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = Encoding.UTF8.GetBytes((i % 2 == 0 ? "name,url\n" : "") + new string([.. Enumerable.Range(0, random.Next(60)).Select(_ => Letters[random.Next(Letters.Length)])]));
            if (i % 5 == 0 && bytes.Length > 0) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var faults = new Faults();
            var rows = await StreamerCsv.ReadAsync(new MemoryStream(bytes), faults, CancellationToken.None);
            var steps = StreamerImport.Plan(rows, [], Shared.Settings.ClipSettings.Default, _ => null);
            Assert.That(faults.None || rows.Count == 0, Is.True);
            Assert.That(steps, Has.Count.EqualTo(rows.Count));
        }
    }

    private async Task<(int Status, JsonNode Answer)> ImportAsync(string text, string query = "", string type = "text/csv")
    {
        using var content = new StringContent(text, Encoding.UTF8, type);
        using var response = await _control.Http.PostAsync($"/streamers/import{query}", content);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }
}
