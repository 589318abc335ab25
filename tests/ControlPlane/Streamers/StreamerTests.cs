using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace StreamClips.ControlPlane.Tests.Streamers;

public sealed class StreamerTests
{
    private TestControlPlane _control = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _control = await TestControlPlane.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _control.DisposeAsync();

    [Test]
    public async Task Every_field_s_fault_is_told_at_once()
    {
        var (status, problem) = await PostAsync("""{"name":"","url":"foo","chat_url":"ftp://x.example/y","active":"yes","settings":{"clip_duration":1,"zoom":2},"surprise":1}""");

        Assert.That(status, Is.EqualTo(400));
        var errors = problem["errors"]!.AsObject();
        Assert.That(errors.Select(e => e.Key), Is.EquivalentTo((string[])["name", "url", "chat_url", "active", "settings.zoom", "surprise"]));
        Assert.That(errors["url"]![0]!.ToString(), Is.EqualTo("url is 'foo': give an absolute http or https address without a user name, or rtmp://HOST/APP/KEY"));
        Assert.That(errors["active"]![0]!.ToString(), Is.EqualTo("active is 'yes': give true or false"));
    }

    [Test]
    public async Task Settings_are_checked_together_with_the_defaults()
    {
        var (_, problem) = await PostAsync("""{"name":"a","url":"https://x.example","settings":{"window_timespan":200}}""");

        Assert.That(problem["errors"]!["settings.window_timespan"]![0]!.ToString(), Does.Contain("not shorter than baseline_duration (180 s)"));
    }

    [TestCase("{\"name\":\"a\",\n \"url\" \"b\"}", "fault in line 2, position 8")]
    [TestCase("", "fault in line 1, position 1")]
    [TestCase("[]", "the body is a list: send a JSON object")]
    public async Task Malformed_JSON_is_told_where(string body, string told)
    {
        var (status, problem) = await PostAsync(body);

        Assert.That(status, Is.EqualTo(400));
        Assert.That(problem["title"]!.ToString(), Does.Contain(told));
    }

    [TestCase("{\"name\":\"\\ud800\",\"url\":\"https://x.example\"}")]
    [TestCase("{\"\\udc00\":1}")]
    [TestCase("{\"name\":\"caf\u00e9\",\"url\":\"https://x.example\"}")]
    public async Task Text_that_is_no_UTF8_is_refused(string body)
    {
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
        content.Headers.ContentType = new("application/json");
        using var response = await _control.Http.PostAsync("/streamers", content);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("not valid UTF-8"));
    }

    [TestCase("/nodes/a%01b")]
    [TestCase("/nodes/a%00b")]
    [TestCase("/logs?node=a%00b")]
    [TestCase("/streamers?cursor=MCBhAGI")]
    [TestCase("/app/streamers?after=a%00b")]
    public async Task Control_characters_in_an_address_are_refused(string path) =>
        Assert.That((await _control.Http.GetAsync(path)).StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));

    [Test]
    public async Task A_body_that_is_too_long_is_refused()
    {
        var (status, _) = await PostAsync($$"""{"name":"{{new string('a', 2 << 20)}}"}""");

        Assert.That(status, Is.EqualTo(413));
    }

    [Test]
    public async Task A_name_is_taken_in_any_case()
    {
        await _control.AddStreamerAsync("Taken", active: false);

        var (status, problem) = await PostAsync("""{"name":"tAKEN","url":"https://x.example"}""");

        Assert.That(status, Is.EqualTo(409));
        Assert.That(problem["title"]!.ToString(), Is.EqualTo("there is already a streamer 'tAKEN'"));
    }

    [Test]
    public async Task The_detector_is_a_text_and_all_other_settings_are_numbers()
    {
        var id = await _control.AddStreamerAsync("detected", active: false, settings: new { detector = "surge", clips_per_hour = 4 });
        Assert.That((await _control.GetAsync($"/streamers/{id}"))["settings"]!.ToJsonString(), Is.EqualTo("""{"detector":"surge","clips_per_hour":4}"""));

        var (status, problem) = await PostAsync("""{"name":"x","url":"https://x.example/a.m3u8","settings":{"detector":3,"clips_per_hour":"4"}}""");
        Assert.That(status, Is.EqualTo(400));
        Assert.That(problem["errors"]!["settings.detector"]![0]!.ToString(), Is.EqualTo("detector is a number: give a text in quotation marks"));
        Assert.That(problem["errors"]!["settings.clips_per_hour"]![0]!.ToString(), Is.EqualTo("clips_per_hour is a text: give a number, without quotation marks"));

        (_, problem) = await PostAsync("""{"name":"x","url":"https://x.example/a.m3u8","settings":{"detector":"magic"}}""");
        Assert.That(problem["errors"]!["settings.detector"]![0]!.ToString(), Is.EqualTo("detector is 'magic': give highlight or surge"));
    }

    [Test]
    public async Task A_streamer_is_changed_and_removed()
    {
        var id = await _control.AddStreamerAsync("changes", active: false);

        using var put = await _control.Http.PutAsJsonAsync($"/streamers/{id}", new { name = "changed", url = "https://x.example/live.m3u8", chat_url = "https://www.twitch.tv/x", settings = new { surge_threshold = 4 } });
        Assert.That(put.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var after = await _control.GetAsync($"/streamers/{id}");
        Assert.That((after["name"]!.ToString(), after["active"]!.GetValue<bool>(), after["version"]!.GetValue<long>()), Is.EqualTo(("changed", false, 2L)), "what is not said of active stays");
        Assert.That(after["settings"]!.ToJsonString(), Is.EqualTo("""{"surge_threshold":4}"""));
        Assert.That((await _control.Http.DeleteAsync($"/streamers/{id}")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await _control.Http.GetAsync($"/streamers/{id}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _control.Http.DeleteAsync($"/streamers/{id}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task A_start_without_a_node_says_why_and_stays_wanted()
    {
        var id = await _control.AddStreamerAsync("lonely", active: false);

        using var response = await _control.Http.PostAsync($"/stream-clips/{id}/start", null);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("lonely cannot start now: no node has ever connected"));
        Assert.That((await _control.GetAsync($"/streamers/{id}"))["active"]!.GetValue<bool>(), Is.True);
        Assert.That((await _control.Http.PostAsync($"/stream-clips/{Guid.NewGuid()}/start", null)).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _control.Http.PostAsync($"/stream-clips/{Guid.NewGuid()}/stop", null)).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("/streamers?limit=0", "limit")]
    [TestCase("/streamers?cursor=x", "cursor")]
    [TestCase("/logs?level=loud&since=yesterday&process=1", "level,process,since")]
    [TestCase("/clips?streamer=x", "streamer")]
    public async Task Faults_of_a_query_are_named(string path, string fields)
    {
        using var response = await _control.Http.GetAsync(path);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>();
        Assert.That(problem!["errors"]!.AsObject().Select(e => e.Key), Is.EquivalentTo(fields.Split(',')));
    }

    [Test]
    public async Task New_defaults_may_not_break_a_streamer_s_own_settings()
    {
        await _control.AddStreamerAsync("own", active: false, settings: new { window_timespan = 100 });

        using var response = await _control.Http.PutAsJsonAsync("/settings", new { baseline_duration = 90 });

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("with the settings of streamer 'own'"));
    }

    [Test]
    public async Task Every_answer_carries_the_security_headers()
    {
        foreach (var path in (string[])["/streamers", "/nowhere", "/health/live"])
        {
            using var response = await _control.Http.GetAsync(path);
            Assert.That(response.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("default-src 'none'"), path);
            Assert.That(response.Headers.GetValues("X-Content-Type-Options").Single(), Is.EqualTo("nosniff"), path);
        }
    }

    private async Task<(int Status, JsonNode Problem)> PostAsync(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _control.Http.PostAsync("/streamers", content);
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }
}
