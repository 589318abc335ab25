using System.Runtime.InteropServices;

namespace StreamClips.Shared.Hosting;

/// <summary>Ctrl-C, SIGTERM and the end of the terminal, as one token.</summary>
public static class StopSignals
{
    // For good: the runtime hands signals on from its pool, maybe late, and one that meets no registration any more would end the program with its own exit code.
    private static readonly List<PosixSignalRegistration> Registrations = [];

    /// <summary>Listens from now on, as long as the program lives. Signals after the first change nothing: the stop has a deadline of its own.</summary>
    /// <returns>Cancelled at the first signal.</returns>
    public static CancellationToken Listen()
    {
        var source = new CancellationTokenSource();
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
        {
            Registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                source.Cancel();
            }));
        }

        return source.Token;
    }
}
