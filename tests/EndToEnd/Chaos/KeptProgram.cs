using System.Diagnostics;

namespace StreamClips.EndToEnd.Tests.Chaos;

/// <summary>A program that is started again whenever it has ended, as a machine's service manager would, until the test stops it.</summary>
internal sealed class KeptProgram : IAsyncDisposable
{
    private const int KeptLines = 60;
    private readonly string _name;
    private readonly Func<ProcessStartInfo> _start;
    private readonly Chronicle _chronicle;
    private readonly Lock _lock = new();
    private readonly Queue<string> _output = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;
    private Process? _process;

    /// <summary>Starts it.</summary>
    /// <param name="name">Its name in the chronicle.</param>
    /// <param name="start">How it is started; asked each time.</param>
    /// <param name="chronicle">Takes its starts and ends.</param>
    public KeptProgram(string name, Func<ProcessStartInfo> start, Chronicle chronicle)
    {
        (_name, _start, _chronicle) = (name, start, chronicle);
        _running = RunAsync();
    }

    /// <summary>How long it stays away after its next end.</summary>
    public TimeSpan Away { get; set; }

    /// <summary>Its last lines.</summary>
    public string Output
    {
        get
        {
            lock (_lock) return string.Join('\n', _output);
        }
    }

    /// <summary>Sends a signal; nothing where it does not run now.</summary>
    public void Signal(int signal)
    {
        lock (_lock)
            if (_process is { HasExited: false } process) Processes.Signal(process.Id, signal);
    }

    /// <summary>Lets it stand still for a while. It is the same process that goes on.</summary>
    public async Task StandStillAsync(TimeSpan time)
    {
        Process? process;
        lock (_lock) process = _process;
        Signal(Signals.Stop);
        await Task.Delay(time, TimeProvider.System);
        lock (_lock)
            if (process is not null && process == _process) Processes.Signal(process.Id, Signals.Continue);
    }

    /// <summary>Asks it to end, waits, and starts it no more.</summary>
    /// <returns>Its exit code; null where it did not run.</returns>
    public async Task<int?> StopAsync()
    {
        await _end.CancelAsync();
        Signal(Signals.Terminate);
        await _running.WaitAsync(TimeSpan.FromSeconds(120), TimeProvider.System);
        return _process?.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        Signal(Signals.Kill);
        await _running;
        _process?.Dispose();
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var process = Start();
            await process.WaitForExitAsync();
            var killed = process.ExitCode is 0 or (128 + Signals.Kill);
            _chronicle.Add($"{_name} ({process.Id}) ended with {process.ExitCode}{(killed ? "" : $", by itself: {Tail(4)}")}");
            if (_end.IsCancellationRequested) return;

            // One that cannot start now, as its database is being tormented, is not started a hundred times a second.
            await Task.Delay(Away + TimeSpan.FromMilliseconds(100), TimeProvider.System, _end.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            Away = TimeSpan.Zero;
        }
    }

    private Process Start()
    {
        var start = _start();
        (start.UseShellExecute, start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (false, true, true, true);

        // Should the tests be killed, it goes with them.
        start.Environment["STREAMCLIPS_STOP_WITH_PARENT"] = "1";
        lock (_lock)
        {
            _process?.Dispose();
            _process = Process.Start(start)!;
            _output.Enqueue($"--- {_process.Id} started");
            _process.OutputDataReceived += (_, e) => Keep(e.Data);
            _process.ErrorDataReceived += (_, e) => Keep(e.Data);
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
            _chronicle.Add($"{_name} ({_process.Id}) started");
            return _process;
        }
    }

    private string Tail(int lines)
    {
        lock (_lock) return string.Join(" / ", _output.TakeLast(lines));
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_lock)
        {
            _output.Enqueue(line);
            if (_output.Count > KeptLines) _output.Dequeue();
        }
    }
}
