using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace StreamClips.Grpc.Tests.Pairs;

/// <summary>One of the programs under foreign/, which speaks with the test in lines of JSON and ends with it.</summary>
public sealed class NodeProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Action<JsonElement> _onLine;
    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly TaskCompletionSource<JsonElement> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Task _reading;

    private NodeProgram(Process process, Action<JsonElement> onLine)
    {
        _process = process;
        _onLine = onLine;
        _process.ErrorDataReceived += (_, line) => Complain(line.Data);
        _process.BeginErrorReadLine();
        _reading = ReadAsync();
    }

    /// <summary>Where the foreign programs and their packages are.</summary>
    public static string Directory { get; } = Path.Combine(AppContext.BaseDirectory, "foreign");

    /// <summary>Ends when the program has ended; the message says why it did.</summary>
    public Task Ended => _reading;

    public string Complaints => string.Join('\n', _complaints);

    /// <summary>Starts a program and waits for its first line.</summary>
    public static async Task<(NodeProgram Program, JsonElement Ready)> StartAsync(string script, Action<JsonElement> onLine)
    {
        var start = new ProcessStartInfo("node", [script])
        {
            WorkingDirectory = Directory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var program = new NodeProgram(Start(start), onLine);
        var first = await Task.WhenAny(program._ready.Task, program.Ended).WaitAsync(TimeSpan.FromSeconds(120), TimeProvider.System);
        if (first != program._ready.Task)
            throw new InvalidOperationException($"foreign/{script} ended before it was ready:\n{program.Complaints}");
        return (program, await program._ready.Task);
    }

    /// <summary>Starts a process, with a clear message where the command is missing.</summary>
    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new InvalidOperationException(
                $"The gRPC interoperability tests need Node.js 18 or newer with npm, and '{start.FileName}' cannot be started " +
                $"({error.Message}). On Debian: apt-get install nodejs npm.",
                error);
        }
    }

    public async Task WriteAsync(object line)
    {
        await _writing.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(line, JsonSerializerOptions.Web));
            await _process.StandardInput.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Ends it as kill -9 does.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        }
        catch (Exception error) when (error is TimeoutException or IOException)
        {
            _process.Kill();
        }

        await _reading;
        _process.Dispose();
        _writing.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } text)
        {
            var line = JsonSerializer.Deserialize<JsonElement>(text);
            if (!_ready.TrySetResult(line))
                _onLine(line);
        }
    }

    private void Complain(string? line)
    {
        if (line is not null && _complaints.Count < 200)
            _complaints.Enqueue(line);
    }
}
