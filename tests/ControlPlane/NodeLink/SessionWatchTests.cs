using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.ControlPlane.NodeLink;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.NodeLink;

/// <summary>Which sessions are woken by a look at all of them.</summary>
[Category("Slow")]
public sealed class SessionWatchTests
{
    [Test]
    public async Task Only_sessions_are_woken_whose_node_is_to_be_told_something_or_is_trusted_no_longer()
    {
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        await using var control = await TestControlPlane.StartAsync();
        await control.ExecuteAsync(
            """
            insert into node (id, host_name, agent_version, boot_id, capacity, state, first_seen_at, connected_at, last_seen_at, desired_revision, applied_revision)
            select 'node-' || n, 'h', '1', 'b', 20, 'ready', now(), now(), now(), 7, case n when 2 then 6 else 7 end from generate_series(1, 5) n;
            insert into node_certificate (serial, node_id, key_hash, certificate, host_name, address, issued_at, expires_at, revoked_at, revoked_for)
            select 'A' || n, 'node-' || n, decode(repeat('0' || n, 32), 'hex'), '', 'h', '127.0.0.1', now(), now() + interval '1 day', case n when 3 then now() end, case n when 3 then 'a test' end
            from generate_series(1, 4) n;
            """);
        // A watch that looks when it is told to.
        using var watch = new SessionWatch(control.Get<NodeSessionStore>(), control.Get<ChangeSignal>(), clock, NullLogger<SessionWatch>.Instance);
        var sessions = Enumerable.Range(1, 5).Select(n => watch.Add($"node-{n}", $"A{n}")).ToArray();
        foreach (var session in sessions) session.Tell(7);
        sessions[0].Tell(6);

        Assert.That(await WokenAsync(), Is.EqualTo((string[])["node-1 desired", "node-3 trust", "node-5 trust"]), "told another revision, revoked, unknown");
        sessions[0].Tell(7);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.That(await WokenAsync(), Is.EqualTo((string[])["node-2 desired", "node-3 trust", "node-5 trust"]), "one has not applied it: it is told again after a while");
        foreach (var session in sessions[1..]) session.Dispose();
        Assert.That(await WokenAsync(), Is.Empty, "what has ended is not looked for");

        async Task<IReadOnlyList<string>> WokenAsync()
        {
            var waits = sessions.Select(s => (Desired: s.Desired.NextAsync(), Trust: s.Trust.NextAsync())).ToArray();
            await watch.RunOnceAsync(CancellationToken.None);
            return [.. waits.SelectMany((w, i) => (string[])[w.Desired.IsCompleted ? $"node-{i + 1} desired" : "", w.Trust.IsCompleted ? $"node-{i + 1} trust" : ""]).Where(w => w.Length > 0)];
        }
    }
}
