using System.Globalization;
using StreamClips.ControlPlane.Database;

namespace StreamClips.Bench.Crowd;

/// <summary>What processes have had of the processors, and how long they waited for them although they could have run.</summary>
/// <param name="RanS">Processor time, in seconds.</param>
/// <param name="WaitedS">Time on the run queues, added up over all threads, in seconds.</param>
internal readonly record struct Share(double RanS, double WaitedS)
{
    // proc(5): USER_HZ, in which /proc/PID/stat counts.
    private const double TicksPerSecond = 100;

    // Documentation/scheduler/sched-stats.rst: the time on the run queue is the second number, in nanoseconds.
    private const double PerSecond = 1e9;

    /// <summary>That of processes, with threads that have ended. The waits are those of threads that live, so a little more than is told.</summary>
    public static Share Of(IEnumerable<int> processes)
    {
        var (ran, waited) = (0L, 0L);
        foreach (var process in processes)
        {
            try
            {
                var folder = $"/proc/{process.ToString(CultureInfo.InvariantCulture)}";
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                ran += stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[11..13].Sum(f => long.Parse(f, CultureInfo.InvariantCulture));
                foreach (var thread in Directory.EnumerateDirectories(Path.Combine(folder, "task")))
                    waited += long.Parse(File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[1], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // It ended.
            }
        }

        return new(ran / TicksPerSecond, waited / PerSecond);
    }

    /// <summary>That of all processes of the machine together: how long its processors were not idle. Without waits.</summary>
    public static Share OfMachine()
    {
        // proc(5): user, nice, system, idle, iowait, irq, softirq, steal, in USER_HZ, which is 100.
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8).Select(f => long.Parse(f, CultureInfo.InvariantCulture)).ToArray();
        return new((fields.Sum() - fields[3] - fields[4]) / TicksPerSecond, 0);
    }

    /// <summary>What was added since an earlier look, a second.</summary>
    public Share Since(Share before, double seconds) => new(Math.Max(0, RanS - before.RanS) / seconds, Math.Max(0, WaitedS - before.WaitedS) / seconds);
}

/// <summary>Who had the processors while something was measured, and what Postgres's sessions waited for.</summary>
internal sealed class Shares(FleetStack stack, CrowdProcess crowd)
{
    private readonly Dictionary<string, int> _waits = new(StringComparer.Ordinal);
    private readonly (Share Machine, Share ControlPlane, Share Postgres, Share Crowd, Share Own) _before = Look(stack, crowd);
    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private int _looks;

    /// <summary>Looks at what Postgres's sessions do at this moment.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        _looks++;
        foreach (var wait in await stack.Database.ListAsync<string>(
            "select coalesce(wait_event_type || ':' || wait_event, 'running') from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()", null, ct))
            _waits[wait] = _waits.GetValueOrDefault(wait) + 1;
    }

    /// <summary>In cores, and what waited for one; for people.</summary>
    public (double Postgres, double Crowd, double Others, IReadOnlyList<string> Words) Tell()
    {
        var now = Look(stack, crowd);
        var seconds = TimeProvider.System.GetElapsedTime(_begun).TotalSeconds;
        var (control, postgres, agents, own) = (now.ControlPlane.Since(_before.ControlPlane, seconds), now.Postgres.Since(_before.Postgres, seconds), now.Crowd.Since(_before.Crowd, seconds), now.Own.Since(_before.Own, seconds));
        var others = Math.Max(0, now.Machine.Since(_before.Machine, seconds).RanS - control.RanS - postgres.RanS - agents.RanS - own.RanS);
        var waits = string.Join(", ", _waits.OrderByDescending(w => w.Value).Take(6).Select(w => string.Create(CultureInfo.InvariantCulture, $"{w.Key} {(double)w.Value / _looks:0.00}")));
        return (postgres.RanS, agents.RanS, others,
        [
            string.Create(CultureInfo.InvariantCulture, $"cores: control plane {control.RanS:0.00}, Postgres {postgres.RanS:0.00}, simulated agents (nice {CrowdProgram.Nice}) {agents.RanS:0.00}, this bench {own.RanS:0.00}, others on this machine {others:0.00}"),
            string.Create(CultureInfo.InvariantCulture, $"ready but without a core, ms a second over all threads: control plane {control.WaitedS * 1000:0}, Postgres {postgres.WaitedS * 1000:0}, this bench {own.WaitedS * 1000:0}"),
            $"sessions of Postgres at work at a time, by what they wait for: {(waits.Length == 0 ? "none" : waits)}",
        ]);
    }

    private static (Share Machine, Share ControlPlane, Share Postgres, Share Crowd, Share Own) Look(FleetStack stack, CrowdProcess crowd) =>
        (Share.OfMachine(), Share.Of([stack.ControlPlaneId]), Share.Of(Postmaster.ProcessesOf(stack.PostgresDirectory)), Share.Of([crowd.Id]), Share.Of([Environment.ProcessId]));
}
