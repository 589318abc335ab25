using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Tests.Enrollment;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Leadership;

/// <summary>Two control planes as processes on one database, with real agents that run scripted workers.</summary>
[Category("Slow")]
public sealed class ReplicaTests
{
    private const int SigTerm = 15;
    private const int SigStop = 19;
    private const int SigCont = 18;

    private readonly List<ControlPlaneProgram> _replicas = [];
    private readonly List<OtherProgram> _agents = [];
    // Each request on a connection of its own, so that each may come to another replica.
    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { Timeout = TimeSpan.FromSeconds(90) };
    private TemporaryDirectory _directory = null!;
    private string _database = null!;

    [SetUp]
    public async Task MakeAsync()
    {
        _directory = new TemporaryDirectory();
        _database = await TestServer.DatabaseAsync();
    }

    [TearDown]
    public async Task StopAsync()
    {
        // They take their workers with them.
        foreach (var agent in _agents) ControlPlane.Database.Postmaster.Signal(agent.Pid, SigTerm);
        foreach (var agent in _agents)
        {
            await agent.ExitAsync();
            agent.Dispose();
        }

        foreach (var replica in _replicas) replica.Dispose();
        _agents.Clear();
        _replicas.Clear();
        _directory.Dispose();
    }

    [OneTimeTearDown]
    public void Close() => _http.Dispose();

    [Test]
    public async Task When_the_leader_is_killed_the_next_one_leads_and_every_worker_runs_on()
    {
        var (first, second) = (Start("first"), Start("second"));
        var (one, two) = (await first.ReadyAsync(), await second.ReadyAsync());
        await using var balancer = new Balancer { Targets = [await first.ReadyAsync("grpc"), await second.ReadyAsync("grpc")] };
        await Eventually.TrueAsync(async () => await LeadsAsync(one) || await LeadsAsync(two), "one of them leads");
        var (leader, follower, left) = await LeadsAsync(one) ? (first, second, two) : (second, first, one);
        var begun = await ReadyAsync(left);

        // Signed in at one replica, known at the other: to the browser they are one address.
        await using var web = new Balancer { Targets = [one] };
        var address = new Uri($"http://127.0.0.1:{web.Port}");
        await SignInAsync(address);
        web.Targets = [two];
        foreach (var node in (string[])["node-1", "node-2"]) await StartAgentAsync(node, address, balancer);
        await Eventually.TrueAsync(async () => await CountAsync("select count(*) from node where state = 'ready'") == 2, "both nodes are there");
        using var events = await _http.GetAsync(new Uri(address, "/events"), HttpCompletionOption.ResponseHeadersRead);
        web.Targets = [one];
        foreach (var name in (string[])["a", "b", "c", "d"]) await AddAsync(address, name);
        web.Targets = [one, two];
        await Eventually.TrueAsync(async () => await CountAsync("select count(*) from process where state = 'running'") == 4, "all run");
        var before = await RunsAsync();
        using (var reader = new StreamReader(await events.Content.ReadAsStreamAsync()))
            await ReadUntilAsync(reader, "event: streamer.added", "what was done at one replica is told by the other");

        leader.Kill();
        await leader.ExitAsync();
        await Eventually.TrueAsync(() => LeadsAsync(left), "the other one leads");
        var now = await ReadyAsync(left);
        Assert.That(now["term"]!.GetValue<long>(), Is.EqualTo(begun["term"]!.GetValue<long>() + 1));
        Assert.That(now["leader"]!.ToString(), Is.EqualTo(now["replica"]!.ToString()).And.Not.EqualTo(begun["leader"]!.ToString()));
        var at = TimeProvider.System.GetUtcNow();
        await Eventually.TrueAsync(async () => await CountAsync("select count(*) from node where session_id is not null and last_seen_at > @at", new { at }) == 2, "both agents are connected to it");
        await AddAsync(address, "e");
        await Eventually.TrueAsync(async () => await CountAsync("select count(*) from process where state = 'running'") == 5, "it plans");

        Assert.That((await RunsAsync()).Take(4), Is.EqualTo(before), "same processes, same pids, none restarted");
        Assert.That(await CountAsync("select count(*) from process"), Is.EqualTo(5), "nothing was assigned twice");
        Assert.That(Directory.EnumerateFiles(_directory.Path, "starts.log", SearchOption.AllDirectories).Sum(f => File.ReadLines(f).Count()), Is.EqualTo(5), "no worker was started twice");

        // An orderly stop hands over.
        var third = Start("third");
        var last = await third.ReadyAsync();
        balancer.Targets = [await third.ReadyAsync("grpc")];
        follower.Signal(SigTerm);
        Assert.That(await follower.ExitAsync(), Is.Zero);
        Assert.That(follower.Output, Does.Contain("it was given back"));
        await Eventually.TrueAsync(() => LeadsAsync(last), "the third one leads");
    }

    [Test]
    public async Task A_leader_that_was_paused_in_the_middle_of_a_plan_carries_nothing_out_when_it_goes_on()
    {
        var first = Start("first");
        var one = await first.ReadyAsync();
        await Eventually.TrueAsync(() => LeadsAsync(one), "it leads");
        var second = Start("second");
        var two = await second.ReadyAsync();
        await using var holds = new NpgsqlConnection(_database + ";Pooling=false");
        await holds.OpenAsync();
        await holds.ExecuteAsync($"select pg_advisory_lock({AssignmentStore.PlannerLock})");
        await holds.ExecuteAsync(
            """
            insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at)
            select 'node-1', 'h', '1', 'b', 9, 'ready', t, t, t from (select now() + interval '1 hour') v (t);
            insert into streamer (id, name, url, active, created_at, updated_at) values (gen_random_uuid(), 'alpha', 'https://www.twitch.tv/alpha', true, now(), now());
            select pg_notify('streamclips', 'planning');
            """);
        await Eventually.TrueAsync(async () => await CountAsync("select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'advisory'") == 1, "the leader begins to plan");
        first.Signal(SigStop);
        try
        {
            await Eventually.TrueAsync(() => LeadsAsync(two), "the other one leads");
            await holds.ExecuteAsync($"select pg_advisory_unlock({AssignmentStore.PlannerLock})");
        }
        finally
        {
            first.Signal(SigCont);
        }

        await Eventually.TrueAsync(async () => await CountAsync("select count(*) from process") > 0, "a plan is carried out");
        await Eventually.TrueAsync(() => first.Output.Contains("leader.over: this replica leads no longer with term 1", StringComparison.Ordinal), "the first one knows");

        await Eventually.TrueAsync(() => second.Output.Contains("assignment.started: alpha", StringComparison.Ordinal), "the other one tells what it did");
        Assert.That(first.Output, Does.Not.Contain("assignment.started"));
        Assert.That(await CountAsync("select count(*) from process"), Is.EqualTo(1));
    }

    private ControlPlaneProgram Start(string name)
    {
        var replica = new ControlPlaneProgram(_directory[name], new()
        {
            ["DATABASE_URL"] = TestServer.AsApplication(_database), ["DATABASE_MIGRATION_URL"] = _database, ["SECRET_KEY"] = TestControlPlane.Secret,
            ["ADMIN_PASSWORD"] = TestControlPlane.Password, ["STORAGE_SERVER_PATH"] = _directory["clips"],
        });
        _replicas.Add(replica);
        return replica;
    }

    private async Task StartAgentAsync(string node, Uri control, Balancer balancer)
    {
        using var joins = await _http.PostAsJsonAsync(new Uri(control, "/tokens/join"), new { node, uses = 1 });
        Assert.That((int)joins.StatusCode, Is.EqualTo(201), await joins.Content.ReadAsStringAsync());
        await File.WriteAllTextAsync(_directory[$"{node}.token"], JsonNode.Parse(await joins.Content.ReadAsStringAsync())!["token"]!.ToString());
        _agents.Add(new OtherProgram("NodeAgent", new Dictionary<string, string>
        {
            ["CONTROL_PLANE_URL"] = $"https://127.0.0.1:{balancer.Port}", ["JOIN_TOKEN_FILE"] = _directory[$"{node}.token"], ["INSTANCE_ID"] = node,
            ["NODE_DIRECTORY"] = _directory[node], ["NODE_CAPACITY"] = "9", ["STORAGE_SERVER_PATH"] = _directory["clips"], ["STOP_WORKERS_ON_EXIT"] = "true",
            ["CLIP_WORKER"] = Path.Combine(AppContext.BaseDirectory.Replace("/tests/ControlPlane/", "/tests/ScriptedWorker/", StringComparison.Ordinal), "StreamClips.ScriptedWorker.dll"),
        }));
    }

    private async Task SignInAsync(Uri control)
    {
        using var response = await _http.PostAsJsonAsync(new Uri(control, "/auth/login"), new { username = "admin", password = TestControlPlane.Password });
        response.EnsureSuccessStatusCode();
    }

    private async Task AddAsync(Uri control, string name)
    {
        using var response = await _http.PostAsJsonAsync(new Uri(control, "/streamers"), new { name, url = $"http://127.0.0.1:9/{name}?status-every=500&run-for=3600000", active = true });
        Assert.That((int)response.StatusCode, Is.EqualTo(201), await response.Content.ReadAsStringAsync());
    }

    private async Task<JsonNode> ReadyAsync(Uri control) => JsonNode.Parse(await _http.GetStringAsync(new Uri(control, "/health/ready")))!;

    private async Task<bool> LeadsAsync(Uri control) => (await ReadyAsync(control))["leads"]!.GetValue<bool>();

    private static async Task ReadUntilAsync(StreamReader reader, string line, string what)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(90), TimeProvider.System);
        while (await reader.ReadLineAsync(deadline.Token) is { } read)
            if (read == line) return;
        Assert.Fail(what);
    }

    private async Task<List<(Guid, int, int)>> RunsAsync()
    {
        await using var connection = new NpgsqlConnection(_database + ";Pooling=false");
        return [.. await connection.QueryAsync<(Guid, int, int)>("select id, pid, restarts from process order by created_at, streamer_name")];
    }

    private async Task<long> CountAsync(string sql, object? values = null)
    {
        await using var connection = new NpgsqlConnection(_database + ";Pooling=false");
        return await connection.ExecuteScalarAsync<long>(sql, values);
    }
}
