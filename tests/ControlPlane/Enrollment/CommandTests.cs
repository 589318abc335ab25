using System.Text.Json.Nodes;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Enrollment;

/// <summary>The command, as a process, against a real control plane.</summary>
[Category("Slow")]
public sealed class CommandTests
{
    private TestControlPlane _control = null!;
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _directory = new TemporaryDirectory();
        _control = await TestControlPlane.StartAsync();
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _control.DisposeAsync();
        _directory.Dispose();
    }

    [Test]
    public async Task Who_signs_in_lets_nodes_in_and_puts_them_out()
    {
        var (code, said) = await RunAsync(TestControlPlane.Password, "login", _control.Address.ToString());
        Assert.That((code, said.Contains("as admin", StringComparison.Ordinal)), Is.EqualTo((0, true)), said);
        var file = _directory["streamclips/contexts.json"];
        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(await File.ReadAllTextAsync(file), Does.Not.Contain(TestControlPlane.Password));

        var made = JsonNode.Parse((await RunAsync(null, "nodes", "token", "create", "--node", "node-1", "--ttl", "2h", "--json")).Output)!;
        Assert.That(made["token"]!.ToString(), Does.StartWith("scj1_"));
        Assert.That((await RunAsync(null, "nodes", "token", "list")).Output, Does.Contain("active").And.Contain("0 of 1").And.Contain("node-1"));
        Assert.That((await RunAsync(null, "nodes", "token", "revoke", made["id"]!.ToString())).Code, Is.Zero);
        Assert.That((await RunAsync(null, "nodes", "token", "list", "--json")).Output, Does.Contain("\"revoked\""));

        using var certificate = await TestNode.EnrolledAsync(_control);
        Assert.That((await RunAsync(null, "nodes", "revoke", "node-1", "--yes")).Output, Does.Contain("node node-1 is revoked"));
        Assert.That((await RunAsync(null, "nodes", "list")).Output, Does.Contain("There is no node yet"), "it never connected");

        Assert.That((await RunAsync(null, "logout")).Code, Is.Zero);
        Assert.That(await _control.ScalarAsync<long>("select count(*) from api_token"), Is.Zero, "its token went with it");
    }

    [Test]
    public async Task What_is_wrong_is_told_with_the_remedy_and_an_exit_code()
    {
        Assert.That(await RunAsync(null, "nodes", "list"), Is.EqualTo((1, "streamclips: you are not signed in to a control plane: streamclips login http://127.0.0.1:8080")));
        Assert.That(await RunAsync("wrong password", "login", _control.Address.ToString()), Is.EqualTo((1, "streamclips: the user name or the password is wrong")));
        Assert.That((await RunAsync("x", "login", "http://clips.example")).Output, Does.Contain("would show your password to the network"));
        Assert.That((await RunAsync(null, "nodes", "token", "create", "--ttl", "soon")).Code, Is.EqualTo(2));
        await RunAsync(TestControlPlane.Password, "login", _control.Address.ToString());
        Assert.That(await RunAsync(null, "nodes", "show", "nobody"), Is.EqualTo((1, "streamclips: there is no node nobody")));
        Assert.That((await RunAsync(null, "nodes", "token", "create", "--uses", "0")).Output, Does.Contain("uses is 0: give a whole number from 1 to 1000"));
    }

    private async Task<(int Code, string Output)> RunAsync(string? typed, params string[] arguments)
    {
        using var program = new OtherProgram("Cli", new Dictionary<string, string> { ["XDG_CONFIG_HOME"] = _directory.Path, ["STREAMCLIPS_URL"] = "" }, arguments);
        program.Type(typed ?? "");
        return (await program.ExitAsync(), program.Output.Trim());
    }
}
