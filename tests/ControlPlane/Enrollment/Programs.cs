using System.Diagnostics;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Enrollment;

/// <summary>One of our other programs as a process: killed with the test.</summary>
internal sealed class OtherProgram : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [];

    public OtherProgram(string name, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        // From its own output folder: this one is tests/ControlPlane/bin/Release/net10.0.
        var dll = Path.Combine(AppContext.BaseDirectory.Replace("/tests/ControlPlane/", $"/src/{name}/", StringComparison.Ordinal), $"StreamClips.{name}.dll");
        var start = new ProcessStartInfo("dotnet", [dll, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var (variable, value) in environment) start.Environment[variable] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Pid => _process.Id;

    public string Output
    {
        get
        {
            lock (_output) return string.Join('\n', _output);
        }
    }

    public void Type(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Close();
    }

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
        return _process.ExitCode;
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async Task SaysAsync(string what)
    {
        try
        {
            await Eventually.TrueAsync(() => Output.Contains(what, StringComparison.Ordinal), $"it says '{what}'");
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}; it said:\n{Output}", e);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_output) _output.Add(line);
    }
}
