using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Shared.Contracts.V1;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>Takes in how the shipping of a node stands, and tells once when its storage fails, and once when it takes clips again.</summary>
internal static class ShippingStatusStore
{
    /// <summary>Writes it down, within the transaction of the node's status.</summary>
    public static async Task TakeAsync(NpgsqlConnection connection, string node, ShippingStatus shipping, DateTimeOffset now, CancellationToken cancellation)
    {
        var oldest = shipping.OldestAtMs is > 0 and < 253402300800000 ? DateTimeOffset.FromUnixTimeMilliseconds(shipping.OldestAtMs) : (DateTimeOffset?)null;
        var fault = PostgresText.Clean(shipping.Fault, 1000);
        var before = await connection.QueryFirstOrDefaultAsync<string>(new CommandDefinition(
            """
            with before as (select id, shipping_fault from node where id = @node for update)
            update node set unshipped_bytes = @bytes, oldest_unshipped_at = @oldest, shipping_fault = @fault
            from before where node.id = before.id returning before.shipping_fault
            """, new { node, bytes = Math.Max(0, shipping.Bytes), oldest, fault }, cancellationToken: cancellation));
        if (before is null || (before.Length > 0) == (fault.Length > 0)) return;
        await EventStore.AddAsync(connection, now,
            [fault.Length > 0
                ? new(EventKind.StorageFailed, new { node, reason = fault, clips = shipping.Clips, bytes = shipping.Bytes })
                : new(EventKind.StorageBack, new { node, clips = shipping.Clips, bytes = shipping.Bytes })], cancellation);
    }
}
