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
/// Takes reports of clips in, each once: the row, its files and the event commit together, a repeated report changes nothing, also where the clip
/// was removed meanwhile. Of a moment that another process cut too, one clip stays.
/// </summary>
public sealed class ClipReportStore(Postgres postgres, ClipStorages storages, TimeProvider clock)
{
    /// <summary>Takes a report in.</summary>
    /// <returns>Why it is refused for good; null: the clip's row is there.</returns>
    public async Task<string?> TakeAsync(string node, ClipReport report, CancellationToken cancellation)
    {
        var (sidecar, fault) = Read(report);
        if (sidecar is null) return fault;
        try
        {
            return await postgres.TransactAsync(connection => WriteAsync(connection, node, sidecar, report, cancellation), cancellation);
        }
        catch (PostgresException e) when (DatabaseFault.IsDuplicate(e, "clip_file_key_key"))
        {
            return "another clip has one of its files' keys";
        }
    }

    /// <summary>Checks a report as a whole.</summary>
    private static (ClipSidecar? Sidecar, string? Fault) Read(ClipReport report)
    {
        ClipSidecar sidecar;
        try
        {
            sidecar = ClipSidecar.FromJson(report.SidecarJson);
        }
        catch (JsonException e)
        {
            return (null, $"the sidecar cannot be read: {e.Message}");
        }

        if (!Guid.TryParse(report.ClipId, out var clip) || clip != sidecar.ClipId) return (null, $"clip_id is '{report.ClipId}', the sidecar says {sidecar.ClipId}");
        if (!Guid.TryParse(report.ProcessId, out var process) || process != sidecar.ProcessId) return (null, $"process_id is '{report.ProcessId}', the sidecar says {sidecar.ProcessId}");
        if (!(sidecar.DurationS > 0) || !double.IsFinite(sidecar.Score) || !(sidecar.LostS >= 0)) return (null, $"duration_s is {sidecar.DurationS}, lost_s {sidecar.LostS}, score {sidecar.Score}: that is no clip");
        var kinds = report.Files.Select(f => f.Kind).ToList();
        if (!kinds.Contains("video") || kinds.Distinct().Count() != kinds.Count || kinds.Exists(k => k is not ("video" or "poster" or "sidecar")))
            return (null, $"its files are {string.Join(", ", kinds)}: there must be a video, and of video, poster and sidecar at most one each");
        var bad = report.Files.FirstOrDefault(f => !StoredFiles.IsProper(f));
        return bad is null ? (sidecar, null) : (null, $"its {bad.Kind} has no proper key, size, SHA-256 or storage");
    }

    private async Task<string?> WriteAsync(NpgsqlConnection connection, string node, ClipSidecar sidecar, ClipReport report, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var owner = await connection.QueryFirstOrDefaultAsync<string>(new CommandDefinition(
            "select node_id from process where id = @ProcessId", new { sidecar.ProcessId }, cancellationToken: cancellation));
        if (owner is not null && owner != node) return $"process {sidecar.ProcessId} is not of node '{node}'";
        var video = report.Files.First(f => f.Kind == "video");
        if (await InsertAsync(connection, node, sidecar, video, now, cancellation) == 0 || await IsGoneAsync(connection, sidecar.ClipId, cancellation))
        {
            await TurnAwayAsync(connection, sidecar.ClipId, report, now, cancellation);
            return null;
        }

        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into clip_file (clip_id, kind, storage, key, size_bytes, sha256)
            select @ClipId, * from unnest(@kinds, @storages, @keys, @sizes, @hashes)
            """,
            new
            {
                sidecar.ClipId,
                kinds = report.Files.Select(f => f.Kind).ToArray(),
                storages = report.Files.Select(StoredFiles.StorageOf).ToArray(),
                keys = report.Files.Select(f => f.Key).ToArray(),
                sizes = report.Files.Select(f => f.SizeBytes).ToArray(),
                hashes = report.Files.Select(f => f.Sha256).ToArray(),
            },
            cancellationToken: cancellation));
        await ClipLeftoverStore.ForgetAsync(connection, Places(report), cancellation);
        if (!await DuplicateStore.SettleAsync(connection, sidecar.ClipId, now, cancellation)) return null;
        await EventStore.AddAsync(connection, now,
        [
            new(EventKind.ClipSaved, new
            {
                clip_id = sidecar.ClipId,
                process_id = sidecar.ProcessId,
                streamer_id = sidecar.StreamerId,
                streamer = PostgresText.Clean(sidecar.Streamer, 100),
                node,
                path = storages.Describe(StoredFiles.StorageOf(video), video.Key),
                score = Math.Round(sidecar.Score, 3),
                duration_s = Math.Round(sidecar.DurationS, 3),
                reason = PostgresText.Clean(sidecar.Reason, 2000),
            }),
        ], cancellation);
        return null;
    }

    /// <summary>
    /// Whether the clip was removed already, as far as one remembers. Asked after the row is written: a removal that was under way has kept the
    /// insert waiting, and has left its tombstone by now.
    /// </summary>
    private static Task<bool> IsGoneAsync(NpgsqlConnection connection, Guid clip, CancellationToken cancellation) => connection.QueryFirstAsync<bool>(new CommandDefinition(
        "select exists (select 1 from clip_tombstone where clip_id = @clip)", new { clip }, cancellationToken: cancellation));

    /// <summary>A report that changes nothing. Of a clip that was removed, or is being removed, the agent may have stored the files again: they go once more.</summary>
    private static async Task TurnAwayAsync(NpgsqlConnection connection, Guid clip, ClipReport report, DateTimeOffset now, CancellationToken cancellation)
    {
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from clip where id = @clip and exists (select 1 from clip_tombstone where clip_id = @clip)", new { clip }, cancellationToken: cancellation));
        var stays = await connection.QueryFirstOrDefaultAsync<bool>(new CommandDefinition(
            "select removing_at is null from clip where id = @clip for key share", new { clip }, cancellationToken: cancellation));
        if (!stays) await ClipLeftoverStore.AddAsync(connection, clip, Places(report), now, cancellation);
    }

    private static IReadOnlyCollection<FilePlace> Places(ClipReport report) => [.. report.Files.Select(f => new FilePlace(StoredFiles.StorageOf(f), f.Key))];

    private static Task<int> InsertAsync(NpgsqlConnection connection, string node, ClipSidecar s, StoredFile video, DateTimeOffset now, CancellationToken cancellation) =>
        connection.ExecuteAsync(new CommandDefinition(
            """
            insert into clip (id, process_id, streamer_id, node_id, streamer, url, epoch, started_at, ended_at, moment_at, peak_at, triggered_at,
                duration_s, lost_s, score, reason, detector, format, size_bytes, sidecar, saved_at)
            values (@ClipId, (select id from process where id = @ProcessId), (select id from streamer where id = @StreamerId), @node, @streamer, @url,
                @Epoch, @Start, @End, @Moment, @Peak, @TriggeredAt, @DurationS, @LostS, @Score, @reason, @detector, @format, @size, @sidecar::jsonb, @now)
            on conflict (id) do nothing
            """,
            new
            {
                s.ClipId,
                s.ProcessId,
                s.StreamerId,
                node,
                streamer = PostgresText.Clean(s.Streamer, 100),
                url = PostgresText.Clean(s.Url, 2000),
                s.Epoch,
                s.Start,
                s.End,
                s.Moment,
                s.Peak,
                s.TriggeredAt,
                s.DurationS,
                s.LostS,
                s.Score,
                reason = PostgresText.Clean(s.Reason, 2000),
                detector = PostgresText.Clean(s.Detector, 100),
                format = PostgresText.Clean(s.Format, 200),
                size = video.SizeBytes,
                sidecar = PostgresText.CleanJson(s.ToJson()),
                now,
            },
            cancellationToken: cancellation));
}
