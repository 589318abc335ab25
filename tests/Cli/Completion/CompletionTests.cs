using System.Diagnostics;
using StreamClips.Cli.Completion;
using StreamClips.Testing;

namespace StreamClips.Cli.Tests.Completion;

/// <summary>Completion: the words, and bash with the function that it is given.</summary>
[TestFixture]
internal sealed class CompletionTests
{
    [TestCase("streamclips str", "streamers")]
    [TestCase("streamclips streamers sh", "show")]
    [TestCase("./streamclips streamers list --li", "--limit")]
    [TestCase("streamclips users role ada o", "operator")]
    [TestCase("streamclips completion ", "bash,fish,zsh")]
    [TestCase("streamclips re", "replay")]
    [TestCase("streamclips fly ", "")]
    [TestCase("streamclips", "")]
    public void Words_are_completed(string line, string words) => Assert.That(string.Join(',', Suggestions.Of(line)), Is.EqualTo(words));

    [Test]
    public void Options_are_offered_where_nothing_else_fits()
    {
        Assert.That(Suggestions.Of("streamclips "), Does.Contain("streamers").And.Contain("watch").And.Not.Contain("--help"));
        Assert.That(Suggestions.Of("streamclips events "), Does.Contain("--follow").And.Contain("--since"));
    }

    [Test]
    public async Task Bash_completes_by_the_function_also_behind_a_colon_and_quietly_without_a_control_plane()
    {
        using var home = new TemporaryDirectory();
        Directory.CreateDirectory(home["streamclips"]);
        await File.WriteAllTextAsync(home["streamclips/contexts.json"], """{"current":"127.0.0.1:9","contexts":{"127.0.0.1:9":{"server":"http://127.0.0.1:9","token":"sct_x","user":"a"},"my own":{"server":"http://127.0.0.1:9","token":"sct_x","user":"a"}}}""");
        File.SetUnixFileMode(home["streamclips/contexts.json"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllTextAsync(home["streamclips.sh"], $"#!/bin/bash\nexec dotnet '{typeof(Suggestions).Assembly.Location}' \"$@\"\n");
        File.SetUnixFileMode(home["streamclips.sh"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(home["bin"]);
        File.CreateSymbolicLink(home["bin/streamclips"], home["streamclips.sh"]);

        // As readline does: words end at ':' too, and the last one is the one under the cursor.
        var said = await BashAsync(home, """
            eval "$(streamclips completion bash)"
            complete_ "streamclips streamers st" streamclips streamers st
            complete_ "streamclips contexts use 127.0.0.1:" streamclips contexts use 127.0.0.1 : ""
            complete_ "streamclips contexts use m" streamclips contexts use m
            complete_ "streamclips streamers show a" streamclips streamers show a
            """);

        Assert.That(said, Is.EqualTo("start stop\n9\nmy\\ own\n\n"));
    }

    [Test]
    public async Task The_script_completes_without_building_anything()
    {
        using var home = new TemporaryDirectory();
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "streamclips"))) root = root.Parent;
        var said = await BashAsync(home, $"'{root.FullName}/streamclips' '[suggest:22]' './streamclips process'");
        Assert.That(said, Is.EqualTo("processes\n"));
    }

    private static async Task<string> BashAsync(TemporaryDirectory home, string script)
    {
        const string Complete = """
            complete_() { COMP_LINE=$1 COMP_POINT=${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _streamclips; echo "${COMPREPLY[*]}"; }

            """;
        var start = new ProcessStartInfo("bash", ["-c", Complete + script]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["XDG_CONFIG_HOME"] = home.Path;
        start.Environment["STREAMCLIPS_URL"] = "";
        start.Environment["PATH"] = $"{home["bin"]}:{start.Environment["PATH"]}";
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(120));
        Assert.That(await errors, Is.Empty);
        return await output;
    }
}
