using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Grpc.Core;

namespace StreamClips.Bench.Crowd;

/// <summary>What the crowd's program is told first.</summary>
/// <param name="Address">Where agents dial.</param>
/// <param name="Authority">The CA's certificate.</param>
/// <param name="Capacity">How many processes each says it can run.</param>
/// <param name="Agents">All of them.</param>
internal sealed record CrowdOrder(Uri Address, byte[] Authority, int Capacity, IReadOnlyList<CrowdMember> Agents);

/// <summary>One agent.</summary>
/// <param name="Node">Its node.</param>
/// <param name="Certificate">The node's certificate.</param>
/// <param name="Key">Its key, as PKCS #8.</param>
internal sealed record CrowdMember(string Node, byte[] Certificate, byte[] Key);

/// <summary>
/// Many simulated agents as a program of their own, which stands for as many other machines: what it costs is not the control plane's, so it
/// has what nobody else wants of the cores once it is connected (nice 19, and its session's share as well), and its pauses are not those of who measures.
/// It reads an order, a line of JSON, and connects; then, for each agent, the processes that it is to say it runs. It ends with its input.
/// </summary>
internal static class CrowdProgram
{
    /// <summary>The word that starts it.</summary>
    public const string Command = "simulate-agents";

    /// <summary>What it writes when all are connected.</summary>
    public const string Joined = "joined";

    /// <summary>So nice it is: the least share that there is (setpriority(2)).</summary>
    public const int Nice = 19;

    private const int ConnectingAtOnce = 12;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>Runs to the end of its input.</summary>
    /// <returns>0; 1 where an agent could not connect or lost its session.</returns>
    public static async Task<int> RunAsync(TextReader input, TextWriter output)
    {
        if (await input.ReadLineAsync() is not { } line) return 0;
        var order = JsonSerializer.Deserialize<CrowdOrder>(line)!;
        using var authority = X509CertificateLoader.LoadCertificate(order.Authority);
        var agents = new SimulatedAgent[order.Agents.Count];
        using var ends = new CancellationTokenSource();
        List<Task> beating = [];
        try
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, agents.Length), new ParallelOptions { MaxDegreeOfParallelism = ConnectingAtOnce }, async (i, ct) =>
            {
                agents[i] = new SimulatedAgent(order.Agents[i].Node, order.Address, CertificateOf(order.Agents[i]), authority);
                await agents[i].JoinAsync(order.Capacity, ct);
                // From now on it must be heard, and not all at one time.
                var beats = BeatAsync(agents[i], Heartbeat * ((i + 1.0) / agents.Length), ends.Token);
                lock (beating) beating.Add(beats);
            });
            await output.WriteLineAsync(Joined);
            if (await input.ReadLineAsync() is { } processes)
                foreach (var (agent, its) in agents.Zip(JsonSerializer.Deserialize<Guid[][]>(processes)!)) agent.Processes = its;
            await Task.WhenAny(Task.WhenAny(beating).Unwrap(), EndAsync(input));
        }
        catch (Exception e) when (e is RpcException or IOException)
        {
            await output.WriteLineAsync(e.GetBaseException().Message);
            return 1;
        }
        finally
        {
            await ends.CancelAsync();
        }

        if (beating.Find(b => b.IsFaulted) is not { } broken) return 0;
        await output.WriteLineAsync($"an agent lost its session: {broken.Exception!.GetBaseException().Message}");
        return 1;
    }

    private static X509Certificate2 CertificateOf(CrowdMember member)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(member.Key, out _);
        using var bare = X509CertificateLoader.LoadCertificate(member.Certificate);
        return bare.CopyWithPrivateKey(key);
    }

    private static async Task EndAsync(TextReader input)
    {
        while (await input.ReadLineAsync() is not null)
        {
            // Nothing more is said.
        }
    }

    private static async Task BeatAsync(SimulatedAgent agent, TimeSpan first, CancellationToken ct)
    {
        await agent.SayAsync(ct);
        await Task.Delay(first, TimeProvider.System, ct);
        using var timer = new PeriodicTimer(Heartbeat, TimeProvider.System);
        do await agent.SayAsync(ct);
        while (await timer.WaitForNextTickAsync(ct));
    }
}
