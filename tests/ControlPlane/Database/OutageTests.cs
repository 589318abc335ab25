using System.Net;
using Grpc.Core;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Database;

[Category("Slow")]
public sealed class OutageTests
{
    [Test]
    public async Task A_killed_database_fails_requests_fast_and_loses_nothing()
    {
        using var directory = new TemporaryDirectory();
        var server = await PrivatePostgres.StartAsync(directory["postgres"], TimeProvider.System, CancellationToken.None);
        try
        {
            await ControlPlaneRun.MigrateAsync(server.Connection, CancellationToken.None);
            await using var control = await TestControlPlane.StartAsync(server.Connection);
            var process = Guid.NewGuid();
            await using (var agent = await FakeAgent.ConnectAsync(control))
            {
                await agent.JournalAsync(process, At(0), At(10), Log("before"));
                Postmaster.Signal(server.Pid, Postmaster.Kill);
                await server.ExitAsync(CancellationToken.None);
                await Eventually.TrueAsync(() => Postmaster.ProcessesOf(server.DataDirectory).Count == 0, "the database is gone");

                var started = TimeProvider.System.GetTimestamp();
                using var response = await control.Http.GetAsync("/streamers");
                Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
                Assert.That(response.Headers.RetryAfter!.Delta, Is.GreaterThan(TimeSpan.Zero));
                Assert.That(TimeProvider.System.GetElapsedTime(started).TotalSeconds, Is.LessThan(30), "it fails at once; a wait for the database would be longer");
                Assert.That((await control.Http.GetAsync("/health/ready")).StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
                Assert.That((await control.Http.GetAsync("/health/live")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
                await agent.StatusAsync(0);
                Assert.That((await agent.EndAsync())!.Value.StatusCode, Is.EqualTo(StatusCode.Unavailable));
            }

            await server.StartAsync(CancellationToken.None);
            await Eventually.TrueAsync(async () => (await control.Http.GetAsync("/health/ready")).StatusCode == HttpStatusCode.OK, "it is ready again");
            await using var again = await FakeAgent.ConnectAsync(control);
            Assert.That(await again.JournalAsync(process, At(0), At(10), Log("before")), Is.EqualTo(At(10)), "what was acknowledged is there");
            await again.JournalAsync(process, At(10), At(20), Log("after"));
            await control.AddStreamerAsync("alpha");
            await again.DesiredAsync(d => d.Assignments.Count == 1);
            Assert.That((await control.GetAsync("/logs"))["items"]!.AsArray().Select(l => l!["message"]!.ToString()), Is.EqualTo((string[])["after", "before"]));
        }
        finally
        {
            await server.StopAsync();
        }
    }

    private static JournalCursor At(long offset) => new() { File = 1, Offset = offset };

    private static LogEntry Log(string message) => new() { At = TimeProvider.System.GetUtcNow(), Level = "info", Event = "test", Message = message };
}
