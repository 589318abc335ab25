using StreamClips.Shared;

namespace StreamClips.Cli.Running;

/// <summary>
/// Keeps one program running: started again when it ends by itself, at once the first time and then ever later. Too many
/// ends in a short time end the command, with what the program last said.
/// </summary>
public sealed class KeptAlive(Func<ProgramSpec> spec, Action<string> report, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Ends within <see cref="Window"/> that are too many.</summary>
    public const int TooMany = 6;

    /// <summary>The time in which ends are counted.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(2);

    private readonly Backoff _backoff = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10));
    private readonly Random _jitter = new(Environment.ProcessId);
    private readonly Queue<DateTimeOffset> _ends = new();
    private ChildProgram? _program;
    private volatile bool _stopping;

    /// <summary>The program that runs now.</summary>
    public ChildProgram Program => _program ?? throw new InvalidOperationException("not started");

    /// <summary>Starts it for the first time.</summary>
    public ChildProgram Start() => _program = ChildProgram.Start(spec());

    /// <summary>Waits until it is ready, right after its start.</summary>
    /// <param name="ready">What tells so; null: not yet.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="CommandException">It ended, or was not ready in time; with what it said.</exception>
    public async Task<T> WhenReadyAsync<T>(Func<T?> ready, TimeSpan limit, CancellationToken stop)
        where T : class
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        try
        {
            while (true)
            {
                if (ready() is { } answer) return answer;
                var exit = Program.WaitAsync(both.Token);
                if (await Task.WhenAny(exit, Task.Delay(TimeSpan.FromMilliseconds(50), time, both.Token)) != exit) continue;
                await exit;
                throw new CommandException(Describe(Program, $"the {Program.Spec.Name} ended (exit code {Program.ExitCode})"));
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new CommandException(Describe(Program, $"the {Program.Spec.Name} was not ready within {limit.TotalSeconds:0} s"));
        }
    }

    /// <summary>Watches it until it is stopped.</summary>
    /// <exception cref="CommandException">It ended too often.</exception>
    public async Task WatchAsync(CancellationToken stop)
    {
        while (true)
        {
            await Program.WaitAsync(stop);
            if (_stopping) return;
            var now = time.GetUtcNow();
            _ends.Enqueue(now);
            while (_ends.TryPeek(out var first) && now - first > Window) _ends.Dequeue();
            var name = Program.Spec.Name;
            if (_ends.Count >= TooMany) throw new CommandException(Describe(Program, $"the {name} ended {_ends.Count} times in {Window.TotalMinutes:0} minutes"));
            report($"the {name} ended (exit code {Program.ExitCode}): starting it again");
            await Program.DisposeAsync();
            if (_ends.Count > 1) await Task.Delay(_backoff.Delay(_ends.Count, _jitter), time, stop);
            if (_stopping) return;
            _program = ChildProgram.Start(spec());
        }
    }

    /// <summary>Stops it: asked first, ended when the grace is over.</summary>
    /// <returns>Whether it stopped when asked.</returns>
    public async Task<bool> StopAsync(TimeSpan grace)
    {
        _stopping = true;
        if (_program is null || await _program.StopAsync(grace, time)) return true;
        report($"the {_program.Spec.Name} did not stop within {grace.TotalSeconds:0} s and was ended");
        return false;
    }

    /// <summary>A failure with what the program said last.</summary>
    private static string Describe(ChildProgram program, string what)
    {
        var said = program.LastLines.Where(line => !string.IsNullOrWhiteSpace(line)).TakeLast(6).ToList();
        return said.Count == 0 ? what : $"{what}. It last said:\n    {string.Join("\n    ", said)}\n  The whole is in {program.Spec.LogFile}";
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_program is not null) await _program.DisposeAsync();
    }
}
