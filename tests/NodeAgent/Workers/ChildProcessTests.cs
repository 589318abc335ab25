using System.ComponentModel;
using StreamClips.NodeAgent.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Workers;

public sealed class ChildProcessTests
{
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeDirectory() => _directory = new();

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public async Task A_child_leads_its_own_session_with_no_signal_blocked_or_ignored_and_only_what_it_is_given()
    {
        var child = Start("/bin/sh", ["-c", "cat /proc/self/stat; grep ^Sig /proc/self/status; ls -l /proc/$$/fd; cat; exec env", "a name with 'quotes' $HOME"], new() { ["ONE"] = "ä = 1", ["PATH"] = "/usr/bin:/bin" });
        var output = await EndAsync(child);

        Assert.That(output, Does.Contain("ONE=ä = 1").And.Contain("SigBlk:\t0000000000000000"));

        // Two real-time signals are the C library's own (nptl(7)): what it does with them is its affair.
        var ignored = output.Split('\n').First(l => l.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim();
        Assert.That(Convert.ToUInt64(ignored, 16) & ~0x1_8000_0000UL, Is.Zero);
        Assert.That(output.Split(' ')[5], Is.EqualTo($"{child.Id}"), "the session is its own");
        Assert.That(output, Does.Contain(" 0 -> /dev/null").And.Contain($" 2 -> {_directory["output"]}"));
        Assert.That(output.Split('\n').Count(l => l.Contains('=')), Is.LessThanOrEqualTo(5), "its own environment, and what a shell adds to it");
        Assert.That(File.GetUnixFileMode(_directory["output"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public async Task What_it_says_is_appended()
    {
        File.WriteAllText(_directory["output"], "before\n");

        Assert.That(await EndAsync(Start("/bin/sh", ["-c", "echo said; echo failed >&2; exit 3"], [])), Is.EqualTo("before\nsaid\nfailed\n"));
    }

    [TestCase("/no/such/program", "/dev/null")]
    [TestCase("/bin/sh", "/no/such/directory/output")]
    public void What_is_not_there_is_told(string program, string output) =>
        Assert.That(() => ChildProcess.Start(program, [], new Dictionary<string, string>(), output), Throws.InstanceOf<Win32Exception>().With.Message.Contains(program).And.Message.Contains("No such file"));

    [Test]
    public async Task Processes_that_the_runtime_starts_beside_it_keep_their_exit_codes()
    {
        for (var i = 0; i < 5; i++)
        {
            var child = Start("/bin/sh", ["-c", "exit 4"], []);
            using var other = System.Diagnostics.Process.Start("/bin/sh", ["-c", "exit 5"]);
            await other.WaitForExitAsync();
            await EndAsync(child);

            Assert.That((child.ExitCode(), other.ExitCode), Is.EqualTo((4, 5)));
        }
    }

    private ChildProcess Start(string program, string[] arguments, Dictionary<string, string> environment) => ChildProcess.Start(program, arguments, environment, _directory["output"]);

    private async Task<string> EndAsync(ChildProcess child)
    {
        await Eventually.TrueAsync(() => child.ExitCode() is not null, "it has ended");
        return await File.ReadAllTextAsync(_directory["output"]);
    }
}
