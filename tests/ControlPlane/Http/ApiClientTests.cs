using System.Diagnostics;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Tests.Accounts;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Http;

/// <summary>Judges the description by public programs: a validator of OpenAPI 3.1, and a generator whose client works with a running control plane.</summary>
[Category("Slow")]
public sealed class ApiClientTests : ControlPlaneFixture
{
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public async Task PrepareAsync()
    {
        _directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(_directory["openapi.json"], await _control.Http.GetStringAsync("/openapi/v1.json"));
        await File.WriteAllTextAsync(_directory["package.json"], """{"type": "module"}""");
        var folder = Folder();
        Directory.CreateSymbolicLink(_directory["node_modules"], Path.Combine(folder, "node_modules"));
        foreach (var file in (string[])["client.ts", "validate.mjs"]) File.Copy(Path.Combine(folder, file), _directory[file]);
    }

    [TearDown]
    public void PutAway() => _directory.Dispose();

    [Test]
    public async Task The_description_is_OpenAPI_3_1()
    {
        var verdict = JsonNode.Parse(await NodeAsync("validate.mjs", "openapi.json"))!;

        Assert.That(verdict["errors"]!.ToJsonString(), Is.EqualTo("[]"));
        Assert.That((verdict["valid"]!.GetValue<bool>(), verdict["version"]!.ToString()), Is.EqualTo((true, "3.1")));
    }

    [Test]
    public async Task A_client_that_a_public_generator_makes_of_it_adds_lists_changes_and_removes()
    {
        await NodeAsync("node_modules/openapi-typescript/bin/cli.js", "openapi.json", "--output", "schema.d.ts");
        await NodeAsync("node_modules/typescript/bin/tsc", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "client.ts");

        var told = JsonNode.Parse(await NodeAsync("client.js"))!;

        Assert.That(told["listed"]!.ToJsonString(), Is.EqualTo("""["emil","dora","carl","bert","ada"]"""));
        Assert.That((told["unchanged"]!.GetValue<int>(), told["version"]!.GetValue<int>(), told["name"]!.ToString()), Is.EqualTo((304, 2, "Ada")));
        Assert.That((told["stale"]!.GetValue<int>(), told["staleTitle"]!.ToString()), Is.EqualTo((412, "this was changed by somebody else meanwhile: it is of version 2 now")));
        Assert.That(told["faults"]!.ToJsonString(), Is.EqualTo("""["name","url"]"""));
        Assert.That(told["left"]!.GetValue<int>(), Is.Zero);
    }

    private async Task<string> NodeAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("node", arguments) { WorkingDirectory = _directory.Path, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["API_URL"] = _control.Address.ToString().TrimEnd('/');
        start.Environment["API_TOKEN"] = (await _control.Http.TokenAsync("operate")).Text;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        Assert.That(process.ExitCode, Is.Zero, $"{arguments[0]}: {await output} {await errors}");
        return await output;
    }

    private static string Folder()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "StreamClips.sln"))) at = Path.GetDirectoryName(at) ?? throw new InvalidOperationException("the tests run outside of the repository");
        return Path.Combine(at, "tests", "ControlPlane", "Http", "Client");
    }
}
