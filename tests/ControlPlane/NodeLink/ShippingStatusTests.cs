using StreamClips.ControlPlane.NodeLink;
using StreamClips.Shared.Contracts.V1;

namespace StreamClips.ControlPlane.Tests.NodeLink;

public sealed class ShippingStatusTests
{
    [Test]
    public async Task A_storage_that_fails_is_told_once_and_its_return_too_and_the_node_shows_what_waits()
    {
        await using var control = await TestControlPlane.StartAsync();
        var session = Guid.NewGuid();
        await control.ExecuteAsync(
            """
            insert into node (id, host_name, agent_version, boot_id, capacity, state, session_id, first_seen_at, connected_at, last_seen_at)
            values ('node-1', 'h', '1', 'b', 1, 'ready', @session, now(), now(), now())
            """, new { session });
        var store = control.Get<NodeStatusStore>();
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        string[] faults = ["", "quota full", "quota full for good", "", ""];
        foreach (var fault in faults)
        {
            var status = new NodeStatus { Health = new() { UnshippedClips = 3 }, Shipping = new() { Clips = 3, Bytes = 123_000_000, OldestAtMs = at.ToUnixTimeMilliseconds(), Fault = fault } };
            Assert.That(await store.TakeAsync("node-1", session, status, CancellationToken.None), Is.True);
            var node = await control.GetAsync("/nodes/node-1");
            Assert.That(node["shipping_fault"]!.GetValue<string>(), Is.EqualTo(fault));
            Assert.That(node["unshipped_bytes"]!.GetValue<long>(), Is.EqualTo(123_000_000));
            Assert.That(node["oldest_unshipped_at"]!.GetValue<DateTimeOffset>(), Is.EqualTo(at));
            var page = await control.Http.GetStringAsync("/app/nodes");
            Assert.That(page.Contains("quota full", StringComparison.Ordinal), Is.EqualTo(fault.Length > 0));
        }

        Assert.That(await control.ScalarAsync<string>("select string_agg(kind || ' ' || coalesce(data ->> 'reason', ''), ', ' order by id) from event where kind like 'node.storage%'"),
            Is.EqualTo("node.storage_failed quota full, node.storage_back "));
    }
}
