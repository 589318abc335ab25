using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Tests.Accounts;
using StreamClips.ControlPlane.Tests.Enrollment;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Command;

/// <summary>The command as a process, with a home of its own, against a control plane.</summary>
internal sealed class CommandLine(Uri? server, string? token) : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public string Path(string name) => _home[name];

    public static async Task<CommandLine> OfAsync(TestControlPlane control, string scope = "admin") => new(control.Address, (await control.Http.TokenAsync(scope)).Text);

    /// <summary>Runs it; standard input has these lines and ends.</summary>
    /// <returns>The exit code, standard output, and that with standard error.</returns>
    public async Task<(int Code, string Answer, string All)> RunAsync(IEnumerable<string> arguments, string typed = "")
    {
        using var program = new OtherProgram("Cli", new Dictionary<string, string>
        {
            ["XDG_CONFIG_HOME"] = _home.Path, ["STREAMCLIPS_URL"] = server?.ToString() ?? "", ["STREAMCLIPS_TOKEN"] = token ?? "",
        }, [.. arguments]);
        program.Type(typed);
        return (await program.ExitAsync(), program.Answer, program.Output.Trim());
    }

    /// <summary>Runs it with arguments that have no spaces in them.</summary>
    public Task<(int Code, string Answer, string All)> RunAsync(string arguments, string typed = "") => RunAsync(arguments.Split(' '), typed);

    /// <summary>Runs it, wants success, and gives what it said.</summary>
    public async Task<string> SaysAsync(string arguments, string typed = "")
    {
        var (code, _, all) = await RunAsync(arguments, typed);
        Assert.That(code, Is.Zero, all);
        return all;
    }

    /// <summary>Runs it with <c>--json</c>, wants success, and gives the document.</summary>
    public async Task<JsonNode> JsonAsync(string arguments, string typed = "")
    {
        var (code, answer, all) = await RunAsync($"{arguments} --json", typed);
        Assert.That(code, Is.Zero, all);
        return JsonNode.Parse(answer)!;
    }

    public void Dispose() => _home.Dispose();
}
