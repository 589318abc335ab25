using System.Globalization;

namespace StreamClips.Shared.Hosting;

/// <summary>Who looks after the agent.</summary>
/// <param name="Socket">How it is told; null: nobody wants to be.</param>
public sealed record ServiceManager(ServiceSocket? Socket)
{
    /// <summary>The one that the environment names.</summary>
    /// <param name="socket">NOTIFY_SOCKET.</param>
    /// <param name="watchdogUs">WATCHDOG_USEC, microseconds.</param>
    /// <param name="watchdogPid">WATCHDOG_PID: whom the watchdog is for; empty: whoever reads it.</param>
    /// <param name="pid">Who reads it.</param>
    /// <returns>The manager, or the faults.</returns>
    public static (ServiceManager Manager, IReadOnlyList<string> Faults) Read(string socket, string watchdogUs, string watchdogPid, int pid)
    {
        if (socket.Length == 0) return (new((ServiceSocket?)null), []);
        var faults = new List<string>();
        if (!ServiceSocket.IsName(socket)) faults.Add($"NOTIFY_SOCKET is '{socket}': {ServiceSocket.Remedy}");
        TimeSpan? watchdog = null;
        if (watchdogUs.Length > 0 && (watchdogPid.Length == 0 || watchdogPid == pid.ToString(CultureInfo.InvariantCulture)))
        {
            if (long.TryParse(watchdogUs, NumberStyles.None, CultureInfo.InvariantCulture, out var us) && us is >= 1_000_000 and <= 86_400_000_000) watchdog = TimeSpan.FromMicroseconds(us);
            else faults.Add($"WATCHDOG_USEC is '{watchdogUs}': give a whole number from 1000000 to 86400000000, by WatchdogSec= from 1s to 1d");
        }

        return (new(new ServiceSocket(socket, watchdog)), faults);
    }
}
