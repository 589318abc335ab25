using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Database;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests;

/// <summary>The control plane as a process of its own.</summary>
internal sealed class ControlPlaneProgram : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    public ControlPlaneProgram(string directory, Dictionary<string, string>? environment = null, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ControlPlaneApp).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false,
        };
        start.Environment["DATA_DIRECTORY"] = directory;
        start.Environment["DASHBOARD_PORT"] = "0";
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Add(e.Data);
        _process.ErrorDataReceived += (_, e) => Add(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        DataPath = directory;
    }

    public string DataPath { get; }

    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>Waits until it says where it answers.</summary>
    public Task<Uri> ReadyAsync() => ReadyAsync("dashboard");

    /// <summary>Waits until it says where it answers whom: the dashboard's users or, by <c>grpc</c>, agents.</summary>
    public async Task<Uri> ReadyAsync(string whom)
    {
        var file = Path.Combine(DataPath, "endpoints.json");
        await Eventually.TrueAsync(() => File.Exists(file) || _process.HasExited, "the control plane is ready");
        Assert.That(_process.HasExited, Is.False, Output);
        return new Uri(JsonNode.Parse(await File.ReadAllTextAsync(file))![whom]!.ToString());
    }

    public void CloseInput() => _process.StandardInput.Close();

    public void Kill() => _process.Kill();

    public void Signal(int signal) => Postmaster.Signal(_process.Id, signal);

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Add(string? line)
    {
        lock (_output) _output.AppendLine(line);
    }
}
