using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Tests.Enrollment;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Leadership;

/// <summary>An agent that knows the addresses of two replicas, and one where nobody is, without a balancer between: all as processes.</summary>
[Category("Slow")]
public sealed partial class AddressesTests
{
    private const int SigTerm = 15;

    private readonly List<HeldPort> _ports = [new(), new(), new()];
    private readonly Dictionary<int, ControlPlaneProgram> _replicas = [];
    private readonly List<OtherProgram> _agents = [];
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(90) };
    private readonly TemporaryDirectory _directory = new();
    private string _database = null!;

    private string Urls => string.Join(',', _ports.Select(p => $"https://127.0.0.1:{p.Number}"));

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        foreach (var agent in _agents)
        {
            // It takes its worker with it.
            ControlPlane.Database.Postmaster.Signal(agent.Pid, SigTerm);
            await agent.ExitAsync();
            agent.Dispose();
        }

        foreach (var replica in _replicas.Values) replica.Dispose();
        foreach (var port in _ports) port.Dispose();
        _http.Dispose();
        _directory.Dispose();
    }

    [Test]
    public async Task The_agent_goes_on_at_the_other_replica_when_its_own_is_killed_and_back_when_that_one_is()
    {
        _database = await TestServer.DatabaseAsync();
        foreach (var port in _ports.Take(2)) Start(port.Number);
        foreach (var replica in _replicas.Values) await replica.ReadyAsync();
        var control = await _replicas.Values.First().ReadyAsync();
        (await _http.PostAsJsonAsync(new Uri(control, "/auth/login"), new { username = "admin", password = TestControlPlane.Password })).EnsureSuccessStatusCode();
        await StartAgentAsync(control);
        var at = await ConnectedAsync(1);
        (await _http.PostAsJsonAsync(new Uri(control, "/streamers"), new { name = "alpha", url = "http://127.0.0.1:9/alpha?status-every=500&run-for=3600000", active = true })).EnsureSuccessStatusCode();
        await Eventually.TrueAsync(async () => await ValueAsync<long>("select count(*) from process where state = 'running' and pid is not null") == 1, "the worker runs");
        var pid = await ValueAsync<int>("select pid from process");

        for (var times = 2; times <= 3; times++)
        {
            _replicas[at].Kill();
            await _replicas[at].ExitAsync();
            var next = await ConnectedAsync(times);
            Assert.That(next, Is.Not.EqualTo(at));
            Assert.That(_replicas, Does.ContainKey(next));
            if (times == 2)
            {
                Start(at);
                await _replicas[at].ReadyAsync();
            }

            at = next;
        }

        var heard = await ValueAsync<DateTime>("select clock_timestamp()");
        await Eventually.TrueAsync(async () => await ValueAsync<long>("select count(*) from node where state = 'ready' and session_id is not null and last_seen_at > @heard", new { heard }) == 1, "it is heard");
        Assert.That(await ValueAsync<string>("select string_agg(pid || ' ' || restarts || ' ' || epoch, ',') from process"), Is.EqualTo($"{pid} 0 1"), "the worker knows nothing of it");
    }

    private void Start(int port)
    {
        if (_replicas.TryGetValue(port, out var killed)) killed.Dispose();
        if (File.Exists(Path.Combine(_directory[$"{port}"], "endpoints.json"))) File.Delete(Path.Combine(_directory[$"{port}"], "endpoints.json"));
        _replicas[port] = new ControlPlaneProgram(_directory[$"{port}"], new()
        {
            ["DATABASE_URL"] = TestServer.AsApplication(_database), ["DATABASE_MIGRATION_URL"] = _database, ["SECRET_KEY"] = TestControlPlane.Secret, ["ADMIN_PASSWORD"] = TestControlPlane.Password,
            ["STORAGE_SERVER_PATH"] = _directory["clips"], ["GRPC_PORT"] = $"{port}", ["GRPC_URLS"] = Urls,
        });
    }

    private async Task StartAgentAsync(Uri control)
    {
        using var joins = await _http.PostAsJsonAsync(new Uri(control, "/tokens/join"), new { node = "node-1", uses = 1 });
        var answer = JsonNode.Parse(await joins.Content.ReadAsStringAsync())!;
        Assert.That(answer["control_plane_url"]?.ToString(), Is.EqualTo(Urls), "who makes the token is told all addresses");
        await File.WriteAllTextAsync(_directory["token"], answer["token"]!.ToString());
        _agents.Add(new OtherProgram("NodeAgent", new Dictionary<string, string>
        {
            ["CONTROL_PLANE_URL"] = Urls, ["JOIN_TOKEN_FILE"] = _directory["token"], ["INSTANCE_ID"] = "node-1", ["NODE_DIRECTORY"] = _directory["node"],
            ["STORAGE_SERVER_PATH"] = _directory["clips"], ["STOP_WORKERS_ON_EXIT"] = "true",
            ["CLIP_WORKER"] = Path.Combine(AppContext.BaseDirectory.Replace("/tests/ControlPlane/", "/tests/ScriptedWorker/", StringComparison.Ordinal), "StreamClips.ScriptedWorker.dll"),
        }));
    }

    /// <summary>Waits until the agent has a session for the so-manieth time.</summary>
    /// <returns>The port that it dialled.</returns>
    private async Task<int> ConnectedAsync(int times)
    {
        try
        {
            await Eventually.TrueAsync(() => Connected().Count(_agents[0].Output) >= times, $"the agent is connected for the {times}. time");
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; it said:\n{_agents[0].Output}", e);
        }

        return int.Parse(Connected().Matches(_agents[0].Output)[times - 1].Groups["port"].Value);
    }

    [GeneratedRegex("Connected to https://127.0.0.1:(?<port>[0-9]+)/", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Connected();

    private async Task<T> ValueAsync<T>(string sql, object? values = null)
    {
        await using var connection = new NpgsqlConnection(_database + ";Pooling=false");
        return (await connection.ExecuteScalarAsync<T>(sql, values))!;
    }
}
