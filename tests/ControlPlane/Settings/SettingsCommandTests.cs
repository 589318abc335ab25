using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Tests.Accounts;
using StreamClips.ControlPlane.Tests.Enrollment;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Settings;

/// <summary>The command, as a process, shows and changes settings.</summary>
[Category("Slow")]
public sealed class SettingsCommandTests
{
    [Test]
    public async Task Settings_are_set_compared_listed_and_put_back_by_command()
    {
        using var directory = new TemporaryDirectory();
        await using var control = await TestControlPlane.StartAsync();
        await control.AddStreamerAsync("ada", active: false);
        var token = (await control.Http.TokenAsync("operate")).Text;

        Assert.That(await RunAsync("set", "surge_threshold=3", "exact=true"), Is.EqualTo((0, "version 1: surge_threshold 2 → 3, exact false → true")));
        Assert.That((await RunAsync("unset", "exact")).Output, Is.EqualTo("version 2: exact true → false"));
        Assert.That((await RunAsync("set", "surge_threshold=3")).Output, Is.EqualTo("they are so already: nothing changed"));
        Assert.That((await RunAsync("set", "clip_duration=45", "--streamer", "ada")).Output, Is.EqualTo("version 2: clip_duration default → 45"));
        Assert.That((await RunAsync("diff", "--streamer", "ada")).Output, Does.Match(@"SETTING +DEFAULT +OWN\s+clip_duration +60 +45"));
        Assert.That((await RunAsync("diff", "1", "2")).Output, Does.Match(@"SETTING +VERSION 1 +VERSION 2\s+exact +true +false"));
        Assert.That((await RunAsync("rollback", "1")).Output, Is.EqualTo("version 3: exact false → true (as in version 1)"));
        Assert.That((await RunAsync("history")).Output, Does.Match(@"3 +\S+ \S+ +admin +exact false → true \(as in version 1\)"));
        Assert.That((await RunAsync("show", "--streamer", "ada")).Output, Does.Match(@"clip_duration +45 +override +60").And.Match(@"surge_threshold +3 +default +3"));
        Assert.That(JsonNode.Parse((await RunAsync("show", "--json")).Output)!["settings"]!["exact"]!.GetValue<bool>(), Is.True);
        Assert.That(await RunAsync("rollback", "77"), Is.EqualTo((1, "streamclips: there is no version 77")));
        Assert.That((await RunAsync("set", "clip_duration=1")).Output, Does.Contain("clip_duration is 1 s: give 5 to 600 seconds"));
        Assert.That((await RunAsync("diff")).Output, Does.Match(@"exact +false +true"), "against the program's own");
        Assert.That((await RunAsync("diff", "newest")).Code, Is.EqualTo(2));

        async Task<(int Code, string Output)> RunAsync(params string[] arguments)
        {
            using var program = new OtherProgram("Cli", new Dictionary<string, string>
            {
                ["XDG_CONFIG_HOME"] = directory.Path, ["STREAMCLIPS_URL"] = control.Address.ToString(), ["STREAMCLIPS_TOKEN"] = token,
            }, ["settings", .. arguments]);
            return (await program.ExitAsync(), program.Output.Trim());
        }
    }
}
