using System.Text.Json;
using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>
/// Takes reports of renditions in, each once: the file's row and the event commit together, a repeated report changes nothing. The file
/// of a rendition whose clip is gone, or that another one was quicker than, becomes a leftover, which is removed from the storage: nobody would know of it.
/// </summary>
public sealed class RenditionReportStore(Postgres postgres, TimeProvider clock)
{
    /// <summary>Takes a report in.</summary>
    /// <returns>Why it is refused for good; null: its row is there.</returns>
    public async Task<string?> TakeAsync(string node, RenditionReport report, CancellationToken cancellation)
    {
        var (sidecar, fault) = Read(report);
        return sidecar is null ? fault : await postgres.TransactAsync(connection => WriteAsync(connection, node, sidecar, report, cancellation), cancellation);
    }

    private static (RenditionSidecar? Sidecar, string? Fault) Read(RenditionReport report)
    {
        RenditionSidecar sidecar;
        try
        {
            sidecar = RenditionSidecar.FromJson(report.SidecarJson);
        }
        catch (JsonException e)
        {
            return (null, $"the sidecar cannot be read: {e.Message}");
        }

        if (!Guid.TryParse(report.ClipId, out var clip) || clip != sidecar.ClipId) return (null, $"clip_id is '{report.ClipId}', the sidecar says {sidecar.ClipId}");
        if (!Guid.TryParse(report.ProcessId, out var process) || process != sidecar.ProcessId) return (null, $"process_id is '{report.ProcessId}', the sidecar says {sidecar.ProcessId}");
        var f = report.File;
        return f is null || f.Kind != sidecar.Kind || !StoredFiles.IsProper(f)
            ? (null, $"its {sidecar.Kind} has no proper kind, key, size or SHA-256")
            : (sidecar, null);
    }

    private async Task<string?> WriteAsync(NpgsqlConnection connection, string node, RenditionSidecar sidecar, RenditionReport report, CancellationToken cancellation)
    {
        var storage = StoredFiles.StorageOf(report.File);
        // The lock keeps the clip from being deleted meanwhile.
        var clip = await connection.QueryFirstOrDefaultAsync<ClipOfRendition>(new CommandDefinition(
            "select node_id, streamer, removing_at is not null as removing from clip where id = @ClipId for key share", new { sidecar.ClipId }, cancellationToken: cancellation));
        if (clip is not null && clip.NodeId != node) return $"clip {sidecar.ClipId} is not of node '{node}'";
        var stays = clip is { Removing: false };
        var added = !stays ? 0 : await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into clip_file (clip_id, kind, storage, key, size_bytes, sha256, details)
            values (@ClipId, @Kind, @storage, @Key, @SizeBytes, @Sha256, @details::jsonb)
            on conflict do nothing
            """,
            new { sidecar.ClipId, sidecar.Kind, storage, report.File.Key, report.File.SizeBytes, report.File.Sha256, details = PostgresText.CleanJson(report.SidecarJson) },
            cancellationToken: cancellation));
        if (added == 0)
        {
            var known = await connection.QueryFirstOrDefaultAsync<Guid?>(new CommandDefinition(
                "select clip_id from clip_file where storage = @storage and key = @Key", new { storage, report.File.Key }, cancellationToken: cancellation));
            if (known is null || !stays) await ClipLeftoverStore.AddAsync(connection, sidecar.ClipId, [new(storage, report.File.Key)], clock.GetUtcNow(), cancellation);
            return stays ? null : $"there is no clip {sidecar.ClipId} any more";
        }

        await ClipLeftoverStore.ForgetAsync(connection, [new(storage, report.File.Key)], cancellation);
        await EventStore.AddAsync(connection, clock.GetUtcNow(),
            [new(EventKind.RenditionSaved, new { clip_id = sidecar.ClipId, kind = sidecar.Kind, streamer = clip!.Streamer, node })], cancellation);
        return null;
    }

    private sealed record ClipOfRendition
    {
        public required string NodeId { get; init; }

        public required string Streamer { get; init; }

        public required bool Removing { get; init; }
    }
}
