using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StreamClips.Testing;

namespace StreamClips.EndToEnd.Tests.Chaos;

/// <summary>
/// A control plane with its own Postgres, an agent with scripted workers, a network between the two and an SSH server for the clips:
/// all real processes, each of which can be killed, and is then started again.
/// </summary>
internal sealed class ChaosStack : IAsyncDisposable
{
    private const string Password = "correct horse battery";
    private readonly TemporaryDirectory _directory = new();
    private readonly (string Name, string Value)[] _agentVariables;
    private readonly ControlPlaneAccess _access;

    private ChaosStack(SshServer ssh, (string, string)[] agentVariables)
    {
        (Ssh, _agentVariables) = (ssh, agentVariables);
        _access = new(_directory["control-plane"], Password);
        Wire = new(() => _access.Endpoint("grpc"));
        Wire.Open();
        ControlPlane = new("control plane", ControlPlaneStart, Chronicle);
    }

    public Chronicle Chronicle { get; } = new();

    public SshServer Ssh { get; }

    public Wire Wire { get; }

    public KeptProgram ControlPlane { get; }

    public KeptProgram Agent { get; private set; } = null!;

    /// <summary>Where the workers write down what they did, a directory each.</summary>
    public string Books => _directory["books"];

    /// <summary>Where the agent keeps its workers, a directory each.</summary>
    public string WorkerDirectories => Path.Combine(_directory["node"], "workers");

    /// <summary>Starts everything but workers.</summary>
    /// <param name="agentVariables">More variables of the agent.</param>
    public static async Task<ChaosStack> StartAsync(params (string Name, string Value)[] agentVariables)
    {
        var stack = new ChaosStack(await SshServer.StartAsync(), agentVariables);
        try
        {
            using var api = await stack.SignInAsync();
            using var response = await api.Http.PostAsJsonAsync("/tokens/join", new { node = "node-1", uses = 1 });
            var token = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["token"]!.ToString();
            await File.WriteAllTextAsync(stack._directory["join-token"], token);
            stack.Agent = new("agent", stack.AgentStart, stack.Chronicle);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc cref="ControlPlaneAccess.SignInAsync"/>
    public Task<ApiClient> SignInAsync() => _access.SignInAsync();

    /// <summary>Adds a channel for a worker with this script.</summary>
    public Task<JsonObject> AddWorkerAsync(string name, string script) => _access.WithApiAsync(api => api.AddStreamerAsync(new { name, url = Url(name, script), active = true }));

    /// <summary>Lets a channel be watched no more.</summary>
    public Task<string> EndWorkerAsync(JsonObject streamer) => _access.WithApiAsync(async api =>
    {
        using var response = await api.Http.PutAsJsonAsync($"/streamers/{streamer["id"]}", new { name = streamer["name"]!.ToString(), url = streamer["url"]!.ToString(), active = false });
        response.EnsureSuccessStatusCode();
        return "";
    });

    /// <summary>The workers that run.</summary>
    public IReadOnlyList<int> Workers() => [.. Processes.Running(WorkerDirectories, "StreamClips.ScriptedWorker.dll run ").Select(p => p.Pid).Order()];

    /// <summary>Postgres' main process, where it runs, and its others.</summary>
    public (int? Main, IReadOnlyList<int> Others) Postgres()
    {
        var all = Processes.Of(_directory["control-plane"]).Where(p => p.CommandLine.Contains("postgres", StringComparison.Ordinal) && !p.CommandLine.Contains(".dll", StringComparison.Ordinal)).ToList();
        int? main = all.Find(p => p.CommandLine.Contains(" -D ", StringComparison.Ordinal))?.Pid;
        return (main, [.. all.Where(p => p.Pid != main).Select(p => p.Pid).Order()]);
    }

    /// <summary>Waits until no worker runs and the agent has nothing left to send: it removes the directories that nobody wants once they are shipped.</summary>
    public Task SettledAsync() => Eventually.TrueAsync(
        () => Workers().Count == 0 && (!Directory.Exists(WorkerDirectories) || !Directory.EnumerateFileSystemEntries(WorkerDirectories).Any()),
        $"no worker runs, and everything is shipped", 420);

    /// <summary>Stops agent and control plane as their machine would.</summary>
    /// <returns>What went wrong.</returns>
    public async Task<IReadOnlyList<string>> StopAsync()
    {
        List<string> faults = [];
        if (await Agent.StopAsync() is not 0 and var agent) faults.Add($"the agent ended with {agent}");
        if (await ControlPlane.StopAsync() is not 0 and var code) faults.Add($"the control plane ended with {code}");
        try
        {
            await Eventually.TrueAsync(() => Processes.Of(_directory.Path).Count == 0, "no process is left");
        }
        catch (TimeoutException)
        {
            faults.AddRange(Processes.Of(_directory.Path).Select(p => $"process {p.Pid} is left over: {p.CommandLine}"));
        }

        return faults;
    }

    /// <summary>All that helps to understand a failure.</summary>
    public string Story() =>
        $"""
        What happened:
        {Chronicle}

        What is in the worker directories:
        {(Directory.Exists(WorkerDirectories) ? string.Join('\n', Directory.EnumerateFiles(WorkerDirectories, "*", SearchOption.AllDirectories).Take(60)) : "")}

        The agent's last lines:
        {Agent?.Output}

        The control plane's last lines:
        {ControlPlane.Output}
        """;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Agent is not null) await Agent.DisposeAsync();
        await ControlPlane.DisposeAsync();
        await Wire.DisposeAsync();
        await Eventually.TrueAsync(NothingRuns, "what was left over is gone");
        await Ssh.DisposeAsync();
        _directory.Dispose();
    }

    private bool NothingRuns()
    {
        var left = Processes.Of(_directory.Path);
        foreach (var process in left) Processes.KillAtOnce(process.Pid);
        return left.Count == 0;
    }

    private string Url(string name, string script) => $"http://127.0.0.1:9/{name}?{script}&run-for=3600000&books={Uri.EscapeDataString(Books)}";

    private ProcessStartInfo ControlPlaneStart()
    {
        // Those of the one before may be anybody's by now.
        if (Directory.Exists(_directory["control-plane"])) File.Delete(Path.Combine(_directory["control-plane"], "endpoints.json"));
        return WithStorage(new("dotnet", [Programs.ControlPlane])
        {
            Environment = { ["DATA_DIRECTORY"] = _directory["control-plane"], ["ADMIN_PASSWORD"] = Password, ["DASHBOARD_PORT"] = "0", ["GRPC_PORT"] = "0" },
        });
    }

    private ProcessStartInfo AgentStart()
    {
        var start = WithStorage(new("dotnet", [Programs.NodeAgent])
        {
            Environment =
            {
                ["CONTROL_PLANE_URL"] = Wire.Url.ToString(), ["JOIN_TOKEN_FILE"] = _directory["join-token"], ["INSTANCE_ID"] = "node-1",
                ["NODE_DIRECTORY"] = _directory["node"], ["CLIP_WORKER"] = Programs.ScriptedWorker,
            },
        });
        foreach (var (name, value) in _agentVariables) start.Environment[name] = value;
        return start;
    }

    private ProcessStartInfo WithStorage(ProcessStartInfo start)
    {
        start.Environment.Remove("DATABASE_URL");
        start.Environment["STORAGE_SERVER_HOST"] = $"127.0.0.1:{Ssh.Port}";
        start.Environment["STORAGE_SERVER_USER"] = Environment.UserName;
        start.Environment["STORAGE_SERVER_PATH"] = Ssh.Store;
        start.Environment["STORAGE_SERVER_KEY_FILE"] = Ssh.UserKey;
        start.Environment["STORAGE_SERVER_HOST_KEY"] = Ssh.HostKey;
        return start;
    }
}
