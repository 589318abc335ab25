using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.NodeLink;
using StreamClips.ControlPlane.Tests.Accounts;
using StreamClips.ControlPlane.Tests.NodeLink;

namespace StreamClips.ControlPlane.Tests.Audit;

/// <summary>Walks every route that writes: each must leave an entry that names the admin and the request.</summary>
[Category("Slow")]
public sealed class EveryWriteTests : ControlPlaneFixture
{
    private readonly Dictionary<string, Func<Task<HttpResponseMessage>>> _writes = [];
    private HttpClient _admin = null!;

    [SetUp]
    public async Task PrepareAsync()
    {
        _admin = await _control.SignedInAsync("admin", TestControlPlane.Password);
        await _control.ExecuteAsync(
            "insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values ('node-1', 'h', '1', 'b', 9, 'lost', now(), now(), now())");
        _writes.Clear();
        AddUsers();
        AddPagesAboutPeople();
        AddStreamers();
        AddProcessesAndClips();
        AddNodes();
        AddSigningInAndOut();
    }

    [TearDown]
    public void PutAway() => _admin.Dispose();

    [Test]
    public async Task Every_route_that_writes_leaves_an_entry_of_who_and_by_which_request()
    {
        var routes = RouteAccessTests.Routes(_control).Select(r => r.Key).Where(k => !HttpMethods.IsGet(k.Split(' ')[0]) && !HttpMethods.IsHead(k.Split(' ')[0]));
        Assert.That(_writes.Keys, Is.EquivalentTo(routes), "a route that writes wants an example here");

        var silent = new List<string>();
        foreach (var (route, send) in _writes)
        {
            var last = await _control.ScalarAsync<long>("select coalesce(max(id), 0) from audit");
            using var response = await send();
            var via = $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri!.AbsolutePath}";
            var entries = await _control.ScalarAsync<long>("select count(*) from audit where id > @last and actor = 'admin' and actor_kind = 'session' and via = @via", new { last, via });
            if (entries == 0) silent.Add($"{route}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        }

        Assert.That(silent, Is.Empty);
    }

    private void AddUsers()
    {
        _writes["POST /users"] = () => _admin.PostAsJsonAsync("/users", new { username = "a1", password = Callers.Password, role = "viewer" });
        _writes["PUT /users/{id}"] = async () => await _admin.PutAsJsonAsync($"/users/{await _control.AddUserAsync("a2", Role.Viewer)}", new { role = "operator" });
        _writes["PUT /users/{id}/password"] = async () => await _admin.PutAsJsonAsync($"/users/{await _control.AddUserAsync("a3", Role.Viewer)}/password", new { password = "a fresh password" });
        _writes["DELETE /users/{id}"] = async () => await _admin.DeleteAsync($"/users/{await _control.AddUserAsync("a4", Role.Viewer)}");
        _writes["POST /tokens"] = () => _admin.PostAsJsonAsync("/tokens", new { name = "t", scope = "read" });
        _writes["DELETE /tokens/{id}"] = async () => await _admin.DeleteAsync($"/tokens/{(await _admin.TokenAsync("read")).Id}");
        _writes["DELETE /sessions/{id}"] = async () =>
        {
            using var other = await _control.SignedInAsync("admin", TestControlPlane.Password);
            return await _admin.DeleteAsync($"/sessions/{await _control.ScalarAsync<Guid>("select id from session order by created_at desc limit 1")}");
        };
    }

    private void AddPagesAboutPeople()
    {
        _writes["POST /app/users"] = () => FormAsync("/app/users", ("username", "b1"), ("password", Callers.Password), ("role", "viewer"));
        _writes["POST /app/users/{id}/role"] = async () => await FormAsync($"/app/users/{await _control.AddUserAsync("b2", Role.Viewer)}/role", ("role", "operator"));
        _writes["POST /app/users/{id}/password"] = async () => await FormAsync($"/app/users/{await _control.AddUserAsync("b3", Role.Viewer)}/password", ("password", "a fresh password"));
        _writes["POST /app/users/{id}/delete"] = async () => await FormAsync($"/app/users/{await _control.AddUserAsync("b4", Role.Viewer)}/delete");
        _writes["POST /app/access/tokens"] = () => FormAsync("/app/access/tokens", ("name", "t"), ("scope", "read"), ("days", "9"));
        _writes["POST /app/access/tokens/{id}/revoke"] = async () => await FormAsync($"/app/access/tokens/{(await _admin.TokenAsync("read")).Id}/revoke");
        _writes["POST /app/access/sessions/{id}/end"] = async () =>
        {
            using var other = await _control.SignedInAsync("admin", TestControlPlane.Password);
            return await FormAsync($"/app/access/sessions/{await _control.ScalarAsync<Guid>("select id from session order by created_at desc limit 1")}/end");
        };
    }

    private void AddStreamers()
    {
        _writes["POST /streamers/import"] = () => _admin.PostAsJsonAsync("/streamers/import", (object[])[new { name = "imported", url = "https://x.example" }]);
        _writes["POST /streamers"] = () => _admin.PostAsJsonAsync("/streamers", new { name = "s1", url = "https://x.example" });
        _writes["PUT /streamers/{id}"] = async () => await _admin.PutAsJsonAsync($"/streamers/{await StreamerAsync("s2")}", new { name = "s2b", url = "https://x.example" });
        _writes["DELETE /streamers/{id}"] = async () => await _admin.DeleteAsync($"/streamers/{await StreamerAsync("s3")}");
        _writes["PUT /settings"] = () => _admin.PutAsJsonAsync("/settings", new { clip_duration = 33 });
        _writes["POST /app/settings"] = () => FormAsync("/app/settings", ("clip_duration", "37"));
        _writes["POST /app/settings/rollback/{version}"] = async () =>
        {
            using var put = await _admin.PutAsJsonAsync("/settings", new { clip_duration = 38 });
            return await FormAsync("/app/settings/rollback/1");
        };
        _writes["POST /app/streamers/{id}/settings/rollback/{version}"] = async () =>
        {
            var id = await StreamerAsync("s12");
            using var put = await _admin.PutAsJsonAsync($"/streamers/{id}/settings", new { clip_duration = 39 });
            return await FormAsync($"/app/streamers/{id}/settings/rollback/1");
        };
        _writes["PUT /streamers/{id}/settings"] = async () => await _admin.PutAsJsonAsync($"/streamers/{await StreamerAsync("s10")}/settings", new { clip_duration = 34 });
        _writes["POST /settings/rollback"] = async () =>
        {
            using var put = await _admin.PutAsJsonAsync("/settings", new { clip_duration = 35 });
            return await _admin.PostAsJsonAsync("/settings/rollback", new { version = 1 });
        };
        _writes["POST /streamers/{id}/settings/rollback"] = async () =>
        {
            var id = await StreamerAsync("s11");
            using var put = await _admin.PutAsJsonAsync($"/streamers/{id}/settings", new { clip_duration = 36 });
            return await _admin.PostAsJsonAsync($"/streamers/{id}/settings/rollback", new { version = 1 });
        };
        _writes["POST /app/streamers/new"] = () => FormAsync("/app/streamers/new", ("name", "s4"), ("url", "https://x.example/a.m3u8"), ("chat_url", "https://www.twitch.tv/x"));
        _writes["POST /app/streamers/{id}"] = async () => await FormAsync($"/app/streamers/{await StreamerAsync("s5")}", ("name", "s5b"), ("url", "https://www.twitch.tv/x"));
        _writes["POST /app/streamers/{id}/activate"] = async () => await FormAsync($"/app/streamers/{await StreamerAsync("s6")}/activate");
        _writes["POST /app/streamers/{id}/deactivate"] = async () => await FormAsync($"/app/streamers/{await StreamerAsync("s7", active: true)}/deactivate");
        _writes["POST /app/streamers/{id}/delete"] = async () => await FormAsync($"/app/streamers/{await StreamerAsync("s8")}/delete");
        _writes["POST /app/streamers/{id}/start"] = async () => await FormAsync($"/app/streamers/{await StreamerAsync("s9")}/start");
    }

    private void AddNodes()
    {
        _writes["POST /tokens/join"] = () => _admin.PostAsJsonAsync("/tokens/join", new { });
        _writes["DELETE /tokens/join/{id}"] = async () =>
        {
            await _control.JoinTokenAsync();
            return await _admin.DeleteAsync($"/tokens/join/{await _control.ScalarAsync<Guid>("select id from join_token where revoked_at is null limit 1")}");
        };
        _writes["POST /nodes/rebalance"] = () => _admin.PostAsync("/nodes/rebalance", null);
        _writes["POST /app/nodes/rebalance"] = () => FormAsync("/app/nodes/rebalance");
        // In this order each changes something.
        _writes["POST /nodes/{id}/drain"] = () => _admin.PostAsync("/nodes/node-1/drain", null);
        _writes["POST /nodes/{id}/undrain"] = () => _admin.PostAsync("/nodes/node-1/undrain", null);
        _writes["POST /app/nodes/{id}/drain"] = () => FormAsync("/app/nodes/node-1/drain");
        _writes["POST /app/nodes/{id}/undrain"] = () => FormAsync("/app/nodes/node-1/undrain");
        _writes["POST /nodes/{id}/revoke"] = () => _admin.PostAsync("/nodes/node-1/revoke", null);
        _writes["POST /nodes/{id}/retire"] = () => _admin.PostAsync("/nodes/node-1/retire", null);
    }

    private void AddProcessesAndClips()
    {
        _writes["POST /stream-clips/{id}/start"] = async () => await _admin.PostAsync($"/stream-clips/{await StreamerAsync("p1")}/start", null);
        _writes["POST /stream-clips/{id}/stop"] = async () => await _admin.PostAsync($"/stream-clips/{await ProcessAsync("p2")}/stop", null);
        _writes["POST /app/processes/{id}/stop"] = async () => await FormAsync($"/app/processes/{await ProcessAsync("p3")}/stop");
        _writes["POST /storage/check"] = () => _admin.PostAsJsonAsync("/storage/check", new { });
        _writes["POST /storage/{name}/forget"] = async () =>
        {
            var clip = await ClipAsync();
            await _control.ExecuteAsync("update clip_file set storage = 'gone' where clip_id = @clip", new { clip });
            await _control.ExecuteAsync("update clip set removing_at = now(), removal = 'deleted', removal_next_at = now() + interval '1 hour' where id = @clip", new { clip });
            return await _admin.PostAsync("/storage/gone/forget", null);
        };
        _writes["DELETE /clips/{id}"] = async () => await _admin.DeleteAsync($"/clips/{await ClipAsync()}");
        _writes["PATCH /clips/{id}"] = async () => await _admin.PatchAsJsonAsync($"/clips/{await ClipAsync()}", new { note = "a good one" });
        _writes["POST /clips/bulk"] = async () => await _admin.PostAsJsonAsync("/clips/bulk", new { ids = (Guid[])[await ClipAsync()], favourite = true });
        _writes["POST /app/clips/{id}/favourite"] = async () => await FormAsync($"/app/clips/{await ClipAsync()}/favourite", ("favourite", "true"));
        _writes["POST /app/clips/{id}/words"] = async () => await FormAsync($"/app/clips/{await ClipAsync()}/words", ("tags", "one, two"), ("note", "n"));
        _writes["POST /app/clips/bulk"] = async () => await FormAsync("/app/clips/bulk", ("id", $"{await ClipAsync()}"), ("do", "favourite"));
        _writes["POST /app/clips/{id}/delete"] = async () => await FormAsync($"/app/clips/{await ClipAsync()}/delete");
    }

    private void AddSigningInAndOut()
    {
        // It ends all the other sessions.
        _writes["PUT /users/me/password"] = () => _admin.PutAsJsonAsync("/users/me/password", new { current_password = TestControlPlane.Password, password = TestControlPlane.Password });
        _writes["POST /app/access/password"] = () =>
            FormAsync("/app/access/password", ("current_password", TestControlPlane.Password), ("password", TestControlPlane.Password), ("again", TestControlPlane.Password));
        _writes["POST /auth/login"] = () => _admin.PostAsJsonAsync("/auth/login", new { username = "admin", password = TestControlPlane.Password });
        _writes["POST /app/sign-in"] = () => FormAsync("/app/sign-in", ("username", "admin"), ("password", TestControlPlane.Password));
        _writes["POST /app/sign-out"] = () => FormAsync("/app/sign-out");
        _writes["POST /auth/logout"] = async () =>
        {
            await _control.SignInAsync(_admin);
            return await _admin.PostAsync("/auth/logout", null);
        };
    }

    private Task<HttpResponseMessage> FormAsync(string path, params (string Name, string Value)[] fields) =>
        _admin.PostAsync(path, new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));

    private Task<Guid> StreamerAsync(string name, bool active = false) => _control.AddStreamerAsync(name, active);

    private async Task<Guid> ProcessAsync(string name) => await _control.ScalarAsync<Guid>(
        """
        insert into process (id, streamer_id, node_id, epoch, streamer_name, url, settings, placement, wished, state, revision, created_at)
        values (gen_random_uuid(), @streamer, 'node-1', 1, @name, 'https://x.example', '{}', '', 'run', 'running', 1, now()) returning id
        """, new { streamer = await StreamerAsync(name, active: true), name });

    private async Task<Guid> ClipAsync()
    {
        var clip = TestClip.Report(Guid.NewGuid(), Guid.NewGuid(), $"alpha/{Guid.NewGuid()}.mp4");
        Assert.That(await _control.Get<ClipReportStore>().TakeAsync("node-1", clip, CancellationToken.None), Is.Null);
        return await _control.ScalarAsync<Guid>("select id from clip order by saved_at desc limit 1");
    }
}
