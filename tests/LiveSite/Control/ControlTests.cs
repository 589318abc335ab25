using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using static StreamClips.LiveSite.Tests.LiveSiteFixture;

namespace StreamClips.LiveSite.Tests.Control;

[TestFixture]
internal sealed class ControlTests
{
    [Test]
    public async Task A_surge_tells_its_moment_which_lies_just_ahead_on_the_grid_of_frames()
    {
        var before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var surge = await ControlAsync($"channels/{Chatty}/surge", new { multiplier = 2, duration = 5 });
        var after = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var moment = surge.GetProperty("moment_ms").GetInt64();
        Assert.Multiple(() =>
        {
            Assert.That(moment, Is.InRange(before + 50, after + 1000));
            Assert.That(moment % 50, Is.Zero);
            Assert.That(surge.GetProperty("moment").GetDateTimeOffset().ToUnixTimeMilliseconds(), Is.EqualTo(moment));
        });
        var state = await StateAsync(Chatty);
        Assert.That(state.GetProperty("surges").EnumerateArray().Select(s => s.GetProperty("moment_ms").GetInt64()), Does.Contain(moment));
    }

    [TestCase("surge", """{"multiplier": 0.5, "duration": "long", "colour": "red"}""", "multiplier", "duration", "colour")]
    [TestCase("surge", """{"multiplier": 1e9}""", "multiplier")]
    [TestCase("faults", "{}", "kind")]
    [TestCase("faults", """{"kind": "earthquake"}""", "kind")]
    [TestCase("faults", """{"kind": "status", "target": "moon", "status": 200, "count": 0}""", "target", "status", "count")]
    [TestCase("faults", """{"kind": "bad_playlist", "target": "segment", "shape": "odd"}""", "target", "shape")]
    [TestCase("faults", """{"kind": "stall", "count": 3}""", "count")]
    [TestCase("faults", """{"kind": "slow", "target": "segment", "bytes_per_second": 0}""", "bytes_per_second")]
    public async Task Bad_input_names_every_wrong_field(string path, string body, params string[] fields)
    {
        var (status, problem) = await PostAsync($"/control/channels/{Chatty}/{path}", body);
        Assert.That(status, Is.EqualTo(400));
        Assert.That(problem.GetProperty("errors").EnumerateObject().Select(e => e.Name), Is.EquivalentTo(fields));
    }

    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("7")]
    public async Task A_body_that_is_no_object_is_a_problem(string body)
    {
        var (status, problem) = await PostAsync($"/control/channels/{Chatty}/surge", body);
        Assert.That((status, problem.GetProperty("title").GetString()), Is.EqualTo((400, "Malformed body")));
    }

    [Test]
    public async Task An_unknown_channel_is_told_with_those_there_are()
    {
        var (status, problem) = await PostAsync("/control/channels/nobody/surge", "{}");
        Assert.That(status, Is.EqualTo(404));
        Assert.That(problem.GetProperty("detail").GetString(), Does.Contain("nobody").And.Contain(Chatty));
    }

    [Test]
    public async Task Requests_and_bytes_are_counted_by_channel_and_kind()
    {
        await PlaylistAsync(Chatty);
        var before = (await StateAsync(Chatty)).GetProperty("requests").GetProperty("segment");
        var segment = (await PlaylistAsync(Chatty)).Segments[^1].Address;
        using var request = new HttpRequestMessage(HttpMethod.Get, segment) { Headers = { Range = new RangeHeaderValue(0, 0) } };
        using var one = await Http.SendAsync(request);
        Assert.That(((int)one.StatusCode, one.Content.Headers.ContentLength, one.Content.Headers.ContentRange?.To), Is.EqualTo((206, 1L, 0L)));
        using var none = await Http.GetAsync(new Uri(segment, "999999.ts"));
        Assert.That((int)none.StatusCode, Is.EqualTo(404));
        var after = (await StateAsync(Chatty)).GetProperty("requests").GetProperty("segment");
        Assert.That(after.GetProperty("bytes").GetInt64() - before.GetProperty("bytes").GetInt64(), Is.EqualTo(1 + "no such segment, or no longer\n".Length));
        Assert.That(after.GetProperty("refused").GetInt64() - before.GetProperty("refused").GetInt64(), Is.EqualTo(1));
    }

    private static async Task<(int Status, JsonElement Problem)> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync(new Uri(path, UriKind.Relative), content);
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        return ((int)response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.Clone());
    }
}
