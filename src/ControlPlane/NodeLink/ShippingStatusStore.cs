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
    /// <summary>Writes it down, within the transaction of the nodes' statuses, which has their rows.</summary>
    /// <returns>What there is to tell.</returns>
    public static async Task<IReadOnlyList<NewEvent>> TakeAsync(NpgsqlConnection connection, IReadOnlyList<HeardStatus> heard, DateTimeOffset now, CancellationToken cancellation)
    {
        var told = heard.Where(h => h.Status.Shipping is not null).ToDictionary(h => h.Node, h => h.Status.Shipping, StringComparer.Ordinal);
        if (told.Count == 0) return [];
        var before = (await connection.QueryAsync<Told>(new CommandDefinition(
            "select id, shipping_fault as fault, spool_level as level, recording_paused as paused from node where id = any(@nodes)", new { nodes = told.Keys.ToArray() }, cancellationToken: cancellation))).AsList();
        var after = before.ConvertAll(b => b with
        {
            Fault = PostgresText.Clean(told[b.Id].Fault, 1000), Level = SpoolLevel.Next(b.Level, Bytes(told[b.Id]), Limit(told[b.Id])), Paused = PostgresText.Clean(told[b.Id].RecordingPaused, 1000),
        });
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update node n set unshipped_bytes = t.bytes, oldest_unshipped_at = t.oldest, shipping_fault = t.fault,
                spool_limit_bytes = t.max, spool_level = t.level, recording_paused = t.paused
            from unnest(@node, @bytes, @oldest, @fault, @limit, @level, @paused) as t (node, bytes, oldest, fault, max, level, paused)
            where n.id = t.node and (n.unshipped_bytes, n.oldest_unshipped_at, n.shipping_fault, n.spool_limit_bytes, n.spool_level, n.recording_paused)
                is distinct from (t.bytes, t.oldest, t.fault, t.max, t.level, t.paused)
            """,
            new
            {
                node = after.ConvertAll(a => a.Id),
                bytes = after.ConvertAll(a => Bytes(told[a.Id])),
                oldest = after.ConvertAll(a => told[a.Id].OldestAtMs is > 0 and < 253402300800000 and var at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : (DateTimeOffset?)null),
                fault = after.ConvertAll(a => a.Fault),
                limit = after.ConvertAll(a => Limit(told[a.Id])),
                level = after.ConvertAll(a => a.Level),
                paused = after.ConvertAll(a => a.Paused),
            },
            cancellationToken: cancellation));

        // Streamers may have waited for a node with room.
        if (before.Zip(after).Any(c => (c.First.Paused.Length > 0) != (c.Second.Paused.Length > 0))) await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
        return [.. before.Zip(after).SelectMany(c => Changes(c.First.Id, told[c.First.Id].Clips, Bytes(told[c.First.Id]), Limit(told[c.First.Id]), c.First, c.Second))];
    }

    private static long Bytes(ShippingStatus shipping) => Math.Max(0, shipping.Bytes);

    private static long Limit(ShippingStatus shipping) => Math.Max(0, shipping.LimitBytes);

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
        public required string Id { get; init; }

        public required string Fault { get; init; }

        public required int Level { get; init; }

        public required string Paused { get; init; }
    }
}
