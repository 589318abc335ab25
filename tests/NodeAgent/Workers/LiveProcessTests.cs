using System.Diagnostics;
using StreamClips.NodeAgent.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Workers;

public sealed class LiveProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Test]
    public async Task The_end_of_a_process_is_seen_at_once_whether_or_not_it_is_a_child()
    {
        using var watcher = new ExitWatcher();
        using var child = Process.Start("sleep", "600");
        var live = LiveProcess.TryOpen(ProcFileSystem.Identify(child.Id)!)!;
        watcher.Watch(live);
        Assert.That(live.Exited.IsCompleted, Is.False);

        live.AskToStop();

        await live.Exited.WaitAsync(Patience, TimeProvider.System);
        Assert.That(live.ExitCode(), Is.Null, "nobody but a parent knows the code");
    }

    [Test]
    public async Task The_exit_code_of_a_child_is_known()
    {
        using var watcher = new ExitWatcher();
        var child = Spawn("exec sleep 600");
        var live = LiveProcess.TryHold(child, out _)!;
        watcher.Watch(live);

        live.Kill();

        await live.Exited.WaitAsync(Patience, TimeProvider.System);
        Assert.That(live.ExitCode(), Is.EqualTo(137));
        Assert.That(live.ExitCode(), Is.EqualTo(137), "told again as often as asked");
    }

    [Test]
    public void A_stranger_with_the_pid_is_not_taken_hold_of_and_not_killed()
    {
        using var stranger = Process.Start("sleep", "600");
        var real = ProcFileSystem.Identify(stranger.Id)!;

        Assert.That(LiveProcess.TryOpen(real with { StartTicks = real.StartTicks - 1 }), Is.Null);
        Assert.That(LiveProcess.TryOpen(real with { BootId = Guid.NewGuid().ToString() }), Is.Null);
        LiveProcess.KillNow(real with { StartTicks = real.StartTicks - 1 });

        Assert.That(stranger.HasExited, Is.False);
        stranger.Kill();
    }

    [Test]
    public async Task A_signal_to_one_that_has_exited_does_not_reach_who_has_its_descriptor_now()
    {
        using var watcher = new ExitWatcher();
        using var first = Process.Start("sleep", "600");
        using var next = Process.Start("sleep", "600");
        var gone = LiveProcess.TryOpen(ProcFileSystem.Identify(first.Id)!)!;
        watcher.Watch(gone);
        gone.Kill();
        await gone.Exited.WaitAsync(Patience, TimeProvider.System);
        var identity = ProcFileSystem.Identify(next.Id)!;

        // The kernel gives the lowest free number: with so many, one has the number of the first.
        var opened = Enumerable.Range(0, 50).Select(_ => LiveProcess.TryOpen(identity)!).ToList();
        gone.AskToStop();
        gone.Kill();

        Assert.That(next.WaitForExit(300), Is.False, "the other one runs on");
        opened.ForEach(o => watcher.Watch(o));
        next.Kill();
        await Task.WhenAll(opened.Select(o => o.Exited)).WaitAsync(Patience, TimeProvider.System);
    }

    [Test]
    public void One_that_is_there_and_cannot_be_held_is_an_error_and_not_taken_for_gone()
    {
        // A thread's number has an entry in /proc, but no pidfd.
        using var started = new ManualResetEventSlim();
        using var end = new ManualResetEventSlim();
        var number = 0;
        var thread = new Thread(() =>
        {
            number = int.Parse(Path.GetFileName(new FileInfo("/proc/thread-self").LinkTarget!));
            started.Set();
            end.Wait();
        });
        thread.Start();
        started.Wait();

        Assert.That(() => LiveProcess.TryOpen(ProcFileSystem.Identify(number)!), Throws.InstanceOf<IOException>().With.Message.Contains("cannot be watched"));

        end.Set();
        thread.Join();
    }

    [Test]
    public async Task A_child_that_cannot_be_held_is_killed_with_its_group_and_nobody_waits_for_it_for_ever()
    {
        using var directory = new TemporaryDirectory();
        var child = Spawn("sleep 600 & echo $!; wait", directory["output"]);
        await Eventually.TrueAsync(() => File.ReadAllText(directory["output"]).EndsWith('\n'), "it has a child");

        Assert.That(await child.EndAsync(TimeProvider.System).WaitAsync(Patience, TimeProvider.System), Is.Null);

        await Eventually.TrueAsync(() => ProcFileSystem.Identify(child.Id) is null && ProcFileSystem.Identify(int.Parse(File.ReadAllText(directory["output"]))) is null, "both are gone");
    }

    [Test]
    public async Task A_child_that_had_exited_before_it_was_held_tells_its_code()
    {
        var child = Spawn("exit 7");
        await Eventually.TrueAsync(() => ProcFileSystem.Identify(child.Id) is null, "it has exited");

        Assert.That(await child.EndAsync(new ManualClock()), Is.EqualTo(7));
    }

    [Test]
    public void Nobody_has_a_pid_that_is_not_there() => Assert.That(ProcFileSystem.Identify(int.MaxValue), Is.Null);

    [Test]
    public void A_visitor_of_the_directory_without_the_marker_is_not_found()
    {
        using var directory = new TemporaryDirectory();
        using var visitor = Process.Start(new ProcessStartInfo("sleep", "600") { WorkingDirectory = directory.Path, UseShellExecute = false })!;
        using var own = Process.Start(new ProcessStartInfo("sleep", "600")
        {
            WorkingDirectory = directory.Path,
            UseShellExecute = false,
            Environment = { ["MARK"] = "7" },
        })!;

        Assert.That(ProcFileSystem.Find(directory.Path, "MARK=7").Select(p => p.Identity.Pid), Is.EqualTo([own.Id]));

        visitor.Kill();
        own.Kill();
    }

    private static ChildProcess Spawn(string script, string output = "/dev/null") =>
        ChildProcess.Start("/bin/sh", ["-c", script], new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH")! }, output);
}
