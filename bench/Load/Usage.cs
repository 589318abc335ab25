using System.Globalization;

namespace StreamClips.Bench.Load;

/// <summary>What some processes have used so far.</summary>
/// <param name="CpuSeconds">Processor time in user and system mode, with that of their children that ended.</param>
/// <param name="PssMiB">Memory now, each shared page in equal shares (proportional set size).</param>
internal sealed record Usage(double CpuSeconds, double PssMiB)
{
    // USER_HZ, which the kernel fixes at 100 for user space (proc(5)).
    private const double TicksPerSecond = 100;

    // Fields of /proc/PID/stat behind the name, which ends with the last parenthesis (proc(5)).
    private const int Session = 3;
    private const int UserTime = 11;
    private const int ChildrenSystemTime = 14;

    /// <summary>Looks at all processes of these sessions: what setsid(1) started, with whatever that started.</summary>
    public static Usage Of(IReadOnlyCollection<int> sessions)
    {
        var (ticks, pss) = (0L, 0L);
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _)) continue;
            try
            {
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                if (!sessions.Contains(int.Parse(fields[Session], CultureInfo.InvariantCulture))) continue;
                ticks += fields[UserTime..(ChildrenSystemTime + 1)].Sum(f => long.Parse(f, CultureInfo.InvariantCulture));
                pss += File.ReadLines(Path.Combine(folder, "smaps_rollup")).Where(l => l.StartsWith("Pss:", StringComparison.Ordinal)).Sum(l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // It ended meanwhile: its parent has its time.
            }
        }

        return new(ticks / TicksPerSecond, pss / 1024.0);
    }
}
