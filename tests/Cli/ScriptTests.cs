using System.Diagnostics;
using StreamClips.Testing;

namespace StreamClips.Cli.Tests;

/// <summary>The script `streamclips` and its set-up, on machines that lack something.</summary>
[TestFixture]
internal sealed class ScriptTests
{
    private static readonly string Root = FindRoot();

    [TestCase("help", 0)]
    [TestCase("", 2)]
    [TestCase("fly", 2)]
    [TestCase("test --fast", 2)]
    [TestCase("test one two", 2)]
    public async Task Usage_is_told_with_its_exit_code(string arguments, int exitCode)
    {
        var (code, output) = await BashAsync($"exec '{Root}/streamclips' {arguments}");
        Assert.That(code, Is.EqualTo(exitCode));
        Assert.That(output, Does.Contain(exitCode == 0 ? "usage:" : "streamclips").And.Contain(arguments.Split(' ')[^1]));
    }

    [Test]
    public async Task A_missing_program_without_root_or_sudo_is_named_with_the_command_that_installs_it()
    {
        var (code, output) = await SetUpAsync("need_programs ffmpeg node", root: false, "bash", "apt-get", "mkdir", "rm");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("missing: ffmpeg nodejs npm").And.Contain("no sudo").And.Contain("apt-get install ffmpeg nodejs npm"));
    }

    [Test]
    public async Task Half_of_a_pair_is_not_enough()
    {
        var (_, output) = await SetUpAsync("need_programs ffmpeg node", root: false, "bash", "apt-get", "!ffmpeg: true", "!node: true");
        Assert.That(output, Does.Contain("missing: ffmpeg nodejs npm"));
    }

    [TestCase("14.13", 1)]
    [TestCase("15.4", 0)]
    public async Task Postgres_must_be_15_or_newer(string version, int exitCode)
    {
        var (code, _) = await SetUpAsync("has_postgres /nowhere", root: true, "bash", $"!postgres: echo 'postgres (PostgreSQL) {version} (Debian)'");
        Assert.That(code, Is.EqualTo(exitCode));
    }

    [Test]
    public async Task A_machine_without_apt_is_told_what_to_install()
    {
        var (code, output) = await SetUpAsync("need_programs ffmpeg", root: true, "bash", "mkdir");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("missing: ffmpeg").And.Contain("no apt-get"));
    }

    [Test]
    public async Task An_apt_that_fails_is_quoted()
    {
        var (code, output) = await SetUpAsync("need_programs ffmpeg", root: true, "bash", "mkdir", "tail", "env", "!apt-get: echo E: no space left; exit 100");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("installing with apt: ffmpeg").And.Contain("E: no space left").And.Contain("apt could not install: ffmpeg"));
    }

    [Test]
    public async Task A_missing_sdk_is_named()
    {
        var (code, output) = await SetUpAsync("need_sdk", root: true, "bash");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain(".NET SDK 10.0 is missing"));
    }

    [Test]
    public async Task An_old_sdk_is_named_with_its_version()
    {
        var (code, output) = await SetUpAsync("need_sdk", root: true, "bash", "grep", "cut", "tr", "!dotnet: echo '8.0.404 [/usr/share/dotnet/sdk]'");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain(".NET SDK 10.0 is needed").And.Contain("8.0.404"));
    }

    [Test]
    public async Task What_is_there_is_not_installed_again()
    {
        var (code, output) = await SetUpAsync("need_programs ffmpeg node && echo fine", root: true, "bash", "!ffmpeg: true", "!ffprobe: true", "!node: true", "!npm: true");
        Assert.That(code, Is.Zero);
        Assert.That(output.Trim(), Is.EqualTo("fine"));
    }

    [Test]
    public async Task Of_failed_tests_the_name_and_the_beginning_of_message_and_stack_are_told()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory["x.trx"], """
            <Results>
                <UnitTestResult testName="A_good_one" outcome="Passed" />
                <UnitTestResult testName="A_bad_one(&quot;-o ro&quot;,1)" outcome="Failed" testListId="c">
                  <Output>
                    <StdOut>noise</StdOut>
                    <ErrorInfo>
                      <Message>Expected: &lt;a &amp;&amp; b&gt;
            2
            3
            4
            5
            6
            </Message>
                      <StackTrace>at A
            at B
            at C
            at D
            </StackTrace>
                    </ErrorInfo>
                  </Output>
                </UnitTestResult>
                <UnitTestResult testName="Another_bad_one" outcome="Failed"><Output><ErrorInfo><Message>one line</Message></ErrorInfo></Output></UnitTestResult>
            </Results>
            """.ReplaceLineEndings("\r\n"));

        var (code, output) = await BashAsync($"set -euo pipefail; source '{Root}/build/results.sh'; recap Suite '{directory["x.trx"]}'");

        Assert.That(code, Is.Zero);
        Assert.That(output, Is.EqualTo("Suite: A_bad_one(\"-o ro\",1)\n    Expected: <a && b>\n    2\n    3\n    4\n    5\n    at A\n    at B\n    at C\nSuite: Another_bad_one\n    one line\n"));
    }

    /// <summary>Runs a step of the set-up with only these programs on the PATH; "!name: script" is a stand-in that runs the script.</summary>
    private static async Task<(int Code, string Output)> SetUpAsync(string step, bool root, params string[] programs)
    {
        using var directory = new TemporaryDirectory();
        var path = Directory.CreateDirectory(directory["bin"]).FullName;
        foreach (var program in programs.Append("id"))
        {
            if (program == "id") await StandInAsync("id", root ? "echo 0" : "echo 1000");
            else if (program[0] == '!') await StandInAsync(program[1..program.IndexOf(':')], program[(program.IndexOf(':') + 1)..]);
            else File.CreateSymbolicLink(Path.Combine(path, program), File.Exists($"/usr/bin/{program}") ? $"/usr/bin/{program}" : $"/bin/{program}");
        }

        return await BashAsync($"root='{directory.Path}'; source '{Root}/build/setup.sh'; PATH='{path}'; set -euo pipefail; {step}");

        async Task StandInAsync(string name, string script)
        {
            var file = Path.Combine(path, name);
            await File.WriteAllTextAsync(file, $"#!/bin/bash\n{script}\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static async Task<(int Code, string Output)> BashAsync(string script)
    {
        var start = new ProcessStartInfo("bash", ["-c", script + " 2>&1"]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(120));
        return (process.ExitCode, await output + await errors);
    }

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "streamclips"))) return at.FullName;
        throw new InvalidOperationException($"no script above {AppContext.BaseDirectory}");
    }
}
