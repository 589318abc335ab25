using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Tests.Accounts;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Http;

/// <summary>If-Match of what lets somebody in: users, tokens, sessions, nodes and what makes nodes.</summary>
[Category("Slow")]
public sealed class ConditionTests
{
    private TestControlPlane _control = null!;

    // One for all: they touch different things.
    [OneTimeSetUp]
    public async Task StartAsync() => _control = await TestControlPlane.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _control.DisposeAsync();

    [Test]
    public async Task A_node_is_changed_only_as_it_was_seen_and_what_its_agent_reports_is_no_change()
    {
        await using var agent = await FakeAgent.ConnectAsync(_control, "node-a");
        var seen = await TagAsync("/nodes/node-a");
        var empty = await agent.DesiredAsync(_ => true);
        await agent.SayAsync(new() { NodeStatus = new() { AppliedRevision = empty.Revision, Health = new() { Cores = 3 } } });
        await Eventually.TrueAsync(async () => (await _control.GetAsync("/nodes/node-a"))["cores"]!.GetValue<int>() == 3, "it has reported");

        var drained = await SendAsync(HttpMethod.Post, "/nodes/node-a/drain", seen);
        Assert.That(drained.Status, Is.EqualTo(200), "its report made no new version");
        Assert.That((await SendAsync(HttpMethod.Post, "/nodes/node-a/undrain", seen)).Status, Is.EqualTo(412));
        Assert.That((await SendAsync(HttpMethod.Post, "/nodes/node-a/retire", seen)).Status, Is.EqualTo(412));
        Assert.That((await _control.GetAsync("/nodes/node-a"))["draining"]!.GetValue<bool>(), Is.True, "what is refused changes nothing");
        Assert.That((await SendAsync(HttpMethod.Post, "/nodes/node-a/undrain", drained.Tag)).Status, Is.EqualTo(200), "the answer carries the tag for the next change");
        Assert.That((await SendAsync(HttpMethod.Post, "/nodes/node-a/undrain", await TagAsync("/nodes/node-a"))).Tag, Does.StartWith("\"3."), "what is so already is no change");
        Assert.That((await SendAsync(HttpMethod.Post, "/nodes/node-a/revoke", "\"3\"")).Status, Is.EqualTo(200));
        Assert.That((await SendAsync(HttpMethod.Post, "/nodes/node-a/revoke", "\"3\"")).Status, Is.EqualTo(412));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from audit where subject = 'node' and (before ? 'version' or after ? 'version')"), Is.Zero);
    }

    [Test]
    public async Task A_join_token_is_revoked_only_while_it_has_let_in_nobody_else()
    {
        using var made = await _control.Http.PostAsJsonAsync("/tokens/join", new { uses = 3 });
        var path = $"/tokens/join/{(await made.Content.ReadFromJsonAsync<JsonNode>())!["id"]}";
        var seen = await TagAsync(path);
        Assert.That((await _control.GetAsync(path)).ToJsonString(), Does.Contain("\"state\":\"active\"").And.Not.Contain("scj_"));
        await _control.ExecuteAsync("update join_token set used = used + 1 where id = @id", new { id = Guid.Parse(path.Split('/')[^1]) });

        Assert.That((await SendAsync(HttpMethod.Delete, path, seen)).Status, Is.EqualTo(412));
        Assert.That((await _control.GetAsync(path))["state"]!.ToString(), Is.EqualTo("active"));
        Assert.That((await SendAsync(HttpMethod.Delete, path, await TagAsync(path))).Status, Is.EqualTo(204));
        Assert.That((await SendAsync(HttpMethod.Delete, path, null)).Status, Is.EqualTo(204), "without a condition it stays as it was");
        Assert.That((await SendAsync(HttpMethod.Get, $"/tokens/join/{Guid.NewGuid()}", null)).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task One_sees_and_revokes_ones_own_tokens_and_sessions_and_nobody_elses()
    {
        await _control.AddUserAsync("vera", Role.Viewer);
        using var vera = await _control.SignedInAsync("vera");
        await vera.TokenAsync("read");
        await _control.Http.TokenAsync("read");
        foreach (var list in (string[])["/tokens", "/sessions"])
        {
            var mine = (await vera.GetFromJsonAsync<JsonNode>(list))!["items"]![0]!["id"]!.ToString();
            var others = (await _control.GetAsync(list))["items"]![0]!["id"]!.ToString();
            using var hidden = await vera.GetAsync($"{list}/{others}");
            using var shown = await vera.GetAsync($"{list}/{mine}");
            Assert.That(((int)hidden.StatusCode, (int)shown.StatusCode), Is.EqualTo((404, 200)), list);
            Assert.That((await SendAsync(HttpMethod.Delete, $"{list}/{mine}", "\"2\"")).Status, Is.EqualTo(412), list);
            Assert.That((await SendAsync(HttpMethod.Delete, $"{list}/{mine}", shown.Headers.ETag!.ToString())).Status, Is.EqualTo(204), "an admin may end any");
        }
    }

    [Test]
    public async Task A_password_is_set_only_for_the_user_that_was_seen()
    {
        var path = $"/users/{await _control.AddUserAsync("paul", Role.Viewer)}";
        var seen = await TagAsync(path);
        using var changed = await _control.Http.PutAsJsonAsync(path, new { role = "operator" });

        var body = new { password = "a staple for the horse" };
        Assert.That((await SendAsync(HttpMethod.Put, $"{path}/password", seen, body)).Status, Is.EqualTo(412));
        Assert.That((await SendAsync(HttpMethod.Put, $"{path}/password", await TagAsync(path), body)).Status, Is.EqualTo(204));
        using var paul = await _control.SignedInAsync("paul", body.password);
    }

    private async Task<string> TagAsync(string path)
    {
        using var response = await _control.Http.GetAsync(path);
        return response.EnsureSuccessStatusCode().Headers.ETag!.ToString();
    }

    private async Task<(int Status, string? Tag)> SendAsync(HttpMethod method, string path, string? tag, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (tag is not null) request.Headers.TryAddWithoutValidation("If-Match", tag);
        using var response = await _control.Http.SendAsync(request);
        return ((int)response.StatusCode, response.Headers.ETag?.ToString());
    }
}
