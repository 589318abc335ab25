using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Clips;

/// <summary>Reads clips from the database.</summary>
public sealed class ClipStore(Postgres postgres)
{
    private const string Columns =
        """
        id, process_id, streamer_id, node_id, streamer, url, started_at, ended_at, moment_at, peak_at, triggered_at,
        duration_s, lost_s, score, reason, detector, format, size_bytes, files_bytes, saved_at, favourite, tags, note, version,
        removing_at, removal, removal_reason, removed_by, duplicate_of, removal_tries, removal_next_at, removal_fault,
        exists (select 1 from clip_file f where f.clip_id = clip.id and f.kind = 'preview') as has_preview,
        (select count(*) from clip d where d.duplicate_of = clip.id) + (select count(*) from clip_tombstone t where t.duplicate_of = clip.id) as duplicates
        """;

    /// <summary>A page of clips.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="order">In which order, and after which clip.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<Clip>> ListAsync(ClipFilter filter, ListOrder order, int limit, CancellationToken cancellation) => postgres.ListAsync<Clip>(
        $"""
        select {Columns} from clip
        where removing_at is {(filter.Removing ? "not null" : "null")}
          and (@Streamer::uuid is null or streamer_id = @Streamer) and (@Process::uuid is null or process_id = @Process)
          and (@Node::text is null or node_id = @Node) and (@Favourite::boolean is null or favourite = @Favourite)
          and (@tags::text[] is null or tags @> @tags) and (@MinScore::float8 is null or score >= @MinScore)
          and (@Since::timestamptz is null or started_at >= @Since) and (@Until::timestamptz is null or started_at < @Until)
          and (@pattern::text is null or words like @pattern)
          and (@Duplicates::boolean is null or @Duplicates = (exists (select 1 from clip d where d.duplicate_of = clip.id)
               or exists (select 1 from clip_tombstone t where t.duplicate_of = clip.id)))
          and {order.After}
        order by {order.By} limit @limit
        """,
        new
        {
            filter.Streamer, filter.Process, filter.Node, filter.Favourite, tags = filter.Tag is { } tag ? (string[])[tag] : null, filter.MinScore, filter.Since, filter.Until,
            pattern = Pattern(filter.Text), filter.Duplicates, order.SortValue, order.SortId, limit,
        }, cancellation);

    /// <summary>The newest clips, newest first.</summary>
    public Task<IReadOnlyList<Clip>> NewestAsync(int limit, CancellationToken cancellation) =>
        ListAsync(new(), ListOrder.Of(ClipQuery.Listing.Sorts[0], ClipQuery.Listing.Id, falling: true, place: null), limit, cancellation);

    /// <summary>How many clips start at a time or later.</summary>
    public Task<long> CountSinceAsync(DateTimeOffset from, CancellationToken cancellation) =>
        postgres.FirstAsync<long>("select count(*) from clip where started_at >= @from and removing_at is null", new { from }, cancellation);

    /// <summary>How many clips are being removed.</summary>
    public Task<long> CountRemovingAsync(CancellationToken cancellation) =>
        postgres.FirstAsync<long>("select count(*) from clip where removing_at is not null", null, cancellation);

    /// <summary>One clip, also one that is being removed; null where there is none of this id.</summary>
    public Task<Clip?> GetAsync(Guid id, CancellationToken cancellation) =>
        postgres.FirstAsync<Clip>($"select {Columns} from clip where id = @id", new { id }, cancellation);

    /// <summary>A clip's sidecar as JSON; null where there is no such clip.</summary>
    public Task<string?> SidecarAsync(Guid id, CancellationToken cancellation) =>
        postgres.FirstAsync<string>("select sidecar from clip where id = @id", new { id }, cancellation);

    /// <summary>A clip's files, the video first.</summary>
    public Task<IReadOnlyList<ClipFileRow>> FilesAsync(Guid id, CancellationToken cancellation) => postgres.ListAsync<ClipFileRow>(
        "select kind, storage, key, size_bytes, sha256 from clip_file where clip_id = @id order by kind desc", new { id }, cancellation);

    /// <summary>The other cuts of a clip's moment, oldest first, at most 100.</summary>
    public Task<IReadOnlyList<ClipDuplicate>> DuplicatesAsync(Guid id, CancellationToken cancellation) => postgres.ListAsync<ClipDuplicate>(
        """
        select id, node_id, process_id, started_at, duration_s, lost_s, removal_reason as reason, null::timestamptz as removed_at from clip where duplicate_of = @id
        union all
        select clip_id, node_id, process_id, started_at, duration_s, lost_s, reason, removed_at from clip_tombstone where duplicate_of = @id
        order by started_at limit 100
        """, new { id }, cancellation);

    /// <summary>What became of a clip that is gone, in words; null where nothing is known of it.</summary>
    public Task<string?> RemovedAsync(Guid id, CancellationToken cancellation) => postgres.FirstAsync<string>(
        "select 'it was removed on ' || to_char(removed_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC: ' || reason from clip_tombstone where clip_id = @id", new { id }, cancellation);

    /// <summary>The tags in use, the most used first.</summary>
    public Task<IReadOnlyList<string>> TagsAsync(int limit, CancellationToken cancellation) => postgres.ListAsync<string>(
        "select tag from clip, unnest(tags) tag where tags <> '{}' and removing_at is null group by tag order by count(*) desc, tag limit @limit", new { limit }, cancellation);

    /// <summary>What is searched for, as a pattern of LIKE (PostgreSQL manual 9.7.1).</summary>
    private static string? Pattern(string? text) => string.IsNullOrWhiteSpace(text)
        ? null
        : $"%{text.Trim().ToLowerInvariant().Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";
}
