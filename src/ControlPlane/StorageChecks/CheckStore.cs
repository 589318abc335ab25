using System.Text.Json;
using Dapper;
using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.StorageChecks;

/// <summary>A file that a row names.</summary>
/// <param name="Clip">The clip.</param>
/// <param name="Kind">video, poster and so on.</param>
/// <param name="Key">Where it lies.</param>
/// <param name="SizeBytes">Its length.</param>
public sealed record RowFile(Guid Clip, string Kind, string Key, long SizeBytes);

/// <summary>Checks, what they found, and what they ask of the rows.</summary>
public sealed class CheckStore(Postgres postgres, TimeProvider clock)
{
    /// <summary>A check that has said nothing for so long has ended with its program.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(5);

    private const int KeptChecks = 10;
    private const string Lost = "the program that ran it ended";

    /// <summary>Writes a check down that begins.</summary>
    /// <returns>Null where another one runs.</returns>
    public Task<Guid?> BeginAsync(CheckOptions options, string by, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update storage_check set ended_at = @now, fault = @Lost where ended_at is null and heard_at < @silent;
            delete from storage_check where id in (select id from storage_check where ended_at is not null order by started_at desc offset @kept)
            """, new { now, Lost, silent = now - Silence, kept = KeptChecks - 1 }, cancellationToken: cancellation));
        return await connection.QueryFirstOrDefaultAsync<Guid?>(new CommandDefinition(
            """
            insert into storage_check (id, storage, older_than_h, remove_files, remove_clips, force, started_by, started_at, heard_at)
            values (@id, @Storage, @OlderThanH, @RemoveFiles, @RemoveClips, @Force, @by, @now, @now) on conflict do nothing returning id
            """, new { id = Guid.CreateVersion7(now), options.Storage, options.OlderThanH, options.RemoveFiles, options.RemoveClips, options.Force, by, now }, cancellationToken: cancellation));
    }, cancellation);

    /// <summary>Whose database this is.</summary>
    public async Task<Guid> InstallationAsync(CancellationToken cancellation)
    {
        await using var connection = await postgres.OpenAsync(cancellation);
        return await connection.ExecuteScalarAsync<Guid>(new CommandDefinition("select id from installation", cancellationToken: cancellation));
    }

    /// <summary>Whether there is any clip.</summary>
    public async Task<bool> HasClipsAsync(CancellationToken cancellation)
    {
        await using var connection = await postgres.OpenAsync(cancellation);
        return await connection.ExecuteScalarAsync<Guid?>(new CommandDefinition("select id from clip order by id limit 1", cancellationToken: cancellation)) is not null;
    }

    /// <summary>Writes down how far a check has come.</summary>
    /// <returns>Whether it is still this program's.</returns>
    public async Task<bool> ProgressAsync(Guid check, CheckCounts counts, CancellationToken cancellation) => await postgres.ExecuteAsync(
        "update storage_check set heard_at = @now, counts = @json::jsonb where id = @check and ended_at is null", new { check, now = clock.GetUtcNow(), json = JsonSerializer.Serialize(counts) }, cancellation) > 0;

    /// <summary>Ends a check.</summary>
    public Task EndAsync(Guid check, CheckCounts counts, string fault, CancellationToken cancellation) => postgres.ExecuteAsync(
        "update storage_check set heard_at = @now, ended_at = @now, counts = @json::jsonb, fault = left(@fault, 4000) where id = @check and ended_at is null",
        new { check, now = clock.GetUtcNow(), json = JsonSerializer.Serialize(counts), fault = PostgresText.Clean(fault, 4000) }, cancellation);

    /// <summary>Adds what was found.</summary>
    public Task AddAsync(Guid check, IReadOnlyList<StorageFinding> found, CancellationToken cancellation) => found.Count == 0 ? Task.CompletedTask : postgres.ExecuteAsync(
        """
        insert into storage_finding (check_id, kind, storage, name, size_bytes, changed_at, clip_id, goes, reason)
        select @check, kind, storage, name, bytes, to_timestamp(at_ms / 1000.0), clip, goes, reason
        from unnest(@kinds, @storages, @names, @sizes, @times, @clips, @goes, @reasons) f (kind, storage, name, bytes, at_ms, clip, goes, reason)
        """,
        new
        {
            check, kinds = found.Select(f => f.Kind).ToArray(), storages = found.Select(f => f.Storage).ToArray(), names = found.Select(f => PostgresText.Clean(f.Name, 2000)).ToArray(),
            sizes = found.Select(f => f.SizeBytes).ToArray(), times = found.Select(f => f.ChangedAt?.ToUnixTimeMilliseconds()).ToArray(), clips = found.Select(f => f.ClipId).ToArray(),
            goes = found.Select(f => f.Goes).ToArray(), reasons = found.Select(f => f.Reason).ToArray(),
        }, cancellation);

    /// <summary>The newest check; null: there was none yet.</summary>
    public async Task<StorageCheckView?> LatestAsync(CancellationToken cancellation) => await postgres.FirstAsync<Row>(
        "select id, storage, older_than_h, remove_files, remove_clips, started_by, started_at, heard_at, ended_at, counts::text, fault from storage_check order by started_at desc limit 1", null, cancellation) is { } row
        ? row.View(clock.GetUtcNow())
        : null;

    /// <summary>A page of what a check found.</summary>
    public Task<IReadOnlyList<StorageFinding>> FindingsAsync(Guid check, string? kind, bool? goes, ListOrder order, int limit, CancellationToken cancellation) => postgres.ListAsync<StorageFinding>(
        $"""
        select id, kind, storage, name, size_bytes, changed_at, clip_id, goes, reason from storage_finding
        where check_id = @check and (@kind::text is null or kind = @kind) and (@goes::boolean is null or goes = @goes) and {order.After} order by {order.By} limit @limit
        """, new { check, kind, goes, order.SortValue, order.SortId, limit }, cancellation);

    /// <summary>The nodes that may still tell of a file: all but those that were taken out of service.</summary>
    public Task<IReadOnlyList<NodeHeard>> NodesAsync(CancellationToken cancellation) =>
        postgres.ListAsync<NodeHeard>("select id, connected_at, last_seen_at, oldest_unshipped_at from node where state <> 'retired'", null, cancellation);

    /// <summary>A page of the files that clips have in a storage, in the ordinal order of their keys; not of clips that are being removed.</summary>
    public Task<IReadOnlyList<RowFile>> RowsAsync(string storage, string after, int limit, CancellationToken cancellation) => postgres.ListAsync<RowFile>(
        """
        select f.clip_id as clip, f.kind, f.key, f.size_bytes from clip_file f join clip c on c.id = f.clip_id and c.removing_at is null
        where f.key collate "C" > @after and f.storage = @storage order by f.key collate "C" limit @limit
        """, new { storage, after, limit }, cancellation);

    /// <summary>Whether a clip that stays still has a file there.</summary>
    public Task<bool> HasAsync(Guid clip, string storage, string key, CancellationToken cancellation) => postgres.FirstAsync<bool>(
        "select exists (select 1 from clip_file f join clip c on c.id = f.clip_id and c.removing_at is null where f.clip_id = @clip and f.storage = @storage and f.key = @key)",
        new { clip, storage, key }, cancellation);

    /// <summary>Which of some names rows have, of clips and of files that go, and in which storage.</summary>
    public Task<IReadOnlyList<FilePlace>> NamedAsync(IReadOnlyCollection<string> names, CancellationToken cancellation) => postgres.ListAsync<FilePlace>(
        """
        select storage, key from clip_file where key collate "C" = any(@names) union all select storage, key from clip_leftover where key collate "C" = any(@names)
        """, new { names = names.ToArray() }, cancellation);

    /// <summary>Hands files over to be removed, but those that a clip has by now.</summary>
    /// <returns>How many.</returns>
    public Task<int> RemoveAsync(string storage, IReadOnlyCollection<string> keys, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var added = await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into clip_leftover (storage, key, at, next_at) select @storage, k.key, @now, @now from unnest(@keys) k (key)
            where not exists (select 1 from clip_file f where f.key collate "C" = k.key) on conflict do nothing
            """, new { storage, keys = keys.ToArray(), now = clock.GetUtcNow() }, cancellationToken: cancellation));
        if (added > 0) await EventStore.AnnounceAsync(connection, Topic.Removal, cancellation);
        return added;
    }, cancellation);

    /// <summary>
    /// Gives up the files of clips that are being removed, in a storage that is gone: the removals go on without them, and what says why they are removed says that too. Should the
    /// storage come back, a check finds them as files of no clip.
    /// </summary>
    public Task<ForgottenFiles> ForgetAsync(string storage, string by, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var clips = (await connection.QueryAsync<Guid>(new CommandDefinition(
            """
            update clip c set removal_reason = left(removal_reason || '; ' || @by || ' gave up its files in storage ' || @storage, 4000), removal_next_at = @now, removal_fault = '', version = version + 1
            where removing_at is not null and exists (select 1 from clip_file f where f.clip_id = c.id and f.storage = @storage) returning id
            """, new { storage, by, now = clock.GetUtcNow() }, cancellationToken: cancellation))).ToArray();
        var files = await connection.ExecuteAsync(new CommandDefinition("delete from clip_file where storage = @storage and clip_id = any(@clips)", new { storage, clips }, cancellationToken: cancellation));
        var left = await connection.ExecuteAsync(new CommandDefinition("delete from clip_leftover where storage = @storage", new { storage }, cancellationToken: cancellation));
        if (clips.Length > 0) await EventStore.AnnounceAsync(connection, Topic.Removal, cancellation);
        return new ForgottenFiles(clips.Length, files + left);
    }, cancellation);

    private sealed record Row
    {
        public required Guid Id { get; init; }

        public required string Storage { get; init; }

        public required double OlderThanH { get; init; }

        public required bool RemoveFiles { get; init; }

        public required bool RemoveClips { get; init; }

        public required string StartedBy { get; init; }

        public required DateTimeOffset StartedAt { get; init; }

        public required DateTimeOffset HeardAt { get; init; }

        public DateTimeOffset? EndedAt { get; init; }

        public required string Counts { get; init; }

        public required string Fault { get; init; }

        public StorageCheckView View(DateTimeOffset now) => new()
        {
            Id = Id, State = Fault == Lost || (EndedAt is null && now - HeardAt >= Silence) ? "lost" : EndedAt is null ? "running" : "ended", Storage = Storage, OlderThanH = OlderThanH,
            RemoveFiles = RemoveFiles, RemoveClips = RemoveClips, StartedBy = StartedBy, StartedAt = StartedAt, EndedAt = EndedAt, Counts = JsonSerializer.Deserialize<CheckCounts>(Counts) ?? new(), Fault = Fault,
        };
    }
}
