using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using StreamClips.Testing;

namespace StreamClips.EndToEnd.Tests;

/// <summary>A `streamclips demo --json` that runs as a user would run it: the command as a process, everything below it real.</summary>
internal sealed partial class DemoRun : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<JsonObject> _events = [];
    private readonly StringBuilder _errors = new();
    private readonly Task _reading;

    private DemoRun(Process process, string data)
    {
        _process = process;
        Data = data;
        _reading = Task.WhenAll(ReadEventsAsync(), ReadErrorsAsync());
    }

    /// <summary>The data directory.</summary>
    public string Data { get; }

    /// <summary>The command's process id.</summary>
    public int Pid => _process.Id;

    /// <summary>What was printed on standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    /// <summary>The API as the admin; after <see cref="ReadyAsync"/>.</summary>
    public ApiClient Api { get; private set; } = null!;

    /// <summary>The simulated platform's control; after <see cref="ReadyAsync"/>.</summary>
    public SiteControl Site { get; private set; } = null!;

    /// <summary>Starts the command.</summary>
    /// <param name="data">The data directory.</param>
    /// <param name="arguments">More arguments.</param>
    public static DemoRun Start(string data, params string[] arguments) => StartCommand("demo", data, arguments);

    /// <summary>Starts <c>demo</c> or <c>up</c>.</summary>
    public static DemoRun StartCommand(string command, string data, params string[] arguments)
    {
        // setsid, so that a test may signal the command as a terminal would, without its own group.
        var start = new ProcessStartInfo("setsid") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["dotnet", Programs.Cli, command, "--json", "--data", data, .. arguments]) start.ArgumentList.Add(argument);
        start.Environment.Remove("DATABASE_URL");
        start.Environment.Remove("ADMIN_PASSWORD");
        return new DemoRun(Process.Start(start)!, data);
    }

    /// <summary>Starts it on any free port, with moments only where the test makes them, and waits until it is ready.</summary>
    public static async Task<DemoRun> StartReadyAsync(string data)
    {
        var demo = Start(data, "--port", "0", "--surges", "none");
        await demo.ReadyAsync();
        return demo;
    }

    /// <summary>Waits until everything runs.</summary>
    public async Task ReadyAsync()
    {
        var ready = await EventAsync("ready", _ => true, 180);
        var password = await File.ReadAllTextAsync(ready["password_file"]!.ToString());
        Api = await ApiClient.SignInAsync(new Uri(ready["url"]!.ToString()), password);
        if (ready["control"] is { } control) Site = new SiteControl(new Uri(control.ToString()));
    }

    /// <summary>Everything that was printed so far.</summary>
    public IReadOnlyList<JsonObject> Events
    {
        get
        {
            lock (_events) return [.. _events];
        }
    }

    /// <summary>Waits for an event.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="matches">Which of that name.</param>
    /// <param name="seconds">The deadline.</param>
    public async Task<JsonObject> EventAsync(string name, Func<JsonObject, bool> matches, double seconds)
    {
        try
        {
            return await Eventually.ValueAsync(
                () =>
                {
                    if (_process.HasExited && _reading.IsCompleted) throw new InvalidOperationException($"the command ended ({_process.ExitCode}) before '{name}': {Errors}");
                    return Task.FromResult(Events.FirstOrDefault(e => e["event"]!.ToString() == name && matches(e)));
                },
                $"event {name}", seconds);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; it told {string.Join(" | ", Events.Select(happened => happened.ToJsonString()))} {Errors}", e);
        }
    }

    /// <summary>Sends a signal to the command.</summary>
    public void Signal(int signal) => _ = Kill(_process.Id, signal);

    /// <summary>Waits for the command's end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync(double seconds)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        await _process.WaitForExitAsync(deadline.Token);
        await _reading.WaitAsync(deadline.Token);
        return _process.ExitCode;
    }

    /// <summary>Stops it as Ctrl-C does, and waits: it takes some 2 s, and 30 s are too long on any machine.</summary>
    public async Task<int> StopAsync()
    {
        Signal(Signals.Interrupt);
        return await ExitAsync(30);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Signal(Signals.Terminate);
            try
            {
                await ExitAsync(60);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        Api?.Dispose();
        Site?.Dispose();
        _process.Dispose();
        foreach (var left in Processes.Of(Data)) _ = Kill(left.Pid, Signals.Kill);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    private async Task ReadEventsAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var parsed = JsonNode.Parse(line)!.AsObject();
            lock (_events) _events.Add(parsed);
        }
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
            lock (_errors) _errors.AppendLine(line);
    }
}
