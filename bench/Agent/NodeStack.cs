using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Database;
using StreamClips.Shared.Workers;

namespace StreamClips.Bench.Agent;

/// <summary>A Postgres, a control plane and an agent, as programs of their own, with scripted workers. All of them end with its using block.</summary>
internal sealed class NodeStack : IAsyncDisposable
{
    private const string Password = "bench-admin-password";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _directory;
    private readonly PrivatePostgres _postgres;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private Process? _controlPlane;
    private Uri? _grpc;

    private NodeStack(string directory, PrivatePostgres postgres) => (_directory, _postgres) = (directory, postgres);

    /// <summary>The agent's process, once it was started.</summary>
    public Process? Agent { get; private set; }

    /// <summary>Where workers live.</summary>
    public string Workers => Path.Combine(_directory, "node", "workers");

    /// <summary>The database.</summary>
    public string Connection => _postgres.ConnectionTo("postgres");

    /// <summary>What the agent has said.</summary>
    public IReadOnlyList<string> AgentLines => File.Exists(AgentLog) ? File.ReadAllLines(AgentLog) : [];

    private string AgentLog => Path.Combine(_directory, "agent.log");

    /// <summary>Starts a Postgres and a control plane.</summary>
    /// <param name="directory">For the data: emptied first, and left behind for whoever wonders.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<NodeStack> StartAsync(string directory, CancellationToken ct)
    {
        await EndLeftBehindAsync(directory);
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        Directory.CreateDirectory(directory);
        var stack = new NodeStack(directory, await PrivatePostgres.StartAsync(Path.Combine(directory, "postgres"), TimeProvider.System, ct));
        try
        {
            await stack.StartControlPlaneAsync(ct);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds channels that are wanted at once.</summary>
    /// <param name="count">How many.</param>
    /// <param name="script">What their workers do.</param>
    /// <param name="ct">Ends it.</param>
    public async Task AddChannelsAsync(int count, string script, CancellationToken ct)
    {
        for (var i = 0; i < count; i++)
        {
            using var response = await PostAsync("/streamers", new { name = $"{script} {i:000}", url = ScriptedWorker.Url(script), active = true }, ct);
            if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"a channel was refused: {await response.Content.ReadAsStringAsync(ct)}");
        }
    }

    /// <summary>Starts the agent.</summary>
    /// <param name="capacity">Workers that it takes.</param>
    public void StartAgent(int capacity) => Agent = Start(AgentLog, "NodeAgent", new Dictionary<string, string>
    {
        ["CONTROL_PLANE_URL"] = _grpc!.ToString(),
        ["JOIN_TOKEN_FILE"] = Path.Combine(_directory, "join-token"),
        ["INSTANCE_ID"] = "bench",
        ["NODE_DIRECTORY"] = Path.Combine(_directory, "node"),
        ["STORAGE_SERVER_PATH"] = Path.Combine(_directory, "clips"),
        ["CLIP_WORKER"] = ScriptedWorker.Program,
        ["NODE_CAPACITY"] = capacity.ToString(CultureInfo.InvariantCulture),
        ["STOP_WORKERS_ON_EXIT"] = "true",

        // The flood is what is measured.
        ["WORKER_LOG_LINES_PER_S"] = "0",
    });

    /// <summary>Kills the agent with SIGKILL: its workers run on.</summary>
    public async Task KillAgentAsync(CancellationToken ct)
    {
        Agent!.Kill();
        await Agent.WaitForExitAsync(ct);
    }

    /// <summary>The agent's workers that have spoken; waits for so many.</summary>
    public Task<IReadOnlyList<WorkerDirectory>> WhenRunningAsync(int count, CancellationToken ct) => ScriptedWorker.WhenSpeakingAsync(Workers, count, Patience, ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await EndAsync(Agent);
        await EndAsync(_controlPlane);
        await EndLeftBehindAsync(_directory);
        await _postgres.StopAsync();
    }

    /// <summary>Asks a program to end, and kills it where it does not.</summary>
    public static async Task EndAsync(Process? process)
    {
        if (process is null || process.HasExited) return;
        await BenchProcess.RunAsync("kill", [process.Id.ToString(CultureInfo.InvariantCulture)], "/", TimeSpan.FromSeconds(5), CancellationToken.None);
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(15), TimeProvider.System);
        }
        catch (TimeoutException)
        {
            process.Kill();
        }
    }

    /// <summary>Workers whose agent was killed, by this run or one before it.</summary>
    public static async Task EndLeftBehindAsync(string directory, string node = "node")
    {
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid)) continue;
            if (!WorksBelow(folder, Path.Combine(directory, node))) continue;
            using var left = Process.GetProcessById(pid);
            left.Kill();
            await left.WaitForExitAsync();
        }
    }

    private static bool WorksBelow(string process, string directory)
    {
        try
        {
            return File.ResolveLinkTarget(Path.Combine(process, "cwd"), returnFinalTarget: false)?.FullName.StartsWith(directory, StringComparison.Ordinal) == true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has just ended, or is somebody else's.
            return false;
        }
    }

    private async Task StartControlPlaneAsync(CancellationToken ct)
    {
        var data = Path.Combine(_directory, "control-plane");
        _controlPlane = Start(Path.Combine(_directory, "control-plane.log"), "ControlPlane", new Dictionary<string, string>
        {
            ["DATA_DIRECTORY"] = data,
            ["DATABASE_URL"] = Connection,
            ["ADMIN_PASSWORD"] = Password,
            ["DASHBOARD_PORT"] = "0",
            ["STORAGE_SERVER_PATH"] = Path.Combine(_directory, "clips"),
        });
        var endpoints = Path.Combine(data, "endpoints.json");
        var begun = TimeProvider.System.GetTimestamp();
        while (!File.Exists(endpoints))
        {
            if (_controlPlane.HasExited || TimeProvider.System.GetElapsedTime(begun) > Patience) throw new InvalidOperationException($"the control plane does not start: see the log in {_directory}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ct);
        }

        var addresses = JsonNode.Parse(await File.ReadAllTextAsync(endpoints, ct))!;
        _grpc = new(addresses["grpc"]!.ToString());
        _http.BaseAddress = new(addresses["dashboard"]!.ToString());
        using var signedIn = await PostAsync("/auth/login", new { username = "admin", password = Password }, ct);
        signedIn.EnsureSuccessStatusCode();
        using var joins = await PostAsync("/tokens/join", new { node = "bench", uses = 1 }, ct);
        joins.EnsureSuccessStatusCode();
        await File.WriteAllTextAsync(Path.Combine(_directory, "join-token"), JsonNode.Parse(await joins.Content.ReadAsStringAsync(ct))!["token"]!.ToString(), ct);
    }

    private async Task<HttpResponseMessage> PostAsync(string path, object body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Origin", _http.BaseAddress!.GetLeftPart(UriPartial.Authority));
        return await _http.SendAsync(request, ct);
    }

    /// <summary>Starts one of our programs as a service.</summary>
    public static Process Start(string log, string program, Dictionary<string, string> environment) =>
        BenchProcess.StartService(log, "dotnet", [Path.Combine(BenchPlace.Root, "src", program, "bin/Release/net10.0", $"StreamClips.{program}.dll")], environment);
}
