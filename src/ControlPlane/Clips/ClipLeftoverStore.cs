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

    /// <summary>Takes one file that is due, as <see cref="ClipRemovalStore.ClaimAsync"/> does; of those that a clip has by now only the line goes.</summary>
    /// <returns>Null where none is due.</returns>
    public async Task<FilePlace?> ClaimAsync(CancellationToken cancellation) => await postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        // Only the next ones: a check of the storages may have brought ten thousand, which are not looked through anew for each.
        await connection.ExecuteAsync(new CommandDefinition(
            """
            delete from clip_leftover l using clip_file f join clip c on c.id = f.clip_id
            where (l.storage, l.key) in (select storage, key from clip_leftover where next_at <= @now order by next_at limit 50)
              and l.storage = f.storage and l.key = f.key and c.removing_at is null
            """, new { now }, cancellationToken: cancellation));
        return await connection.QueryFirstOrDefaultAsync<FilePlace?>(new CommandDefinition(
            """
            update clip_leftover set tries = tries + 1, next_at = @until
            where (storage, key) = (
                select storage, key from clip_leftover d
                where next_at <= @now and not exists (select 1 from clip_file f join clip c on c.id = f.clip_id where f.storage = d.storage and f.key = d.key and c.removing_at is null)
                order by next_at limit 1 for update skip locked)
            returning storage, key
            """, new { now, until = now.AddSeconds(RemovalPace.ClaimS) }, cancellationToken: cancellation));
    }, cancellation);

    /// <summary>A file is gone.</summary>
    public Task<int> DoneAsync(FilePlace file, CancellationToken cancellation) =>
        postgres.ExecuteAsync("delete from clip_leftover where storage = @Storage and key = @Key", file, cancellation);

    /// <summary>Why a file is still there, and the wait before the next try.</summary>
    public Task<int> PostponeAsync(FilePlace file, string fault, CancellationToken cancellation) => postgres.ExecuteAsync(
        $"update clip_leftover set fault = left(@fault, 1000), next_at = @now + {RemovalPace.Sql("tries - 1")} where storage = @Storage and key = @Key",
        new { file.Storage, file.Key, fault, now = clock.GetUtcNow() }, cancellation);
}
