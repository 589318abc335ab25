using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StreamClips.EndToEnd.Tests.Chaos;
using StreamClips.Testing;

namespace StreamClips.EndToEnd.Tests.Lost;

/// <summary>One node of a fleet: an agent, the network between it and the control plane, and its workers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Directory">Where it keeps its data.</param>
/// <param name="Wire">The network.</param>
/// <param name="Agent">The agent.</param>
internal sealed record FleetNode(string Name, string Directory, Wire Wire, KeptProgram Agent)
{
    /// <summary>The workers that run.</summary>
    public IReadOnlyList<int> Workers() => [.. Processes.Running(Path.Combine(Directory, "workers"), "StreamClips.ScriptedWorker.dll run ").Select(p => p.Pid).Order()];

    /// <summary>Whether no worker runs there and everything that they made is shipped: directories that nobody wants go then.</summary>
    public bool IsSettled()
    {
        var workers = Path.Combine(Directory, "workers");
        return Workers().Count == 0 && (!System.IO.Directory.Exists(workers) || !System.IO.Directory.EnumerateFileSystemEntries(workers).Any());
    }
}

/// <summary>A control plane with its own Postgres and several nodes with scripted workers: all of them real processes.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private const string Password = "correct horse battery";
    private readonly TemporaryDirectory _directory = new();
    private readonly List<FleetNode> _nodes = [];
    private readonly KeptProgram _controlPlane;
    private readonly ControlPlaneAccess _access;

    private Fleet()
    {
        _access = new(_directory["control-plane"], Password);
        _controlPlane = new("control plane", ControlPlaneStart, Chronicle);
    }

    public Chronicle Chronicle { get; } = new();

    /// <summary>Where clips are kept, by all nodes.</summary>
    public string Store => _directory["clips"];

    /// <summary>Where the workers write down what they did, a directory each.</summary>
    public string Books => _directory["books"];

    /// <summary>The API; after <see cref="StartAsync"/>.</summary>
    public ApiClient Api { get; private set; } = null!;

    /// <summary>Starts the control plane and nodes.</summary>
    public static async Task<Fleet> StartAsync(params string[] nodes)
    {
        var fleet = new Fleet();
        try
        {
            Directory.CreateDirectory(fleet.Books);
            fleet.Api = await fleet._access.SignInAsync();
            foreach (var node in nodes) await fleet.AddNodeAsync(node);
            await fleet.NodesAsync("ready", nodes);
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more node.</summary>
    public async Task<FleetNode> AddNodeAsync(string name)
    {
        using var response = await Api.Http.PostAsJsonAsync("/tokens/join", new { node = name, uses = 1 });
        await File.WriteAllTextAsync(_directory[$"{name}.token"], JsonNode.Parse(await response.Content.ReadAsStringAsync())!["token"]!.ToString());
        var wire = new Wire(() => _access.Endpoint("grpc"));
        wire.Open();
        var node = new FleetNode(name, _directory[name], wire, new KeptProgram(name, () => AgentStart(name, wire), Chronicle));
        _nodes.Add(node);
        return node;
    }

    /// <summary>A node by its name.</summary>
    public FleetNode Node(string name) => _nodes.Single(n => n.Name == name);

    /// <summary>Adds a channel for a worker with this script.</summary>
    public Task<JsonObject> AddWorkerAsync(string name, string script) => Api.AddStreamerAsync(new { name, url = $"http://127.0.0.1:9/{name}?{script}&run-for=3600000", active = true });

    /// <summary>Lets all channels be watched no more, and waits until all is shipped.</summary>
    public async Task EndAsync(IEnumerable<JsonObject> streamers)
    {
        foreach (var streamer in streamers)
        {
            using var response = await Api.Http.PutAsJsonAsync($"/streamers/{streamer["id"]}", new { name = streamer["name"]!.ToString(), url = streamer["url"]!.ToString(), active = false });
            response.EnsureSuccessStatusCode();
        }

        await Eventually.TrueAsync(() => _nodes.TrueForAll(n => n.IsSettled()), "no worker runs, and everything is shipped", 180);
        await Eventually.TrueAsync(async () => (await Api.ListAsync("/clips?removing=true")).Count == 0, "what goes is gone", 180);
    }

    /// <summary>The newest process of each streamer, by name.</summary>
    public async Task<Dictionary<string, JsonObject>> ProcessesAsync() =>
        (await Api.ListAsync("/stream-clips")).GroupBy(p => p["streamer"]!.ToString()).ToDictionary(g => g.Key, g => g.MaxBy(p => p["epoch"]!.GetValue<long>())!);

    /// <summary>Waits until nodes are in a state.</summary>
    public Task NodesAsync(string state, params string[] names) => Eventually.TrueAsync(
        async () => (await Api.ListAsync("/nodes")).Where(n => n["state"]!.ToString() == state).Select(n => n["id"]!.ToString()).Intersect(names).Count() == names.Length,
        $"{string.Join(" and ", names)}: {state}", 120);

    /// <summary>Stops everything as the machines would.</summary>
    /// <returns>What went wrong.</returns>
    public async Task<IReadOnlyList<string>> StopAsync()
    {
        List<string> faults = [];
        foreach (var node in _nodes)
            if (await node.Agent.StopAsync() is not 0 and var agent) faults.Add($"{node.Name} ended with {agent}");
        if (await _controlPlane.StopAsync() is not 0 and var code) faults.Add($"the control plane ended with {code}");
        faults.AddRange(Processes.Of(_directory.Path).Select(p => $"process {p.Pid} is left over: {p.CommandLine}"));
        return faults;
    }

    /// <summary>All that helps to understand a failure.</summary>
    public string Story() => string.Join('\n', [$"What happened:\n{Chronicle}", $"The control plane's last lines:\n{_controlPlane.Output}", .. _nodes.Select(n => $"Last lines of {n.Name}:\n{n.Agent.Output}")]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        foreach (var node in _nodes)
        {
            // One that stands still hears no end.
            node.Agent.Signal(Signals.Continue);
            await node.Agent.DisposeAsync();
        }

        await _controlPlane.DisposeAsync();
        foreach (var node in _nodes) await node.Wire.DisposeAsync();
        await Eventually.TrueAsync(NothingRuns, "what was left over is gone");
        _directory.Dispose();
    }

    private bool NothingRuns()
    {
        var left = Processes.Of(_directory.Path);
        foreach (var process in left) Processes.KillAtOnce(process.Pid);
        return left.Count == 0;
    }

    private ProcessStartInfo ControlPlaneStart() => WithStorage(new("dotnet", [Programs.ControlPlane])
    {
        Environment = { ["DATA_DIRECTORY"] = _directory["control-plane"], ["ADMIN_PASSWORD"] = Password, ["DASHBOARD_PORT"] = "0", ["GRPC_PORT"] = "0" },
    });

    private ProcessStartInfo AgentStart(string name, Wire wire) => WithStorage(new("dotnet", [Programs.NodeAgent])
    {
        Environment =
        {
            ["CONTROL_PLANE_URL"] = wire.Url.ToString(), ["JOIN_TOKEN_FILE"] = _directory[$"{name}.token"], ["INSTANCE_ID"] = name, ["NODE_DIRECTORY"] = _directory[name],
            ["CLIP_WORKER"] = Programs.ScriptedWorker,
        },
    });

    private ProcessStartInfo WithStorage(ProcessStartInfo start)
    {
        start.Environment.Remove("DATABASE_URL");
        start.Environment["STORAGE_SERVER_PATH"] = Store;
        return start;
    }
}
