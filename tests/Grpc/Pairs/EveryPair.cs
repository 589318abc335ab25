using Grpc.Core;

namespace StreamClips.Grpc.Tests.Pairs;

/// <summary>Whose implementation: ours, or @grpc/grpc-js.</summary>
public enum Side
{
    /// <summary>Grpc.Net.Client or Grpc.AspNetCore.Server on our contract assemblies.</summary>
    Ours,

    /// <summary>@grpc/grpc-js.</summary>
    Foreign,
}

/// <summary>
/// Tests that hold for every pair of client and server. The pair of two foreign programs is the yardstick: it keeps the tests from
/// asking for a habit of our own.
/// </summary>
public abstract class EveryPair(Side client, Side server)
{
    /// <summary>The largest message that both implementations take unless told otherwise: 4 MiB.</summary>
    protected const int DefaultLimitBytes = 4 * 1024 * 1024;

    public static IEnumerable<TestFixtureData> All() =>
        from client in Enum.GetValues<Side>()
        from server in Enum.GetValues<Side>()
        select new TestFixtureData(client, server).SetArgDisplayNames($"{client} client, {server} server");

    protected Side ClientSide => client;

    protected Side ServerSide => server;

    protected IProbeServer Server => server == Side.Ours ? Programs.OurServer : Programs.ForeignServer;

    /// <summary>Makes a call, which must end within 20 s.</summary>
    protected async Task<Outcome> CallAsync(Call call, CancellationToken cancellationToken = default)
    {
        IProbeClient caller = client == Side.Ours ? Programs.OurClient : Programs.ForeignClient;
        try
        {
            return await caller.CallAsync(Server.Address, call, cancellationToken).WaitAsync(TimeSpan.FromSeconds(120), TimeProvider.System, CancellationToken.None);
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"{call.Kind} from {client} client to {server} server did not end within 20 s.", error);
        }
    }

    /// <summary>Only the entries that the service adds; both sides add some of their own.</summary>
    protected static IEnumerable<Pair> Probes(IEnumerable<Pair> metadata) =>
        metadata.Where(pair => pair.Key.Contains("probe-", StringComparison.Ordinal));

    protected static void AssertEnded(Outcome outcome, StatusCode code, string detail)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome.Code, Is.EqualTo(code));
            Assert.That(outcome.Detail, Is.EqualTo(detail));
        }
    }
}
