using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Tests.Http;

public sealed class ListingTests
{
    private TestControlPlane _control = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _control = await TestControlPlane.StartAsync();
        foreach (var name in (string[])["bert", "Ada", "carl", "dora", "emil"]) await _control.AddStreamerAsync(name, active: name != "carl");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _control.DisposeAsync();

    [TestCase("name", "Ada bert carl dora emil")]
    [TestCase("-name", "emil dora carl bert Ada")]
    [TestCase("created_at", "bert Ada carl dora emil")]
    [TestCase("-updated_at", "emil dora carl Ada bert")]
    public async Task Pages_go_through_the_whole_list_in_its_order(string sort, string expected)
    {
        var names = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await _control.GetAsync($"/streamers?sort={sort}&limit=2&cursor={cursor}");
            names.AddRange(page["items"]!.AsArray().Select(i => i!["name"]!.ToString()));
            cursor = page["next"]?.ToString();
        }

        Assert.That(string.Join(' ', names), Is.EqualTo(expected));
    }

    [Test]
    public async Task Rows_that_are_equal_in_the_order_are_neither_left_out_nor_repeated()
    {
        await using var control = await TestControlPlane.StartAsync();
        for (var i = 0; i < 7; i++) await control.AddStreamerAsync($"s{i}");
        await control.ExecuteAsync("update streamer set created_at = '2026-01-01T00:00:00.000001Z'");
        var names = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await control.GetAsync($"/streamers?sort=-created_at&limit=3&cursor={cursor}");
            names.AddRange(page["items"]!.AsArray().Select(i => i!["name"]!.ToString()));
            cursor = page["next"]?.ToString();
        }

        Assert.That(names, Is.EquivalentTo(Enumerable.Range(0, 7).Select(i => $"s{i}")));
    }

    [Test]
    public async Task A_cursor_belongs_to_the_order_that_it_was_given_for()
    {
        var cursor = (await _control.GetAsync("/streamers?sort=name&limit=1"))["next"]!.ToString();

        Assert.That((await ErrorsAsync($"/streamers?sort=-name&limit=1&cursor={cursor}"))["cursor"]![0]!.ToString(), Does.Contain("sorted by 'name', and this one is by '-name'"));
    }

    [TestCase("active=true", "Ada bert dora emil")]
    [TestCase("active=false", "carl")]
    [TestCase("q=A", "Ada carl dora")]
    [TestCase("q=TV/b", "bert")]
    [TestCase("q=%25", "")]
    [TestCase("active=true&q=d&sort=-name", "dora Ada")]
    public async Task Filters_choose_the_items(string query, string expected)
    {
        var page = await _control.GetAsync($"/streamers?{query}");

        Assert.That(string.Join(' ', page["items"]!.AsArray().Select(i => i!["name"]!.ToString())), Is.EqualTo(expected));
    }

    [Test]
    public async Task Fields_leave_out_the_other_members_and_keep_the_page_going()
    {
        var page = await _control.GetAsync("/streamers?fields=name,chat_url&limit=1");

        Assert.That(page["items"]![0]!.ToJsonString(), Is.EqualTo("""{"name":"Ada","chat_url":null}"""));
        Assert.That(page["next"], Is.Not.Null);
    }

    [Test]
    public async Task Every_fault_of_a_query_is_told_at_once()
    {
        var errors = await ErrorsAsync("/streamers?limit=0&sort=url&fields=name,zoom&active=1&activ=true&cursor=!&q=a&q=b");

        Assert.That(errors.AsObject().Select(e => e.Key), Is.EquivalentTo((string[])["limit", "sort", "fields", "active", "activ", "cursor", "q"]));
        Assert.That(errors["activ"]![0]!.ToString(), Is.EqualTo("there is no parameter 'activ': the parameters are active, live, q, limit, cursor, sort, fields"));
        Assert.That(errors["sort"]![0]!.ToString(), Is.EqualTo("sort is 'url': give name, -name, created_at, -created_at, updated_at, -updated_at"));
        Assert.That(errors["fields"]![0]!.ToString(), Does.StartWith("fields names 'zoom': give some of id, name, url, "));
        Assert.That((await ErrorsAsync("/streamers/00000000-0000-0000-0000-000000000000?x=1"))["x"]![0]!.ToString(), Does.Contain("this route takes none"));
    }

    [Test]
    public void Cursors_come_back_as_they_were_and_garbage_is_none()
    {
        var random = new Random(20261123);
        var good = new ListCursor("-created_at", "638000000000000000", "a");
        for (var i = 0; i < 20_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(30)).Select(_ => (char)random.Next(0x20, 0x7f))]);
            var cursor = new ListCursor("name", text + "ö\u4e16", $"{random.Next()}");
            Assert.That(ListCursor.TryParse(cursor.ToString()), Is.EqualTo(cursor));

            // One character of a good one changed, or nothing but noise: none, or one whose values are still plain text.
            var changed = new StringBuilder(good.ToString());
            changed[random.Next(changed.Length)] = (char)random.Next(1, 300);
            foreach (var other in (string[])[changed.ToString(), text])
                Assert.That(ListCursor.TryParse(other) is not { } read || !(read.Sort + read.Value + read.Id).Any(char.IsControl), Is.True, other);
        }
    }

    [TestCase("""["name","a\u0000","0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"]""")]
    [TestCase("""["name","a","no id"]""")]
    [TestCase("""["name","\ud800","0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"]""")]
    [TestCase("""["name",null,"0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"]""")]
    [TestCase("""["name","a"]""")]
    [TestCase("""{"name":1}""")]
    [TestCase("""["created_at","yesterday","0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"]""")]
    [TestCase("""["created_at","-1","0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"]""")]
    [TestCase("""["created_at","9223372036854775807","0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"]""")]
    public async Task A_cursor_that_somebody_made_up_is_a_fault_and_no_error_of_ours(string json)
    {
        var cursor = System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
        var sort = json.Contains("created_at", StringComparison.Ordinal) ? "created_at" : "name";

        Assert.That((await ErrorsAsync($"/streamers?sort={sort}&cursor={cursor}"))["cursor"]![0]!.ToString(), Does.StartWith("cursor is "));
    }

    private async Task<JsonNode> ErrorsAsync(string path)
    {
        using var response = await _control.Http.GetAsync(path);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), await response.Content.ReadAsStringAsync());
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]!;
    }
}
