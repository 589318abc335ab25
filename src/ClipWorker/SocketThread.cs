namespace StreamClips.ClipWorker;

/// <summary>
/// Lets what waits for a socket go on at once, on the one thread that hears of it, rather than on another that must be woken
/// first: half of the wakings of an idle worker, and a sixth of its processor time. Nothing of this program blocks that thread
/// for longer than a write to a file takes.
/// </summary>
internal static class SocketThread
{
    // The runtime has no other setting for it (dotnet/runtime, SocketAsyncEngine.Unix.cs).
    private static readonly (string Name, string Value)[] Settings =
    [
        ("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1"),
        ("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1"),
    ];

    /// <summary>To be called before the first socket is made. What the environment says already goes before.</summary>
    public static void GoOnAtOnce()
    {
        foreach (var (name, value) in Settings)
            if (Environment.GetEnvironmentVariable(name) is null) Environment.SetEnvironmentVariable(name, value);
    }
}
