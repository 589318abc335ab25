using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Shared.Contracts.V1;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>
/// Takes in how the shipping of a node stands, and tells each way once: that its storage fails, that its spool fills, that it makes no
/// new clips.
/// </summary>
internal static class ShippingStatusStore
{
    /// <summary>Writes it down, within the transaction of the node's status.</summary>
    public static async Task TakeAsync(NpgsqlConnection connection, string node, ShippingStatus shipping, DateTimeOffset now, CancellationToken cancellation)
    {
        var oldest = shipping.OldestAtMs is > 0 and < 253402300800000 ? DateTimeOffset.FromUnixTimeMilliseconds(shipping.OldestAtMs) : (DateTimeOffset?)null;
        var before = await connection.QueryFirstOrDefaultAsync<Told>(new CommandDefinition(
            "select shipping_fault as fault, spool_level as level, recording_paused as paused from node where id = @node for update", new { node }, cancellationToken: cancellation));
        if (before is null) return;
        var (bytes, limit) = (Math.Max(0, shipping.Bytes), Math.Max(0, shipping.LimitBytes));
        var after = new Told
        {
            Fault = PostgresText.Clean(shipping.Fault, 1000), Level = SpoolLevel.Next(before.Level, bytes, limit), Paused = PostgresText.Clean(shipping.RecordingPaused, 1000),
        };
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update node set unshipped_bytes = @bytes, oldest_unshipped_at = @oldest, shipping_fault = @Fault,
                spool_limit_bytes = @limit, spool_level = @Level, recording_paused = @Paused
            where id = @node
            """, new { node, bytes, oldest, limit, after.Fault, after.Level, after.Paused }, cancellationToken: cancellation));
        await EventStore.AddAsync(connection, now, [.. Changes(node, shipping.Clips, bytes, limit, before, after)], cancellation);

        // Streamers may have waited for a node with room.
        if ((before.Paused.Length > 0) != (after.Paused.Length > 0)) await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
    }

    private static IEnumerable<NewEvent> Changes(string node, int clips, long bytes, long limit, Told before, Told after)
    {
        if (before.Fault.Length == 0 && after.Fault.Length > 0) yield return new(EventKind.StorageFailed, new { node, reason = after.Fault, clips, bytes });
        if (before.Fault.Length > 0 && after.Fault.Length == 0) yield return new(EventKind.StorageBack, new { node, clips, bytes });
        if (before.Level != after.Level)
            yield return new(after.Level > before.Level ? EventKind.SpoolFilling : EventKind.SpoolEmptying, new { node, level = after.Level, clips, bytes, limit_bytes = limit, reason = after.Fault });
        if (before.Paused.Length == 0 && after.Paused.Length > 0) yield return new(EventKind.RecordingPaused, new { node, reason = after.Paused, clips, bytes, limit_bytes = limit });
        if (before.Paused.Length > 0 && after.Paused.Length == 0) yield return new(EventKind.RecordingResumed, new { node, clips, bytes, limit_bytes = limit });
    }

    /// <summary>What operators know.</summary>
    private sealed record Told
    {
        public required string Fault { get; init; }

        public required int Level { get; init; }

        public required string Paused { get; init; }
    }
}
