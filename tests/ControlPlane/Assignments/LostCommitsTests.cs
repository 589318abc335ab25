using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Database;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Assignments;

/// <summary>A planner whose memory is of commits that a failover lost.</summary>
[Category("Slow")]
public sealed class LostCommitsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public async Task What_it_remembers_of_lost_commits_counts_no_longer_though_it_saw_no_fault()
    {
        using var directory = new TemporaryDirectory();
        var server = await PrivatePostgres.StartAsync(directory["postgres"], TimeProvider.System, CancellationToken.None);
        try
        {
            await ControlPlaneRun.MigrateAsync(server.Connection, CancellationToken.None);
            await using var postgres = new Postgres(server.Connection);
            using var store = new AssignmentStore(postgres, NullLogger<AssignmentStore>.Instance);
            await postgres.ExecuteAsync(
                """
                insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at) values ('node-1', 'h', '1', 'b', 20, 'ready', @Now, @Now, @Now);
                insert into streamer (id, name, url, active, created_at, updated_at) select gen_random_uuid(), 's' || i, 'https://www.twitch.tv/s' || i, true, @Now, @Now from generate_series(1, 5) i;
                """, new { Now }, CancellationToken.None);
            // Of a server that stands: one that runs changes its files while they are copied.
            await server.StopAsync();
            await MoveAsync("cp", "-a", server.DataDirectory, directory["standby"]);
            await StartAsync(server, postgres);

            // The planner gives all of them to the node; no standby has that yet when the primary is lost.
            Assert.That(await PlanAsync(store), Is.EqualTo(5));
            Assert.That(await PlanAsync(store), Is.Zero);
            await server.StopAsync();
            await MoveAsync("rm", "-r", server.DataDirectory);
            await MoveAsync("mv", directory["standby"], server.DataDirectory);
            await StartAsync(server, postgres);

            Assert.That(await PlanAsync(store), Is.EqualTo(5), "they run nowhere there");
        }
        finally
        {
            await server.StopAsync();
        }
    }

    private static async Task StartAsync(PrivatePostgres server, Postgres postgres)
    {
        await server.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(async () => await postgres.FaultAsync(CancellationToken.None) is null, "others have found out that their connections were broken");
    }

    private static async Task<int> PlanAsync(AssignmentStore store) => (await store.PlanAsync(Now.AddMinutes(1), null, CancellationToken.None)).OfType<Decision.Start>().Count();

    private static async Task MoveAsync(string program, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words))!;
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero);
    }
}
