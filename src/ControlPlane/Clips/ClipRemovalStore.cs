using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Clips;

/// <summary>A clip that is to go.</summary>
/// <param name="Clip">The clip.</param>
/// <param name="Kind">Why: one of <see cref="RemovalKind"/>.</param>
/// <param name="Reason">The same in words.</param>
/// <param name="By">Who wants it; empty: the program.</param>
/// <param name="DuplicateOf">The clip that stays in its place.</param>
/// <param name="Claimed">Whether whoever marks it removes it too: others begin only when that has had its time.</param>
/// <param name="Version">Only where it is of this version; null: any.</param>
public sealed record RemovalMark(Guid Clip, string Kind, string Reason, string By, Guid? DuplicateOf = null, bool Claimed = false, long? Version = null);

/// <summary>A removal that somebody is at: nobody else is until he has said how it went, or <see cref="RemovalPace.ClaimS"/> are over.</summary>
public sealed record RemovalTask
{
    /// <summary>The clip.</summary>
    public required Guid Id { get; init; }

    /// <summary>Which try it is, from 1: tells this claim from a later one.</summary>
    public required int Tries { get; init; }

    /// <summary>The clip that stays in its place; null where nothing does.</summary>
    public Guid? DuplicateOf { get; init; }
}

/// <summary>A file in storage.</summary>
/// <param name="Storage">The storage's name.</param>
/// <param name="Key">Where it lies in it.</param>
public sealed record FilePlace(string Storage, string Key);

/// <summary>
/// The removal of clips, in steps that are each committed: marked with a reason, in no list any more; its files removed; then its row,
/// with a tombstone in its place. What is interrupted is found by its mark and done again: a file that is gone already is no fault.
/// </summary>
public sealed class ClipRemovalStore(Postgres postgres, TimeProvider clock)
{
    /// <summary>How long a tombstone stays: an agent that was away for longer brings back what was removed meanwhile.</summary>
    public static readonly TimeSpan TombstoneLife = TimeSpan.FromDays(90);

    /// <summary>Marks clips, in a transaction of the caller's. Favourites are only marked where somebody deletes them; what is marked stays as it is.</summary>
    /// <returns>The clips that are marked from now on.</returns>
    public static async Task<IReadOnlyList<Guid>> MarkAsync(NpgsqlConnection connection, IReadOnlyList<RemovalMark> marks, DateTimeOffset now, CancellationToken cancellation)
    {
        var ids = marks.Select(m => m.Clip).ToArray();
        await connection.ExecuteAsync(new CommandDefinition("select 1 from clip where id = any(@ids) order by id for update", new { ids }, cancellationToken: cancellation));
        var marked = (await connection.QueryAsync<Marked>(new CommandDefinition(
            """
            update clip c set removing_at = @now, removal = m.kind, removal_reason = m.reason, removed_by = m.who, duplicate_of = m.duplicate_of, removal_next_at = m.due, removal_tries = 0,
                removal_claimed_until = null, removal_fault = '', version = c.version + 1
            from unnest(@ids, @kinds, @reasons, @by, @stay, @due, @versions) m (id, kind, reason, who, duplicate_of, due, version)
            where c.id = m.id and c.removing_at is null and (m.kind = 'deleted' or not c.favourite) and (m.version is null or c.version = m.version)
            returning c.id, c.streamer, c.removal, c.removal_reason, c.removed_by
            """,
            new
            {
                now, ids, kinds = marks.Select(m => m.Kind).ToArray(), reasons = marks.Select(m => m.Reason).ToArray(), by = marks.Select(m => m.By).ToArray(),
                stay = marks.Select(m => m.DuplicateOf).ToArray(), due = marks.Select(m => now.AddSeconds(m.Claimed ? RemovalPace.ClaimS : 0).UtcDateTime).ToArray(),
                versions = marks.Select(m => m.Version).ToArray(),
            }, cancellationToken: cancellation))).AsList();
        if (marked.Count == 0) return [];
        await EventStore.AnnounceAsync(connection, Topic.Removal, cancellation);
        await EventStore.AddAsync(connection, now,
            [.. marked.Select(m => new NewEvent(EventKind.ClipRemoving, new { clip_id = m.Id, streamer = m.Streamer, why = m.Removal, reason = m.RemovalReason, by = m.RemovedBy }))], cancellation);
        return [.. marked.Select(m => m.Id)];
    }

    /// <summary>Marks clips.</summary>
    /// <inheritdoc cref="MarkAsync(NpgsqlConnection, IReadOnlyList{RemovalMark}, DateTimeOffset, CancellationToken)" path="/returns"/>
    public Task<IReadOnlyList<Guid>> MarkAsync(IReadOnlyList<RemovalMark> marks, CancellationToken cancellation) =>
        postgres.TransactAsync(connection => MarkAsync(connection, marks, clock.GetUtcNow(), cancellation), cancellation);

    /// <summary>Takes one removal that is due and that nobody is at. One at a time: what is taken is begun at once, so a claim is never older than the step that it is for.</summary>
    /// <param name="only">Only this clip's, due or not; null: whichever is due first.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Null where there is none.</returns>
    public Task<RemovalTask?> ClaimAsync(Guid? only, CancellationToken cancellation) => postgres.TransactAsync(connection => connection.QueryFirstOrDefaultAsync<RemovalTask?>(new CommandDefinition(
        """
        update clip set removal_tries = removal_tries + 1, removal_claimed_until = @until
        where id = (select id from clip where removing_at is not null and (removal_next_at <= @now or id = @only) and (@only::uuid is null or id = @only)
                      and (removal_claimed_until is null or removal_claimed_until <= @now)
                    order by removal_next_at limit 1 for update skip locked)
        returning id, removal_tries as tries, duplicate_of
        """, new { now = clock.GetUtcNow(), until = clock.GetUtcNow().AddSeconds(RemovalPace.ClaimS), only }, cancellationToken: cancellation)), cancellation);

    /// <summary>Gives a removal back that was not finished and has not failed: the next one goes on.</summary>
    public Task<int> ReleaseAsync(RemovalTask task, CancellationToken cancellation) => postgres.ExecuteAsync(
        "update clip set removal_claimed_until = null, removal_next_at = @now where id = @Id and removal_tries = @Tries and removing_at is not null",
        new { task.Id, task.Tries, now = clock.GetUtcNow() }, cancellation);

    /// <summary>The files that have a row of a clip's, the video first.</summary>
    public Task<IReadOnlyList<FilePlace>> FilesAsync(Guid clip, CancellationToken cancellation) =>
        postgres.ListAsync<FilePlace>("select storage, key from clip_file where clip_id = @clip order by kind desc", new { clip }, cancellation);

    /// <summary>A clip's own video; null where no row names one.</summary>
    public Task<FilePlace?> VideoAsync(Guid clip, CancellationToken cancellation) =>
        postgres.FirstAsync<FilePlace>("select storage, key from clip_file where clip_id = @clip and kind = 'video'", new { clip }, cancellation);

    /// <summary>Ends a claim whose removal failed: why, for people, and the wait before the next try.</summary>
    public Task<int> PostponeAsync(RemovalTask task, string fault, CancellationToken cancellation) => postgres.ExecuteAsync(
        $"""
        update clip set removal_fault = left(@fault, 1000), removal_claimed_until = null, removal_next_at = @now + {RemovalPace.Sql("removal_tries - 1")}
        where id = @Id and removal_tries = @Tries and removing_at is not null
        """, new { task.Id, task.Tries, fault, now = clock.GetUtcNow() }, cancellation);

    /// <summary>The video of the clip that stays in a duplicate's place, if one does: where the one that was to stay is a duplicate itself by now, that one's.</summary>
    public Task<FilePlace?> StayingVideoAsync(Guid stays, CancellationToken cancellation) => postgres.FirstAsync<FilePlace>(
        """
        with recursive chain (id, step) as (
            select @stays::uuid, 0
            union all
            select coalesce(c.duplicate_of, t.duplicate_of), chain.step + 1 from chain left join clip c on c.id = chain.id left join clip_tombstone t on t.clip_id = chain.id
            where chain.step < 20 and coalesce(c.duplicate_of, t.duplicate_of) is not null)
        select f.storage, f.key from chain join clip c on c.id = chain.id and c.removing_at is null join clip_file f on f.clip_id = c.id and f.kind = 'video' limit 1
        """, new { stays }, cancellation);

    /// <summary>Takes a removal back: the clip is in the lists again. Not where somebody else is at it by now, and may have removed its video.</summary>
    public Task KeepAsync(RemovalTask task, string reason, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var streamer = await connection.QueryFirstOrDefaultAsync<string>(new CommandDefinition(
            """
            update clip set removing_at = null, removal = null, removal_reason = '', removed_by = '', duplicate_of = null, removal_next_at = null, removal_claimed_until = null, removal_fault = '',
                version = version + 1
            where id = @Id and removal_tries = @Tries and removal = 'duplicate' returning streamer
            """, new { task.Id, task.Tries }, cancellationToken: cancellation));
        if (streamer is not null) await EventStore.AddAsync(connection, clock.GetUtcNow(), [new(EventKind.ClipKept, new { clip_id = task.Id, streamer, reason })], cancellation);
    }, cancellation);

    /// <summary>Removes the row of a clip whose files are gone, and puts the tombstone in its place.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="gone">The files that are gone. Another one, reported at the last moment, becomes a leftover.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task FinishAsync(Guid clip, IReadOnlyCollection<FilePlace> gone, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        // Waits for a report of a rendition that has locked the row; the files are read after it.
        var row = await connection.QueryFirstOrDefaultAsync<Marked>(new CommandDefinition(
            "select id, streamer, removal, removal_reason, removed_by from clip where id = @clip and removing_at is not null for update", new { clip }, cancellationToken: cancellation));
        if (row is null) return;
        var files = await connection.QueryAsync<FilePlace>(new CommandDefinition("delete from clip_file where clip_id = @clip returning storage, key", new { clip }, cancellationToken: cancellation));
        await ClipLeftoverStore.AddAsync(connection, clip, [.. files.Except(gone)], now, cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into clip_tombstone (clip_id, streamer_id, streamer, node_id, process_id, started_at, duration_s, lost_s, removal, reason, removed_by, duplicate_of, removed_at)
            select id, streamer_id, streamer, node_id, process_id, started_at, duration_s, lost_s, removal, removal_reason, removed_by, duplicate_of, @now from clip where id = @clip;
            delete from clip where id = @clip
            """, new { clip, now }, cancellationToken: cancellation));
        await EventStore.AddAsync(connection, now,
            [new(EventKind.ClipRemoved, new { clip_id = clip, streamer = row.Streamer, why = row.Removal, reason = row.RemovalReason, by = row.RemovedBy })], cancellation);
    }, cancellation);

    /// <summary>Removes tombstones that are older than any agent's memory.</summary>
    public Task<int> TrimAsync(CancellationToken cancellation) =>
        postgres.ExecuteAsync("delete from clip_tombstone where removed_at < @before", new { before = clock.GetUtcNow() - TombstoneLife }, cancellation);

    private sealed record Marked
    {
        public required Guid Id { get; init; }

        public required string Streamer { get; init; }

        public required string Removal { get; init; }

        public required string RemovalReason { get; init; }

        public required string RemovedBy { get; init; }
    }
}

/// <summary>How often a removal is tried that fails.</summary>
public static class RemovalPace
{
    /// <summary>The first wait, in seconds; each one after it is twice as long.</summary>
    public const int LeastS = 30;

    /// <summary>
    /// How long a removal is somebody's who has said nothing of it, in seconds: three times the longest step, so that neither a slow storage nor replicas whose clocks differ
    /// by a minute put two on one clip. Only where a program was killed does it pass.
    /// </summary>
    public const int ClaimS = 180;

    /// <summary>The longest wait, in seconds.</summary>
    public const int MostS = 3600;

    /// <summary>The wait after so many failures before the last one, as SQL.</summary>
    internal static string Sql(string tries) => $"make_interval(secs => least({MostS}, {LeastS} * power(2, least(({tries}), 12))))";
}
