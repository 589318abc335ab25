using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Tests.Http;

public sealed class EntityTagTests
{
    private TestControlPlane _control = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _control = await TestControlPlane.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _control.DisposeAsync();

    [TestCase("*", true)]
    [TestCase("\"7\"", true)]
    [TestCase("\"7.0f1e2d3c4b5a6978\"", true)]
    [TestCase("\"6\", \"7\"", true)]
    [TestCase("\"6\",W/\"7\"", false, Description = "a weak tag never matches (RFC 9110 section 13.1.1)")]
    [TestCase("W/\"7\"", false)]
    [TestCase("\"70\"", false)]
    [TestCase("\"\"", false)]
    [TestCase("\"seven\"", false)]
    public void A_change_goes_on_where_a_strong_tag_names_the_version(string header, bool goesOn)
    {
        var refusal = EntityTag.Refusal(Request(header), 7, out var expected);

        Assert.That(refusal is null, Is.EqualTo(goesOn));
        Assert.That(((IStatusCodeHttpResult?)refusal)?.StatusCode, Is.EqualTo(goesOn ? null : 412));
        Assert.That(expected, Is.EqualTo(header == "*" ? null : 7L));
    }

    [TestCase("7")]
    [TestCase("\"7")]
    [TestCase("\"7\" \"8\"")]
    [TestCase("\"7\";")]
    public void What_is_no_tag_is_told_rather_than_taken_for_no_condition(string header) =>
        Assert.That(((IStatusCodeHttpResult?)EntityTag.Refusal(Request(header), 7, out _))?.StatusCode, Is.EqualTo(400));

    [Test]
    public void Garbage_in_a_condition_is_never_an_exception_and_never_lets_another_version_pass()
    {
        var random = new Random(20261123);
        for (var i = 0; i < 50_000; i++)
        {
            var header = new string([.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => "\"W/*, .7\\;\u00e9\t1"[random.Next(13)])]);
            if (EntityTag.Refusal(Request(header), 7, out _) is null)
                Assert.That(header.Trim(' ', '\t', ',') is "*" || header.Contains("\"7\"", StringComparison.Ordinal) || header.Contains("\"7.", StringComparison.Ordinal) || string.IsNullOrWhiteSpace(header), Is.True, header);
        }
    }

    [Test]
    public async Task Two_who_change_the_same_version_do_not_overwrite_each_other()
    {
        var id = await _control.AddStreamerAsync("contested");
        var tag = await TagAsync(id);

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => PutAsync(id, $"contested{i}", tag)));

        Assert.That(answers.Count(a => a.Status == 200), Is.EqualTo(1));
        Assert.That(answers.Count(a => a.Status == 412), Is.EqualTo(5));
        Assert.That(answers.First(a => a.Status == 412).Body, Does.Contain("changed by somebody else meanwhile").And.Contains("send it with the new ETag as If-Match"));
        Assert.That((await _control.GetAsync($"/streamers/{id}"))["version"]!.GetValue<long>(), Is.EqualTo(2));
    }

    [Test]
    public async Task The_answer_to_a_change_carries_the_tag_for_the_next_one()
    {
        var id = await _control.AddStreamerAsync("chained");
        var first = await PutAsync(id, "chained2", await TagAsync(id));
        var second = await PutAsync(id, "chained3", first.Tag);

        Assert.That((first.Status, second.Status), Is.EqualTo((200, 200)));
    }

    [Test]
    public async Task A_deletion_of_another_version_is_refused()
    {
        var id = await _control.AddStreamerAsync("kept");
        var tag = await TagAsync(id);
        await PutAsync(id, "kept2", null);

        Assert.That(await DeleteAsync(id, tag), Is.EqualTo(HttpStatusCode.PreconditionFailed));
        Assert.That(await DeleteAsync(id, await TagAsync(id)), Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task Who_has_the_answer_already_is_told_that_only_while_all_of_it_is_the_same()
    {
        var id = await _control.AddStreamerAsync("read", active: false);
        var tag = await TagAsync(id);

        Assert.That(await ReadAsync(id, tag!), Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That(await ReadAsync(id, "W/" + tag), Is.EqualTo(HttpStatusCode.NotModified));
        await _control.ExecuteAsync("update streamer set waiting = 'no node has room' where id = @id", new { id });
        Assert.That(await ReadAsync(id, tag!), Is.EqualTo(HttpStatusCode.OK), "what the machine says is in the answer, and not in the version");
        Assert.That((await PutAsync(id, "read", tag)).Status, Is.EqualTo(200), "nobody changed what is being changed");
    }

    private static HttpRequest Request(string header)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.IfMatch = new StringValues(header);
        return request;
    }

    private async Task<string?> TagAsync(Guid id)
    {
        using var response = await _control.Http.GetAsync($"/streamers/{id}");
        return response.Headers.ETag!.ToString();
    }

    private async Task<(int Status, string Body, string? Tag)> PutAsync(Guid id, string name, string? tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/streamers/{id}") { Content = JsonContent.Create(new { name, url = "https://www.twitch.tv/x", active = false }) };
        if (tag is not null) request.Headers.TryAddWithoutValidation("If-Match", tag);
        using var response = await _control.Http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ETag?.ToString());
    }

    private async Task<HttpStatusCode> DeleteAsync(Guid id, string? tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"/streamers/{id}");
        request.Headers.TryAddWithoutValidation("If-Match", tag);
        using var response = await _control.Http.SendAsync(request);
        return response.StatusCode;
    }

    private async Task<HttpStatusCode> ReadAsync(Guid id, string tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/streamers/{id}");
        request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        using var response = await _control.Http.SendAsync(request);
        return response.StatusCode;
    }
}
