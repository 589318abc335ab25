using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Secrets;
using StreamClips.ControlPlane.Streamers;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Streamers;

/// <summary>RTMP streamers: their key is with the node that needs it, and nowhere else to be read.</summary>
[Category("Slow")]
public sealed class RtmpStreamerTests : ControlPlaneFixture
{
    private const string Address = "rtmp://us3r:passw0rd@live.example:1936/live/inst4nce/s3cret-key?sign=t0ken";
    private const string Shown = "rtmp://****@live.example:1936/live/****";
    private static readonly string[] Secrets = ["us3r", "passw0rd", "inst4nce", "s3cret", "t0ken", "an0ther"];

    private static readonly string[] Writable = ["name", "url", "chat_url", "active", "settings"];

    [Test]
    public async Task The_node_is_told_the_key_and_nothing_else_holds_it()
    {
        await using var agent = await FakeAgent.ConnectAsync(_control);
        var streamer = await AddAsync("keyed");
        var told = await agent.DesiredAsync(d => d.Assignments.Count == 1);
        Assert.That(told.Assignments[0].Url, Is.EqualTo(Address));

        // Another key is another address, although it is shown as the same: what runs is replaced.
        var other = Address.Replace("s3cret-key", "an0ther-key", StringComparison.Ordinal);
        using var put = await _control.Http.PutAsJsonAsync($"/streamers/{streamer}", new { name = "keyed", url = other });
        Assert.That((await put.Content.ReadFromJsonAsync<JsonObject>())!["url"]!.ToString(), Is.EqualTo(Shown));
        var changed = await agent.DesiredAsync(d => d.Assignments.Any(a => a.Url == other));

        var process = changed.Assignments.Single(a => a.Url == other).ProcessId;
        foreach (var path in (string[])["/streamers", $"/streamers/{streamer}", "/stream-clips", $"/stream-clips/{process}", "/audit", "/app", "/app/streamers", $"/app/streamers/{streamer}", $"/app/processes/{process}", "/app/audit"])
            AssertNoSecret(await _control.Http.GetStringAsync(path), path);
        Assert.That((await _control.GetAsync($"/stream-clips/{process}"))["url"]!.ToString(), Is.EqualTo(Shown));
        Assert.That((await _control.GetAsync($"/audit?subject=streamer&subject_id={streamer}&action=added"))["items"]![0]!["after"]!["url"]!.ToString(), Is.EqualTo(Shown));
        foreach (var line in _control.Log) AssertNoSecret($"{line.Message} {line.Exception}", "the log");
        AssertNoSecret((await DatabaseAsync())!, "the database, events and audit trail with it");
        Assert.That(await _control.ScalarAsync<long>("select count(*) from process where (sealed_url is null) <> (wished = 'stop')"), Is.Zero, "what is not to run holds no key");
    }

    [Test]
    public async Task What_was_read_is_written_back_and_the_key_stays()
    {
        var streamer = await AddAsync("round trip");
        var sealedBefore = await SealedAsync(streamer);
        var read = await _control.GetAsync($"/streamers/{streamer}");
        var written = new JsonObject(Writable.Select(n => KeyValuePair.Create(n, read[n]?.DeepClone())));

        using var same = await _control.Http.PutAsJsonAsync($"/streamers/{streamer}", written);
        Assert.That(same.StatusCode, Is.EqualTo(HttpStatusCode.OK), await same.Content.ReadAsStringAsync());
        Assert.That(await SealedAsync(streamer), Is.EqualTo(sealedBefore));
        written["url"] = Address;
        using var whole = await _control.Http.PutAsJsonAsync($"/streamers/{streamer}", written);
        Assert.That((whole.StatusCode, await SealedAsync(streamer)), Is.EqualTo((HttpStatusCode.OK, sealedBefore)), "the same key is no other address: its worker runs on");

        written["url"] = Shown.Replace("live.example", "elsewhere.example", StringComparison.Ordinal);
        using var moved = await _control.Http.PutAsJsonAsync($"/streamers/{streamer}", written);
        Assert.That(moved.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), "no key goes to another host than the one that it was given for");
        written["url"] = "https://x.example/live.m3u8";
        using var plain = await _control.Http.PutAsJsonAsync($"/streamers/{streamer}", written);
        Assert.That((plain.StatusCode, await SealedAsync(streamer)), Is.EqualTo((HttpStatusCode.OK, (string?)null)));
    }

    [TestCase("rtmp://live.example", "names no application and no stream key")]
    [TestCase("rtmp://live.example/s3cret", "has no stream key behind the application")]
    [TestCase("rtmp://live.example/live/****", "holds ****")]
    [TestCase("rtmp:live.example/live/s3cret", "is no address")]
    [TestCase("rtmpt://live.example/live/s3cret", "is 'rtmpt://live.example/live/****': give an absolute http or https address")]
    [TestCase("srt://us3r:passw0rd@live.example:9000?streamid=s3cret", "is 'srt://****@live.example:9000")]
    [TestCase("https://us3r:passw0rd@live.example/a.m3u8", "is 'https://****@live.example/a.m3u8': give an absolute http or https address without a user name")]
    public async Task Other_addresses_are_refused_with_the_reason_and_without_their_secrets(string url, string reason)
    {
        foreach (var field in (string[])["url", "chat_url"])
        {
            var body = new JsonObject { ["name"] = "refused", ["url"] = "https://x.example", [field] = url };
            using var response = await _control.Http.PostAsJsonAsync("/streamers", body);
            var text = await response.Content.ReadAsStringAsync();
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            AssertNoSecret(text, field);
            if (field == "url") Assert.That(JsonNode.Parse(text)!["errors"]![field]![0]!.ToString(), Does.StartWith($"{field} {reason}"));
        }
    }

    [Test]
    public async Task The_form_keeps_the_key_and_never_shows_it()
    {
        var (status, page) = await SendAsync("/app/streamers/new", "", Address);
        Assert.That(status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(page, Does.Contain("value=\"rtmp://live.example:1936/live/\"").And.Contain("type it once more"));
        AssertNoSecret(page, "a form with a fault");

        (status, page) = await SendAsync("/app/streamers/new", "formed", Address);
        Assert.That(status, Is.EqualTo(HttpStatusCode.OK));
        AssertNoSecret(page, "the list");
        var streamer = await _control.ScalarAsync<Guid>("select id from streamer");
        var sealedBefore = await SealedAsync(streamer);
        Assert.That(_control.Get<AddressSeal>().Open(sealedBefore!), Is.EqualTo(Address));
        Assert.That(await _control.Http.GetStringAsync($"/app/streamers/{streamer}"), Does.Contain($"value=\"{Shown}\""));

        (_, page) = await SendAsync($"/app/streamers/{streamer}", "", Shown);
        Assert.That(page, Does.Contain($"value=\"{Shown}\"").And.Not.Contain("type it once more"), "what is kept needs no typing");
        (status, _) = await SendAsync($"/app/streamers/{streamer}", "renamed", Shown);
        Assert.That((status, await SealedAsync(streamer)), Is.EqualTo((HttpStatusCode.OK, sealedBefore)));
        Assert.That(await _control.ScalarAsync<string>("select name from streamer"), Is.EqualTo("renamed"));
    }

    [Test]
    public async Task Another_secret_key_opens_the_addresses_only_beside_the_one_before()
    {
        var streamer = await AddAsync("rotated");
        await using (var agent = await FakeAgent.ConnectAsync(_control)) await agent.DesiredAsync(d => d.Assignments.Count == 1);
        await _control.StopAsync();
        var box = await SealedAsync(streamer);

        var refusal = Assert.ThrowsAsync<StartupException>(() => CheckAsync(old: null));
        Assert.That(refusal!.Message, Does.Contain("'rotated'").And.Contain("SECRET_KEY_OLD"));
        Assert.That(await SealedAsync(streamer), Is.EqualTo(box));

        await CheckAsync(old: TestControlPlane.Secret);
        Assert.That(NewSeal.Open((await SealedAsync(streamer))!), Is.EqualTo(Address));
        Assert.That(await _control.ScalarAsync<string>("select sealed_url from process"), Is.EqualTo(await SealedAsync(streamer)), "the planner sees no other address");
        await CheckAsync(old: null);
    }

    [Test]
    public void The_database_takes_no_key_in_the_clear() =>
        Assert.That(
            () => _control.ExecuteAsync("insert into streamer (id, name, url, active, created_at, updated_at) values (gen_random_uuid(), 'x', 'rtmp://h/live/key', false, now(), now())"),
            Throws.TypeOf<Npgsql.PostgresException>().With.Property("ConstraintName").EqualTo("streamer_key_is_sealed"));

    private const string NewSecret = "another secret key, long enough as well";

    private static AddressSeal NewSeal => new(new SecretKey(Encoding.UTF8.GetBytes(NewSecret)));

    private async Task CheckAsync(string? old)
    {
        var options = new ControlPlaneOptions { DataDirectory = "/nowhere", Storages = [], SecretKey = NewSecret, OldSecretKey = old };
        await using var postgres = new Postgres(_control.Connection);
        await new SealedAddresses(postgres, NewSeal, options, new Logger<SealedAddresses>(new LogCapture())).StartAsync(CancellationToken.None);
    }

    private async Task<Guid> AddAsync(string name)
    {
        using var response = await _control.Http.PostAsJsonAsync("/streamers", new { name, url = Address });
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created), await response.Content.ReadAsStringAsync());
        var added = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.That(added["url"]!.ToString(), Is.EqualTo(Shown));
        return added["id"]!.GetValue<Guid>();
    }

    private async Task<(HttpStatusCode Status, string Page)> SendAsync(string path, string name, string url)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["name"] = name, ["url"] = url, ["chat_url"] = "" });
        using var response = await _control.Http.PostAsync(path, form);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private Task<string?> SealedAsync(Guid streamer) => _control.ScalarAsync<string>("select sealed_url from streamer where id = @streamer", new { streamer });

    /// <summary>All rows of all tables.</summary>
    private Task<string?> DatabaseAsync() => _control.ScalarAsync<string>(
        """
        select string_agg(query_to_xml(format('select * from %I', relname), true, false, '')::text, '') from pg_class
        where relkind = 'r' and relnamespace = current_schema()::regnamespace
        """);

    private static void AssertNoSecret(string text, string where)
    {
        foreach (var secret in Secrets) Assert.That(text, Does.Not.Contain(secret), where);
    }
}
