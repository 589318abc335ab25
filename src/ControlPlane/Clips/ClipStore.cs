using Dapper;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Clips;

/// <summary>A clip in storage, without its sidecar.</summary>
public sealed record Clip
{
    /// <summary>The row; the worker made it.</summary>
    public required Guid Id { get; init; }

    /// <summary>The process that cut it; null where its row is gone.</summary>
    public Guid? ProcessId { get; init; }

    /// <summary>The channel's row; null where it was removed.</summary>
    public Guid? StreamerId { get; init; }

    /// <summary>The node that cut it.</summary>
    public required string NodeId { get; init; }

    /// <summary>The channel's name at that time.</summary>
    public required string Streamer { get; init; }

    /// <summary>The channel's URL.</summary>
    public required string Url { get; init; }

    /// <summary>When the first frame was sent, on the stream's clock.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the last frame was sent.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Where the highlight is thought to begin.</summary>
    public required DateTimeOffset MomentAt { get; init; }

    /// <summary>Where the chat was loudest.</summary>
    public required DateTimeOffset PeakAt { get; init; }

    /// <summary>When the detector decided.</summary>
    public required DateTimeOffset TriggeredAt { get; init; }

    /// <summary>Length in seconds.</summary>
    public required double DurationS { get; init; }

    /// <summary>Seconds of the wanted time that are missing.</summary>
    public required double LostS { get; init; }

    /// <summary>How many times the baseline.</summary>
    public required double Score { get; init; }

    /// <summary>Why, in numbers and words.</summary>
    public required string Reason { get; init; }

    /// <summary>The detector that decided.</summary>
    public required string Detector { get; init; }

    /// <summary>Size and codecs.</summary>
    public required string Format { get; init; }

    /// <summary>Length of the video file in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>When its row was written.</summary>
    public required DateTimeOffset SavedAt { get; init; }

    /// <summary>Whether there are small pictures of it.</summary>
    public bool HasPreview { get; init; }
}

/// <summary>A file of a clip.</summary>
public sealed record ClipFileRow
{
    /// <summary>video, poster, sidecar, vertical or preview.</summary>
    public required string Kind { get; init; }

    /// <summary>The name of the storage that it lies in.</summary>
    public required string Storage { get; init; }

    /// <summary>Where it lies below the storage's root.</summary>
    public required string Key { get; init; }

    /// <summary>Its length.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Its SHA-256, lower-case hex.</summary>
    public required string Sha256 { get; init; }
}

/// <summary>Clips in the database.</summary>
public sealed class ClipStore(Postgres postgres, TimeProvider clock)
{
    private const string Columns =
        """
        id, process_id, streamer_id, node_id, streamer, url, started_at, ended_at, moment_at, peak_at, triggered_at,
        duration_s, lost_s, score, reason, detector, format, size_bytes, saved_at,
        exists (select 1 from clip_file f where f.clip_id = clip.id and f.kind = 'preview') as has_preview
        """;

    /// <summary>A page of clips, newest first.</summary>
    public Task<IReadOnlyList<Clip>> ListAsync(ClipFilter filter, (DateTimeOffset At, Guid Id)? before, int limit, CancellationToken cancellation) =>
        postgres.ListAsync<Clip>(
            $"""
            select {Columns} from clip
            where (@Streamer::uuid is null or streamer_id = @Streamer) and (@Process::uuid is null or process_id = @Process)
              and (@From::timestamptz is null or started_at >= @From) and (@To::timestamptz is null or started_at < @To)
              and (@at::timestamptz is null or (started_at, id) < (@at, @id))
            order by started_at desc, id desc limit @limit
            """, new { filter.Streamer, filter.Process, filter.From, filter.To, at = before?.At, id = before?.Id, limit }, cancellation);

    /// <summary>The newest clips, newest first.</summary>
    public Task<IReadOnlyList<Clip>> NewestAsync(int limit, CancellationToken cancellation) => ListAsync(new ClipFilter(), null, limit, cancellation);

    /// <summary>How many clips start at this time or later.</summary>
    public Task<long> CountSinceAsync(DateTimeOffset from, CancellationToken cancellation) =>
        postgres.FirstAsync<long>("select count(*) from clip where started_at >= @from", new { from }, cancellation);

    /// <summary>One clip; null where there is none of this id.</summary>
    public Task<Clip?> GetAsync(Guid id, CancellationToken cancellation) =>
        postgres.FirstAsync<Clip>($"select {Columns} from clip where id = @id", new { id }, cancellation);

    /// <summary>A clip's sidecar as JSON; null where there is no such clip.</summary>
    public Task<string?> SidecarAsync(Guid id, CancellationToken cancellation) =>
        postgres.FirstAsync<string>("select sidecar from clip where id = @id", new { id }, cancellation);

    /// <summary>A clip's files, the video first.</summary>
    public Task<IReadOnlyList<ClipFileRow>> FilesAsync(Guid id, CancellationToken cancellation) => postgres.ListAsync<ClipFileRow>(
        "select kind, storage, key, size_bytes, sha256 from clip_file where clip_id = @id order by kind desc", new { id }, cancellation);

    /// <summary>Removes a clip's row, and with it those of its files.</summary>
    /// <returns>Storages and keys of the files that had a row until now; empty where there was no such clip.</returns>
    public async Task<IReadOnlyList<(string Storage, string Key)>> RemoveAsync(Guid id, string by, CancellationToken cancellation) => await postgres.TransactAsync(async connection =>
    {
        // The lock keeps a report of a rendition from adding another file.
        var streamer = await connection.QueryFirstOrDefaultAsync<string>(new CommandDefinition(
            "select streamer from clip where id = @id for update", new { id }, cancellationToken: cancellation));
        if (streamer is null) return (IReadOnlyList<(string, string)>)[];
        var keys = await connection.QueryAsync<(string, string)>(new CommandDefinition(
            "delete from clip_file where clip_id = @id returning storage, key", new { id }, cancellationToken: cancellation));
        await connection.ExecuteAsync(new CommandDefinition("delete from clip where id = @id", new { id }, cancellationToken: cancellation));
        await EventStore.AddAsync(connection, clock.GetUtcNow(), [new(EventKind.ClipDeleted, new { clip_id = id, streamer, by })], cancellation);
        return [.. keys];
    }, cancellation);
}

/// <summary>Which clips a list shows.</summary>
public sealed record ClipFilter
{
    /// <summary>Of this streamer.</summary>
    public Guid? Streamer { get; init; }

    /// <summary>Of this process.</summary>
    public Guid? Process { get; init; }

    /// <summary>That start at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>That start before this time.</summary>
    public DateTimeOffset? To { get; init; }
}
