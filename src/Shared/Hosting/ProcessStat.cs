using System.Globalization;

namespace StreamClips.Shared.Hosting;

/// <summary>What the kernel says of a process in /proc/PID/stat (proc_pid_stat(5)).</summary>
/// <param name="Pid">Its number.</param>
/// <param name="Name">The program's name, of at most 15 bytes; it may hold blanks and brackets.</param>
/// <param name="Session">The session's number; that of its leader is the leader's own pid.</param>
/// <param name="StartTicks">When it started, in clock ticks since boot.</param>
public sealed record ProcessStat(int Pid, string Name, int Session, long StartTicks)
{
    /// <summary>Reads it.</summary>
    /// <returns>Null where nobody has this pid, or only what is left of one that has ended (a zombie).</returns>
    public static ProcessStat? Of(int pid)
    {
        try
        {
            return Parse(File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads a line of the file; null where it is none, or a zombie's.</summary>
    public static ProcessStat? Parse(string line)
    {
        // Fields are counted behind the name's last bracket: the third of the manual is the first here.
        var (open, close) = (line.IndexOf('(', StringComparison.Ordinal), line.LastIndexOf(')'));
        if (open < 0 || close < open) return null;
        var fields = line[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return fields.Length >= 20 && fields[0] is not ("Z" or "X") && int.TryParse(line[..open], CultureInfo.InvariantCulture, out var pid)
            && int.TryParse(fields[3], CultureInfo.InvariantCulture, out var session) && long.TryParse(fields[19], CultureInfo.InvariantCulture, out var start)
            ? new(pid, line[(open + 1)..close], session, start)
            : null;
    }
}
