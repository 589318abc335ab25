using StreamClips.NodeAgent.Enrollment;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Fixtures;

/// <summary>A fake control plane, a node's directory, a storage and agents on them. Ends all that was started, workers too.</summary>
public sealed class AgentBench : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<AgentProcess> _agents = [];

    private AgentBench()
    {
        Directory.CreateDirectory(Node);
        ControlPlane = new(Authority);
        new IdentityFiles(Path.Combine(Node, "identity")).Save(Authority.MakeNode("node-1"));
    }

    /// <summary>Who vouches for the node and its control plane.</summary>
    public TestAuthority Authority { get; } = new();

    public FakeControlPlane ControlPlane { get; }

    public string Node => _directory["node"];

    public string Storage => _directory["storage"];

    public static async Task<AgentBench> StartAsync()
    {
        var bench = new AgentBench();
        await bench.ControlPlane.StartAsync();
        return bench;
    }

    public static Assignment Assignment(string script = "", long epoch = 1, string? streamerId = null) => new()
    {
        ProcessId = Guid.NewGuid().ToString(),
        StreamerId = streamerId ?? Guid.NewGuid().ToString(),
        Streamer = "Some Streamer",
        Url = $"scripted://worker?{script}",
        Epoch = epoch,
        SettingsJson = "{\"clip_duration\":30}",
    };

    public Dictionary<string, string> Environment() => new()
    {
        ["CONTROL_PLANE_URL"] = ControlPlane.Url,
        ["INSTANCE_ID"] = "node-1",
        ["NODE_DIRECTORY"] = Node,
        ["STORAGE_SERVER_PATH"] = Storage,
        ["CLIP_WORKER"] = AgentProcess.Dll("ScriptedWorker"),
        ["NODE_CAPACITY"] = "20",
        ["TWITCH_GQL_URL"] = "http://127.0.0.1:1/gql",
        ["DATABASE_URL"] = "a secret that no worker may see",
    };

    public AgentProcess StartAgent(params (string Name, string Value)[] also) => StartAgent([], also);

    /// <summary>Starts it by a command.</summary>
    public AgentProcess StartAgent(IReadOnlyList<string> within, params (string Name, string Value)[] also) => StartAgent(within, dll: null, also);

    /// <summary>Starts another build of it.</summary>
    public AgentProcess StartAgent(string dll, params (string Name, string Value)[] also) => StartAgent([], dll, also);

    private AgentProcess StartAgent(IReadOnlyList<string> within, string? dll, (string Name, string Value)[] also)
    {
        var environment = Environment();
        foreach (var (name, value) in also) environment[name] = value;
        var agent = AgentProcess.Start(environment, within, dll);
        _agents.Add(agent);
        return agent;
    }

    public string WorkerDirectory(Assignment assignment) => Path.Combine(Node, "workers", assignment.ProcessId);

    /// <summary>Every pid that ever ran as this worker.</summary>
    public IReadOnlyList<int> Starts(Assignment assignment)
    {
        var file = Path.Combine(WorkerDirectory(assignment), "starts.log");
        return File.Exists(file) ? [.. File.ReadLines(file).Select(int.Parse)] : [];
    }

    /// <summary>The processes that run as this worker now, of its start or started by it.</summary>
    public IReadOnlyList<FoundProcess> Processes(Assignment assignment) =>
        ProcFileSystem.Find(WorkerDirectory(assignment), WorkerLauncher.MarkerOf(Guid.Parse(assignment.ProcessId)));

    /// <summary>Kills the worker and waits until another process runs as it: after some 50 ms on a free machine.</summary>
    public async Task ReplaceAsync(Assignment assignment, int pid)
    {
        Signals.Send(pid, "KILL");
        await Eventually.TrueAsync(() => Processes(assignment).Any(p => p.Identity.Pid != pid), "it is started again");
    }

    /// <summary>Waits until the control plane has heard that a worker is in this state.</summary>
    public async Task<ProcessStatus> ReachesAsync(Assignment assignment, ProcessState state, double seconds = 90)
    {
        try
        {
            return await Eventually.ValueAsync(
                () => Task.FromResult(ControlPlane.StatusOf(assignment) is { } s && s.State == state ? s : null), $"the worker reaches {state}", seconds);
        }
        catch (TimeoutException e)
        {
            var said = string.Join("\n---\n", _agents.Select(a => a.Output));
            throw new TimeoutException($"{e.Message}; it is {ControlPlane.StatusOf(assignment)}; the agents said:\n{said}", e);
        }
    }

    public async Task<int> RunsAsync(Assignment assignment) => (await ReachesAsync(assignment, ProcessState.Running)).Pid;

    public string[] StoredFiles() =>
        Directory.Exists(Storage) ? Directory.GetFiles(Storage, "*", SearchOption.AllDirectories) : [];

    public async ValueTask DisposeAsync()
    {
        foreach (var agent in _agents) agent.Dispose();
        if (Directory.Exists(Path.Combine(Node, "workers")))
        {
            foreach (var directory in Directory.GetDirectories(Path.Combine(Node, "workers")))
                foreach (var process in ProcFileSystem.Find(directory, $"{WorkerLauncher.Marker}={Path.GetFileName(directory)}")) LiveProcess.KillNow(process.Identity);
        }

        await ControlPlane.DisposeAsync();
        _directory.Dispose();
    }
}
