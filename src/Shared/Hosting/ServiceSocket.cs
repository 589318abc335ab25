using System.Net.Sockets;
using System.Text;

namespace StreamClips.Shared.Hosting;

/// <summary>What a service manager asks its service to do, by the environment (sd_notify(3), sd_watchdog_enabled(3)).</summary>
/// <param name="Socket">Where it listens, NOTIFY_SOCKET: a path, or after <c>@</c> an abstract name.</param>
/// <param name="Watchdog">How long this program may be silent before it counts as dead, WATCHDOG_USEC; null: as long as it likes.</param>
public sealed record ServiceSocket(string Socket, TimeSpan? Watchdog)
{
    /// <summary>What may be given as NOTIFY_SOCKET.</summary>
    public const string Remedy = "give the path of a socket, or '@' and an abstract name, as systemd does";

    // sockaddr_un.sun_path, with the zero byte at the end of a path (unix(7)).
    private const int LongestName = 107;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Whether this can be the name of a socket.</summary>
    public static bool IsName(string text) => text.Length > 1 && text[0] is '/' or '@' && Encoding.UTF8.GetByteCount(text) <= LongestName;

    /// <summary>Tells the service manager something: assignments as <c>READY=1</c>, a line each.</summary>
    /// <returns>Why it could not be told; empty: it was.</returns>
    public string Tell(string state)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = (int)Patience.TotalMilliseconds };
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(Socket[0] == '@' ? $"\0{Socket[1..]}" : Socket));
            return "";
        }
        catch (SocketException e)
        {
            return $"{Socket}: {e.Message}";
        }
    }
}
