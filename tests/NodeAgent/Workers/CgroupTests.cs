using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Workers;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Workers;

public sealed class CgroupTests
{
    private static readonly Guid Id = Guid.NewGuid();

    [TestCase("30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate", "0::/system.slice/agent.service\n", "/sys/fs/cgroup/system.slice/agent.service", false)]
    [TestCase("41 32 0:35 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw", "9:name=systemd:/x\n0::/\n", "/sys/fs/cgroup/unified", true)]
    [TestCase("30 23 0:26 /box /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw", "0::/box/a\n", "/sys/fs/cgroup/a", false)]
    public void The_agents_own_cgroup_is_where_the_kernel_says(string mount, string cgroup, string directory, bool isRoot) =>
        Assert.That(CgroupPlace.Own($"22 1 8:1 / / rw - ext4 /dev/vda rw\n{mount}\n", cgroup), Is.EqualTo((directory, isRoot)));

    [TestCase("22 1 8:1 / / rw - ext4 /dev/vda rw", "0::/\n")]
    [TestCase("33 32 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory", "4:memory:/\n")]
    [TestCase("30 23 0:26 /box /sys/fs/cgroup rw - cgroup2 cgroup2 rw", "0::/boxes\n")]
    public void Without_version_2_there_is_none(string mount, string cgroup) => Assert.That(CgroupPlace.Own(mount, cgroup), Is.Null);

    [Test]
    public void The_agent_moves_beside_its_workers_shares_out_what_there_is_and_is_found_there_again()
    {
        using var directory = new TemporaryDirectory();
        var own = Directory.CreateDirectory(directory["agent.service"]).FullName;

        var (tree, _) = CgroupPlace.Prepare((own, false), "/node", new(null, null, null), pid: 42);

        var root = Path.GetDirectoryName(tree!.Directory)!;
        Assert.That(Path.GetDirectoryName(root), Is.EqualTo(own));
        Assert.That(File.ReadAllText(Path.Combine(root, "agent", "cgroup.procs")), Is.EqualTo("42"));
        foreach (var group in (string[])[own, root, tree.Directory]) Assert.That(File.ReadAllText(Path.Combine(group, "cgroup.subtree_control")), Does.StartWith("+"));
        Assert.That(CgroupPlace.Prepare((Path.Combine(root, "agent"), false), "/node", new(null, null, null), pid: 43).Tree!.Directory, Is.EqualTo(tree.Directory));
    }

    [Test]
    public void In_a_service_whose_processes_systemd_puts_into_a_subgroup_the_agent_stays_there_and_touches_nothing_above()
    {
        using var directory = new TemporaryDirectory();
        var service = directory["system.slice/node-agent.service"];
        var own = Directory.CreateDirectory(Path.Combine(service, "agent")).FullName;

        var (tree, _) = CgroupPlace.Prepare((own, false), "/node", new(null, null, null), pid: 42);

        Assert.That(tree!.Directory, Is.EqualTo(Path.Combine(service, "workers")));
        Assert.That(Directory.GetFileSystemEntries(own), Is.Empty, "it moves nowhere, and its own cgroup shares out nothing: else systemd could not start the next one in it");
        Assert.That(File.ReadAllText(Path.Combine(service, "cgroup.subtree_control")), Does.StartWith("+"));
        Assert.That(Directory.GetFiles(directory["system.slice"]), Is.Empty);
        Assert.That(tree.Make(Id), Is.EqualTo(Path.Combine(service, "workers", $"{Id}", "cgroup.procs")));

        foreach (var control in Directory.GetFiles(service, "cgroup.*", SearchOption.AllDirectories)) File.Delete(control);
        CgroupPlace.RemoveOthers(tree.Directory);
        CgroupPlace.Leave(tree.Directory, 42);
        Assert.That(Directory.Exists(own), "systemd's");
        Assert.That(Directory.Exists(tree.Directory), Is.False);
    }

    [Test]
    public async Task Without_cgroups_each_process_of_a_worker_is_bound_by_setrlimit_which_is_said()
    {
        using var directory = new TemporaryDirectory();
        using var log = new LogCapture();
        var options = new WorkerOptions
        {
            Directory = directory["workers"], Command = directory["worker"], Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" }, Limits = new(64, null, null), Cgroups = false,
        };
        File.WriteAllText(options.Command, "#!/bin/sh\nexec cat /proc/self/limits\n", new System.Text.UTF8Encoding(false));
        File.SetUnixFileMode(options.Command, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var worker = new StreamClips.Shared.Workers.WorkerDirectory(directory[$"workers/{Id}"]);
        Directory.CreateDirectory(worker.Path);
        using var cgroups = new WorkerCgroups(options, new Logger<WorkerCgroups>(log));

        var child = new WorkerLauncher(options).Start(worker, Id);

        await Eventually.TrueAsync(() => child.ExitCode() is not null, "it ends");
        Assert.That(File.ReadAllText(worker.Output), Does.Match(@"Max data size\s+67108864\s+67108864\s+bytes").And.Match(@"Max core file size\s+0\s"));
        Assert.That(log.Lines.Single().Message, Does.Contain("without cgroups (WORKER_CGROUPS is false): each of their processes is bound by resource limits"));
    }

    [Test]
    public void The_place_goes_with_the_agent_unless_a_worker_runs_there_and_is_made_again_where_it_went()
    {
        // Plain directories: one with a file in it cannot be removed, as a cgroup in which something runs.
        using var directory = new TemporaryDirectory();
        var (tree, other) = (directory["streamclips-1/workers"], directory["streamclips-2/workers"]);
        foreach (var workers in (string[])[tree, other]) Directory.CreateDirectory(Path.Combine(workers, Id.ToString()));
        File.WriteAllText(Path.Combine(other, Id.ToString(), "running"), "");

        CgroupPlace.RemoveOthers(tree);
        Assert.That((Directory.Exists(tree), Directory.Exists(other)), Is.EqualTo((true, true)), "the own one stays, and one that is in use");
        CgroupPlace.Leave(other, 42);
        Assert.That(Directory.Exists(other));

        CgroupPlace.RemoveOthers(other);
        Assert.That(Directory.Exists(directory["streamclips-1"]), Is.False);

        Assert.That(new CgroupTree(tree, new(null, null, null)).Make(Id), Is.Not.Null);
        Assert.That(File.ReadAllText(directory["streamclips-1/cgroup.subtree_control"]), Does.StartWith("+"), "shared out again");
        foreach (var control in Directory.GetFiles(directory["streamclips-1"], "*", SearchOption.AllDirectories)) File.Delete(control);
        CgroupPlace.Leave(tree, 42);
        Assert.That(Directory.Exists(directory["streamclips-1"]), Is.False);
    }

    [Test]
    public void A_worker_gets_the_limits_whose_controllers_are_there_and_its_kills_for_memory_are_counted()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["tree"]);
        File.WriteAllText(directory["tree/cgroup.controllers"], "cpuset cpu memory\n");
        var tree = new CgroupTree(directory["tree"], new(256, 150, 64));

        var procs = tree.Make(Id);

        var group = directory[$"tree/{Id}"];
        Assert.That(procs, Is.EqualTo(Path.Combine(group, "cgroup.procs")));
        Assert.That(File.ReadAllText(Path.Combine(group, "memory.max")), Is.EqualTo("268435456"));
        Assert.That(File.ReadAllText(Path.Combine(group, "cpu.max")), Is.EqualTo("150000 100000"));
        Assert.That(File.Exists(Path.Combine(group, "pids.max")), Is.False, "nobody counts processes here");
        Assert.That(tree.OomKills(Id), Is.Zero);
        File.WriteAllText(Path.Combine(group, "memory.events"), "low 0\nmax 12\noom 1\noom_kill 3\noom_group_kill 1\n");
        Assert.That(tree.OomKills(Id), Is.EqualTo(3));
    }

    [Test]
    public async Task A_worker_that_was_started_is_put_into_its_cgroup_and_one_that_has_ended_is_not()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["tree"]);
        using var cgroups = new WorkerCgroups(new CgroupTree(directory["tree"], new(null, null, null)));
        var ended = ChildProcess.Start("/bin/true", [], new Dictionary<string, string>(), directory["output"]);
        await Eventually.TrueAsync(() => ended.ExitCode() is not null, "it ends");
        var child = ChildProcess.Start("/bin/sleep", ["300"], new Dictionary<string, string>(), directory["output"]);
        try
        {
            cgroups.Enter(Guid.Empty, ended);
            cgroups.Enter(Id, child);

            var procs = directory[$"tree/{Id}/cgroup.procs"];
            await Eventually.TrueAsync(() => File.Exists(procs) && File.ReadAllText(procs) == $"{child.Id}", "it is in its cgroup");
            Assert.That(File.Exists(directory[$"tree/{Guid.Empty}/cgroup.procs"]), Is.False, "its number may be another's by now");
        }
        finally
        {
            child.Kill();
            await Eventually.TrueAsync(() => child.ExitCode() is not null, "it is gone");
        }
    }

    [Test]
    public async Task Where_this_machine_lets_us_a_whole_cgroup_is_killed_at_once()
    {
        var name = Guid.NewGuid().ToString();
        if (Tree(name) is not { } tree)
        {
            // Then the agent has none either, and says why.
            Assert.That(Reason(name), Is.Not.Empty);
            return;
        }

        try
        {
            using var shell = Process.Start("/bin/sh", ["-c", "echo $$ >\"$0\"; setsid sleep 300 & exec setsid -w sleep 300", tree.Make(Id)!]);
            await Eventually.TrueAsync(() => File.ReadAllLines(Path.Combine(tree.Directory, Id.ToString(), "cgroup.procs")).Length >= 2, "both are in it");

            tree.RemoveUnknown(new HashSet<Guid>());

            await shell.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            await Eventually.TrueAsync(() => !tree.HasProcesses(Id), "with what left its session");
            tree.Remove(Id);
            Assert.That(Directory.Exists(Path.Combine(tree.Directory, Id.ToString())), Is.False);
        }
        finally
        {
            Directory.Delete(tree.Directory);
            Directory.Delete(Path.GetDirectoryName(tree.Directory)!);
        }
    }

    /// <summary>Why a child of the tests that is an agent gets none: it may not, there are none, or the tests themselves are in one that they would have to leave.</summary>
    private static string Reason(string name)
    {
        if (CgroupPlace.Own(File.ReadAllText("/proc/self/mountinfo"), File.ReadAllText("/proc/self/cgroup")) is not { } own) return CgroupPlace.Prepare(name, new(512, null, 64)).Reason;
        if (!own.IsRoot) return "not at the root";
        return CgroupPlace.Prepare(name, new(512, null, 64)) is { Tree: null, Reason: var reason } ? reason : "";
    }

    /// <summary>Null where this machine does not let us, or only by moving the test's own process.</summary>
    private static CgroupTree? Tree(string name)
    {
        try
        {
            return CgroupPlace.Own(File.ReadAllText("/proc/self/mountinfo"), File.ReadAllText("/proc/self/cgroup")) is { IsRoot: true } own
                ? CgroupPlace.Prepare(own, name, new(512, null, 64), Environment.ProcessId).Tree
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
