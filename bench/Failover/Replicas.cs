using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StreamClips.Bench.Agent;
using StreamClips.ControlPlane.Database;

namespace StreamClips.Bench.Failover;

/// <summary>A Postgres, two control planes on it, and some agents of the second one, as programs of their own. All of them end with its using block.</summary>
internal sealed class Replicas : IAsyncDisposable
{
    private const string Password = "bench-admin-password";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _directory;
    private readonly PrivatePostgres _postgres;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Dictionary<string, Process> _agents = [];
    private Process? _leader;
    private Process? _follower;
    private Uri? _grpc;

    private Replicas(string directory, PrivatePostgres postgres) => (_directory, _postgres) = (directory, postgres);

    /// <summary>Starts everything but the agents. The first replica leads; what asks and what is asked is the second.</summary>
    /// <param name="directory">For the data: emptied first, and left behind for whoever wonders.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<Replicas> StartAsync(string directory, CancellationToken ct)
    {
        await NodeStack.EndLeftBehindAsync(directory);
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        Directory.CreateDirectory(directory);
        var replicas = new Replicas(directory, await PrivatePostgres.StartAsync(Path.Combine(directory, "postgres"), TimeProvider.System, ct));
        try
        {
            replicas._leader = replicas.StartReplica("first");
            await replicas.EndpointsAsync("first", replicas._leader, ct);
            replicas._follower = replicas.StartReplica("second");
            var addresses = await replicas.EndpointsAsync("second", replicas._follower, ct);
            replicas._grpc = new(addresses["grpc"]!.ToString());
            replicas._http.BaseAddress = new(addresses["dashboard"]!.ToString());
            (await replicas.PostAsync("/auth/login", new { username = "admin", password = Password }, ct)).EnsureSuccessStatusCode();
            return replicas;
        }
        catch
        {
            await replicas.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where a node's workers live.</summary>
    public string Workers(string node) => Path.Combine(_directory, node, "workers");

    /// <summary>Starts a node's agent; a name that begins with <c>node</c>.</summary>
    public async Task StartAgentAsync(string node, int capacity, CancellationToken ct)
    {
        var token = Path.Combine(_directory, $"{node}.token");
        if (!File.Exists(token))
        {
            using var joins = (await PostAsync("/tokens/join", new { node, uses = 1 }, ct)).EnsureSuccessStatusCode();
            await File.WriteAllTextAsync(token, JsonNode.Parse(await joins.Content.ReadAsStringAsync(ct))!["token"]!.ToString(), ct);
        }

        _agents[node] = NodeStack.Start(Path.Combine(_directory, $"{node}.log"), "NodeAgent", new Dictionary<string, string>
        {
            ["CONTROL_PLANE_URL"] = _grpc!.ToString(),
            ["JOIN_TOKEN_FILE"] = token,
            ["INSTANCE_ID"] = node,
            ["NODE_DIRECTORY"] = Path.Combine(_directory, node),
            ["STORAGE_SERVER_PATH"] = Path.Combine(_directory, "clips"),
            ["CLIP_WORKER"] = ScriptedWorker.Program,
            ["NODE_CAPACITY"] = capacity.ToString(CultureInfo.InvariantCulture),
            ["STOP_WORKERS_ON_EXIT"] = "true",
        });
        await UntilAsync(async () => (await GetAsync("/nodes", ct))["items"]!.AsArray().Any(n => n!["id"]!.ToString() == node && n["state"]!.ToString() == "ready"), $"{node} is ready", ct);
    }

    /// <summary>Takes a node away as a power cut does: the agent and all of its workers at once.</summary>
    public async Task KillNodeAsync(string node, CancellationToken ct)
    {
        _agents[node].Kill();
        await _agents[node].WaitForExitAsync(ct);
        await NodeStack.EndLeftBehindAsync(_directory, node);
    }

    /// <summary>Kills the replica that leads.</summary>
    public void KillLeader() => _leader!.Kill();

    /// <summary>What the second replica says of itself and of the leadership.</summary>
    public Task<JsonNode> ReadyAsync(CancellationToken ct) => GetAsync("/health/ready", ct);

    /// <summary>Posts JSON.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, object body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Origin", _http.BaseAddress!.GetLeftPart(UriPartial.Authority));
        return await _http.SendAsync(request, ct);
    }

    /// <summary>Reads JSON.</summary>
    public async Task<JsonNode> GetAsync(string path, CancellationToken ct) => JsonNode.Parse(await _http.GetStringAsync(path, ct))!;

    /// <summary>Waits for something that is bound to happen.</summary>
    /// <exception cref="InvalidOperationException">It did not in time.</exception>
    public async Task UntilAsync(Func<Task<bool>> condition, string what, CancellationToken ct)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(begun) > Patience) throw new InvalidOperationException($"not within {Patience.TotalSeconds:0} s: {what}; see the logs in {_directory}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, ct);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (var agent in _agents.Values) await NodeStack.EndAsync(agent);
        await NodeStack.EndAsync(_follower);
        await NodeStack.EndAsync(_leader);
        await NodeStack.EndLeftBehindAsync(_directory);
        await _postgres.StopAsync();
    }

    private Process StartReplica(string name) => NodeStack.Start(Path.Combine(_directory, $"{name}.log"), "ControlPlane", new Dictionary<string, string>
    {
        ["DATA_DIRECTORY"] = Path.Combine(_directory, name),
        ["DATABASE_URL"] = _postgres.ApplicationConnection,
        ["DATABASE_MIGRATION_URL"] = _postgres.Connection,
        ["SECRET_KEY"] = "the bench's secret key, long enough",
        ["ADMIN_PASSWORD"] = Password,
        ["DASHBOARD_PORT"] = "0",
        ["STORAGE_SERVER_PATH"] = Path.Combine(_directory, "clips"),
    });

    private async Task<JsonNode> EndpointsAsync(string name, Process program, CancellationToken ct)
    {
        var file = Path.Combine(_directory, name, "endpoints.json");
        await UntilAsync(() => program.HasExited ? throw new InvalidOperationException($"the control plane ended: see {name}.log in {_directory}") : Task.FromResult(File.Exists(file)), "the control plane is ready", ct);
        return JsonNode.Parse(await File.ReadAllTextAsync(file, ct))!;
    }
}
