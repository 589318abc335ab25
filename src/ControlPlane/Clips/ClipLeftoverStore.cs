using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Clips;

/// <summary>
/// Files in storage that no clip has: an agent stored them of a clip that was removed before it could say so. They are written down in the
/// transaction that turns the report away, and removed after it.
/// </summary>
public sealed class ClipLeftoverStore(Postgres postgres, TimeProvider clock)
{
    /// <summary>Writes files down, but those that another clip has.</summary>
    public static async Task AddAsync(NpgsqlConnection connection, Guid clip, IReadOnlyCollection<FilePlace> files, DateTimeOffset now, CancellationToken cancellation)
    {
        if (files.Count == 0) return;
        var added = await connection.ExecuteAsync(new CommandDefinition(
            """
            insert into clip_leftover (storage, key, clip_id, at, next_at)
            select storage, key, @clip, @now, @now from unnest(@storages, @keys) l (storage, key)
            where not exists (select 1 from clip_file f where f.storage = l.storage and f.key = l.key and f.clip_id <> @clip)
            on conflict do nothing
            """, new { clip, now, storages = files.Select(f => f.Storage).ToArray(), keys = files.Select(f => f.Key).ToArray() }, cancellationToken: cancellation));
        if (added > 0) await EventStore.AnnounceAsync(connection, Topic.Removal, cancellation);
    }

    /// <summary>Forgets files that have become a clip's.</summary>
    public static Task ForgetAsync(NpgsqlConnection connection, IReadOnlyCollection<FilePlace> files, CancellationToken cancellation) => connection.ExecuteAsync(new CommandDefinition(
        "delete from clip_leftover l using unnest(@storages, @keys) f (storage, key) where l.storage = f.storage and l.key = f.key",
        new { storages = files.Select(f => f.Storage).ToArray(), keys = files.Select(f => f.Key).ToArray() }, cancellationToken: cancellation));

    /// <summary>Takes files that are due, as <see cref="ClipRemovalStore.ClaimAsync"/> does; of those that a clip has by now only the line goes.</summary>
    public async Task<IReadOnlyList<FilePlace>> ClaimAsync(int limit, CancellationToken cancellation) => await postgres.TransactAsync(async connection =>
    {
        var due = (await connection.QueryAsync<FilePlace>(new CommandDefinition(
            $"""
            update clip_leftover set tries = tries + 1, next_at = @now + {RemovalPace.Sql("tries")}
            where (storage, key) in (select storage, key from clip_leftover where next_at <= @now order by next_at limit @limit for update skip locked)
            returning storage, key
            """, new { now = clock.GetUtcNow(), limit }, cancellationToken: cancellation))).AsList();
        if (due.Count == 0) return (IReadOnlyList<FilePlace>)[];
        var theirs = (await connection.QueryAsync<FilePlace>(new CommandDefinition(
            "select f.storage, f.key from clip_file f join unnest(@storages, @keys) l (storage, key) on f.storage = l.storage and f.key = l.key join clip c on c.id = f.clip_id and c.removing_at is null",
            new { storages = due.Select(f => f.Storage).ToArray(), keys = due.Select(f => f.Key).ToArray() }, cancellationToken: cancellation))).ToHashSet();
        if (theirs.Count > 0) await ForgetAsync(connection, theirs, cancellation);
        return [.. due.Where(f => !theirs.Contains(f))];
    }, cancellation);

    /// <summary>A file is gone.</summary>
    public Task<int> DoneAsync(FilePlace file, CancellationToken cancellation) =>
        postgres.ExecuteAsync("delete from clip_leftover where storage = @Storage and key = @Key", file, cancellation);

    /// <summary>Why a file is still there.</summary>
    public Task<int> PostponeAsync(FilePlace file, string fault, CancellationToken cancellation) =>
        postgres.ExecuteAsync("update clip_leftover set fault = left(@fault, 1000) where storage = @Storage and key = @Key", new { file.Storage, file.Key, fault }, cancellation);
}
