using System.Net.Sockets;
using System.Text.Json.Nodes;
using StreamClips.Cli.Data;
using StreamClips.Cli.Events;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Running;

/// <summary>
/// Everything of <c>demo</c> or <c>up</c> on this machine: the simulated platform where it is wanted, the control plane
/// (with its private Postgres), one node agent. Starts them in order, prints what happens, keeps them alive, and stops
/// them in the reverse order within 10 s.
/// </summary>
public sealed class Stack(RunOptions options, DataDirectory data, TimeProvider time) : IAsyncDisposable
{
    /// <summary>For everything to stop in: what is asked of Ctrl-C is 10 s.</summary>
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(9);

    /// <summary>Of that for the agent, which stops its workers and ships what they have.</summary>
    private static readonly TimeSpan AgentGrace = TimeSpan.FromSeconds(5.5);

    private readonly EventPrinter _printer = new(Console.Out, options.Json, time);
    private readonly StackPrograms _programs = new(options, data);
    private readonly List<KeptAlive> _kept = [];

    /// <summary>Runs until it is told to stop, the time is over, or something cannot be kept alive.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="CommandException">It cannot be started, or not be kept alive.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        RequireFreePort(options.Port);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            var (client, watching) = await StartAsync(ended.Token);
            using (client)
            {
                if (options.For is { } duration) ended.CancelAfter(duration);
                await FirstFailureAsync(watching, ended);
            }
        }
        finally
        {
            await StopAsync();
        }

        var missed = options is { Simulated: true, For: not null } && _printer.Clips == 0;
        if (missed) _printer.Note("demo.failed", "no clip was saved in that time");
        return missed ? ExitCode.Failed : ExitCode.Done;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var program in _kept) await program.DisposeAsync();
    }

    private async Task<(ControlPlaneClient Client, List<Task> Watching)> StartAsync(CancellationToken stop)
    {
        ControlPlaneEndpoints.Forget(data.ControlPlane);
        var watching = new List<Task>();
        var (client, password) = await Progress.OfConsole(options.Json, time).RunAsync("starting", state => StartControlPlaneAsync(watching, state, stop), stop);
        SayReady(password);

        watching.Add(FollowEventsAsync(client, stop));
        // Used where the node has no certificate yet, or its own is let in no more.
        data.WriteJoinToken(await client.AddJoinTokenAsync(StackPrograms.NodeId, stop));
        watching.Add(Keep(_programs.NodeAgent).WatchAsync(stop));
        return (client, watching);
    }

    private async Task<(ControlPlaneClient Client, string Password)> StartControlPlaneAsync(List<Task> watching, ProgressState state, CancellationToken stop)
    {
        // First, as the control plane asks it who is live. Its first moment comes so many seconds after the first worker watches it.
        if (options.Simulated)
        {
            state.Report(0, 0, "the simulated channels");
            var site = Keep(_programs.LiveSite);
            _programs.Site = await StartedSite.WhenReadyAsync(site, stop);
            watching.Add(site.WatchAsync(stop));
        }

        state.Report(0, 0, "PostgreSQL and the control plane");
        var controlPlane = Keep(_programs.ControlPlane);
        _programs.Endpoints = await ControlPlaneEndpoints.WhenReadyAsync(controlPlane, data.ControlPlane, stop);
        watching.Add(controlPlane.WatchAsync(stop));

        var password = await File.ReadAllTextAsync(data.AdminPasswordFile, stop);
        var client = new ControlPlaneClient(_programs.Endpoints.Dashboard, password);
        await client.SignInAsync(stop);
        foreach (var channel in _programs.Site?.Channels ?? []) await client.AddStreamerAsync(DemoChannels.Streamer(channel), stop);
        return (client, password);
    }

    private void SayReady(string password)
    {
        var more = new JsonObject { ["grpc"] = _programs.Endpoints!.Grpc.ToString() };
        if (_programs.Site is { } site) more["control"] = site.Control.ToString();
        var title = options.Simulated ? "StreamClips demo: three simulated channels" : "StreamClips";
        _printer.Ready(title, _programs.Endpoints.Dashboard, data.Path, password, data.AdminPasswordFile, more);
        if (!options.Simulated) _printer.Note("hint", "add the channels to watch on the dashboard's page Streamers");
    }

    private KeptAlive Keep(Func<ProgramSpec> spec)
    {
        var kept = new KeptAlive(spec, text => _printer.Note("program.restarted", text), time);
        kept.Start();
        _kept.Add(kept);
        return kept;
    }

    private async Task FollowEventsAsync(ControlPlaneClient client, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await foreach (var happened in client.FollowAsync(stop)) _printer.Print(happened);
            }
            catch (Exception e) when (e is HttpRequestException or IOException && !stop.IsCancellationRequested)
            {
                // The control plane restarts; what it has to say is kept for us in the database.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(300), time, stop);
        }
    }

    private static async Task FirstFailureAsync(List<Task> watching, CancellationTokenSource ended)
    {
        var first = await Task.WhenAny(watching);
        await ended.CancelAsync();
        try
        {
            await first;
        }
        catch (OperationCanceledException)
        {
            // The ordinary end.
        }
    }

    private async Task StopAsync()
    {
        if (_kept.Count == 0) return;
        if (!options.Json) _printer.Note("stopping", "stopping");
        var asked = time.GetTimestamp();

        // The agent first: what its workers still have goes through the control plane. The rest may go together.
        var agent = _kept.Find(k => k.Program.Spec.Name == StackPrograms.NodeAgentName);
        if (agent is not null) await agent.StopAsync(AgentGrace);
        var rest = StopDeadline - time.GetElapsedTime(asked);
        var stopped = await Task.WhenAll(_kept.Where(k => k != agent).Select(k => k.StopAsync(rest)));
        if (stopped.All(clean => clean)) return;

        // A control plane that had to be killed leaves its database running.
        await using var cleaner = ChildProgram.Start(_programs.StopDatabase());
        await cleaner.StopAfterAsync(TimeSpan.FromSeconds(6), time);
    }

    private static void RequireFreePort(int port)
    {
        if (port == 0) return;
        try
        {
            using var listener = new TcpListener(System.Net.IPAddress.Loopback, port);
            listener.Start();
        }
        catch (SocketException e)
        {
            throw new CommandException(e.SocketErrorCode == SocketError.AccessDenied
                ? $"port {port} may not be used by this user: give another with --port, or 0 for any free one."
                : $"port {port} is in use: give another with --port, or 0 for any free one.");
        }
    }
}
