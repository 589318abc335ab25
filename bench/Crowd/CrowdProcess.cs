using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace StreamClips.Bench.Crowd;

/// <summary>The crowd's program, running. It ends with its using block.</summary>
internal sealed class CrowdProcess : IAsyncDisposable
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(20);
    private readonly Process _program;

    private CrowdProcess(Process program) => _program = program;

    /// <summary>Its process, which leads a session of its own.</summary>
    public int Id => _program.Id;

    /// <summary>Why it does not go on; null: it does.</summary>
    public string? Fault => _program.HasExited ? _program.StandardOutput.ReadToEnd().Trim() is { Length: > 0 } said ? said : $"it ended with {_program.ExitCode}" : null;

    /// <summary>Starts it, and returns when all agents are connected.</summary>
    /// <exception cref="InvalidOperationException">One could not connect.</exception>
    public static async Task<CrowdProcess> StartAsync(CrowdOrder order, CancellationToken ct)
    {
        var program = BenchProcess.Start(
            "setsid", ["dotnet", typeof(CrowdProgram).Assembly.Location, CrowdProgram.Command], readsOutput: true, writesInput: true);
        var crowd = new CrowdProcess(program);
        try
        {
            await crowd.SayAsync(order, ct);
            var said = await program.StandardOutput.ReadLineAsync(ct);
            if (said != CrowdProgram.Joined) throw new InvalidOperationException($"the simulated agents do not connect: {said}");
            await crowd.YieldAsync(ct);
            return crowd;
        }
        catch
        {
            await crowd.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives each agent the processes that it says it runs.</summary>
    public Task GiveAsync(IReadOnlyList<IReadOnlyList<Guid>> processes, CancellationToken ct) => SayAsync(processes, ct);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _program.StandardInput.Close();
        try
        {
            await _program.WaitForExitAsync().WaitAsync(LongestEnd, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            _program.Kill();
        }

        _program.Dispose();
    }

    /// <summary>All of its threads give way to everybody else; and its session as a whole, where sessions have shares (sched(7), autogroups).</summary>
    private async Task YieldAsync(CancellationToken ct)
    {
        var (nice, group) = (CrowdProgram.Nice.ToString(CultureInfo.InvariantCulture), Id.ToString(CultureInfo.InvariantCulture));
        if ((await BenchProcess.RunAsync("renice", ["-n", nice, "-g", group], "/", LongestEnd, ct)).Fault is { } fault) throw new InvalidOperationException(fault);
        try
        {
            await File.WriteAllTextAsync($"/proc/{group}/autogroup", nice, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There are none.
        }
    }

    private async Task SayAsync<T>(T what, CancellationToken ct)
    {
        await _program.StandardInput.WriteLineAsync(JsonSerializer.Serialize(what).AsMemory(), ct);
        await _program.StandardInput.FlushAsync(ct);
    }
}
