using StreamClips.Cli.Data;

namespace StreamClips.Cli.Running;

/// <summary>How each program of the stack is started: its environment is the whole of its configuration.</summary>
public sealed class StackPrograms(RunOptions options, DataDirectory data)
{
    /// <summary>What people call the node agent.</summary>
    public const string NodeAgentName = "node agent";

    /// <summary>Name of the one node.</summary>
    public static string NodeId => Environment.GetEnvironmentVariable("INSTANCE_ID") is { Length: > 0 } given ? given : "node-1";

    /// <summary>The simulated platform, once it runs.</summary>
    public StartedSite? Site { get; set; }

    /// <summary>Where the control plane answers, once it runs: a later start keeps the ports.</summary>
    public ControlPlaneEndpoints? Endpoints { get; set; }

    /// <summary>The simulated platform.</summary>
    public ProgramSpec LiveSite() => new("simulated platform", ProgramPaths.LiveSite, [.. DemoChannels.SiteArguments(data.Site, options.Surges, Site)], NoEnvironment, Log("live-site"));

    /// <summary>The control plane.</summary>
    public ProgramSpec ControlPlane() => new("control plane", ProgramPaths.ControlPlane, [], new Dictionary<string, string>(PlatformAndStorage())
    {
        ["DATA_DIRECTORY"] = data.ControlPlane,
        ["ADMIN_PASSWORD"] = File.ReadAllText(data.AdminPasswordFile),
        ["DASHBOARD_PORT"] = $"{Endpoints?.Dashboard.Port ?? options.Port}",
        ["GRPC_PORT"] = $"{Endpoints?.Grpc.Port ?? 0}",
    }, Log("control-plane"));

    /// <summary>Stops a private Postgres that a killed control plane left behind.</summary>
    public ProgramSpec StopDatabase() => new("control plane", ProgramPaths.ControlPlane, ["stop-database"], new Dictionary<string, string>
    {
        ["DATA_DIRECTORY"] = data.ControlPlane,
    }, Log("control-plane"));

    /// <summary>The node agent.</summary>
    public ProgramSpec NodeAgent() => new(NodeAgentName, ProgramPaths.NodeAgent, [], new Dictionary<string, string>(PlatformAndStorage())
    {
        ["CONTROL_PLANE_URL"] = Endpoints!.Grpc.ToString(),
        ["JOIN_TOKEN_FILE"] = data.JoinTokenFile,
        ["INSTANCE_ID"] = NodeId,
        ["NODE_DIRECTORY"] = data.Node,
        ["CLIP_WORKER"] = ProgramPaths.ClipWorker,
        ["STOP_WORKERS_ON_EXIT"] = "true",
    }, Log("node-agent"));

    private static IReadOnlyDictionary<string, string> NoEnvironment { get; } = new Dictionary<string, string>();

    /// <summary>A demo keeps its clips below its own directory; otherwise they go where the environment says, if it does.</summary>
    private Dictionary<string, string> PlatformAndStorage()
    {
        var variables = new Dictionary<string, string>(Site?.Environment ?? NoEnvironment);
        string[] elsewhere = ["STORAGE_SERVER_HOST", "STORAGE_S3_BUCKET"];
        if (Site is null && Array.Exists(elsewhere, name => Environment.GetEnvironmentVariable(name) is { Length: > 0 })) return variables;
        foreach (var name in elsewhere) variables[name] = "";
        variables["STORAGE_SERVER_PATH"] = data.Clips;
        return variables;
    }

    private string Log(string name) => Path.Combine(data.Logs, $"{name}.log");
}
