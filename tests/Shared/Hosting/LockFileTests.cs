using System.Diagnostics;
using StreamClips.Shared.Hosting;
using StreamClips.Testing;

namespace StreamClips.Shared.Tests.Hosting;

public sealed class LockFileTests
{
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public void MakeDirectory() => _directory = new TemporaryDirectory();

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public void One_at_a_time_holds_it()
    {
        using (var first = LockFile.TryTake(_directory["lock"]))
        {
            Assert.That(first, Is.Not.Null);
            Assert.That(LockFile.TryTake(_directory["lock"]), Is.Null);
        }

        using var next = LockFile.TryTake(_directory["lock"]);
        Assert.That(next, Is.Not.Null);
    }

    [Test]
    public async Task Another_program_holds_it_until_it_is_killed()
    {
        using var holder = Process.Start(new ProcessStartInfo("flock", [_directory["lock"], "sh", "-c", "echo held; exec sleep 600"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        Assert.That(await holder.StandardOutput.ReadLineAsync(), Is.EqualTo("held"));
        Assert.That(LockFile.TryTake(_directory["lock"]), Is.Null);

        holder.Kill(entireProcessTree: true);

        await Eventually.TrueAsync(() => LockFile.TryTake(_directory["lock"]) is { } taken && Let(taken), "it is free");

        static bool Let(LockFile taken)
        {
            taken.Dispose();
            return true;
        }
    }

    [Test]
    public void A_program_that_is_started_does_not_hold_it_on()
    {
        using var started = StartUnder(LockFile.TryTake(_directory["lock"])!);
        using var next = LockFile.TryTake(_directory["lock"]);
        started.Kill();

        Assert.That(next, Is.Not.Null);

        static Process StartUnder(LockFile held)
        {
            using (held) return Process.Start("sleep", "600");
        }
    }

    [Test]
    public void Where_no_file_can_be_made_it_is_not_taken_for_held()
    {
        File.WriteAllText(_directory["file"], "");

        Assert.That(() => LockFile.TryTake(_directory["file/lock"]), Throws.InstanceOf<IOException>());
    }
}
