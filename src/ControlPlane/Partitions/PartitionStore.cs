using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Partitions;

/// <summary>The tables of days in the database.</summary>
public sealed class PartitionStore(Postgres postgres, TimeProvider clock)
{
    /// <summary>The lock of those who remove days.</summary>
    public const long SweepLock = 0x4441_5953_5745_4550; // "DAYSWEEP"

    /// <summary>The lock of those who index them.</summary>
    public const long IndexLock = 0x4441_5949_4e44_4558; // "DAYINDEX"

    // Says of a day's table that its removal was begun: one that a person has restored does not say so.
    private const string Begun = "its removal was begun";
    private static readonly TimeSpan LongestStatement = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestIndexing = TimeSpan.FromHours(2);

    /// <summary>How long a removal waits for those who read the day; writers never wait for it.</summary>
    private static readonly TimeSpan LongestLock = TimeSpan.FromSeconds(2);

    /// <summary>Makes a day's table where there is none.</summary>
    /// <returns>Whether the day can be written to; false: it is being removed.</returns>
    public Task<bool> EnsureAsync(DayTable table, DateOnly day, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        await connection.ExecuteAsync(new CommandDefinition("set local lock_timeout = '5s'", cancellationToken: cancellation));
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select ensure_day(@Name, @day::date)", new { table.Name, day = day.ToDateTime(TimeOnly.MinValue) }, cancellationToken: cancellation));
    }, cancellation);

    /// <summary>The days of a table, oldest first.</summary>
    public async Task<IReadOnlyList<DayPartition>> ListAsync(DayTable table, CancellationToken cancellation)
    {
        try
        {
            return await ListAsync(table, "pg_total_relation_size(c.oid)", cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            // Somebody holds one of them for themselves: what the last vacuum or analysis saw asks for no lock.
            return await ListAsync(table, "(c.relpages + (select coalesce(sum(x.relpages), 0) from pg_index n join pg_class x on x.oid = n.indexrelid where n.indrelid = c.oid)) * 8192", cancellation);
        }
    }

    /// <summary>The days that should be gone and are not.</summary>
    public async Task<IReadOnlyList<DayPartition>> StuckAsync(DayTable table, CancellationToken cancellation) =>
        await postgres.FirstAsync<bool>("select exists (select from partition_fault)", null, cancellation)
            ? [.. (await ListAsync(table, cancellation)).Where(p => p.Fault is not null)]
            : [];

    /// <summary>Runs work that one replica at a time may do; passes it over while another one does it.</summary>
    /// <param name="work">The work.</param>
    /// <param name="key">Which: <see cref="SweepLock"/> or <see cref="IndexLock"/>.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task AloneAsync(Func<Task> work, long key, CancellationToken cancellation)
    {
        await using var connection = await postgres.OpenSingleAsync(cancellation);
        if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select pg_try_advisory_lock(@key)", new { key }, cancellationToken: cancellation))) return;
        try
        {
            await work();
        }
        finally
        {
            await connection.ExecuteAsync("select pg_advisory_unlock(@key)", new { key });
        }
    }

    /// <summary>
    /// Removes a day's table. It is taken out of its parent first, without keeping anybody from the other days; what was
    /// begun and broke off is finished.
    /// </summary>
    /// <returns>Null where it is gone, otherwise why it is not.</returns>
    public async Task<string?> DropAsync(DayPartition partition, CancellationToken cancellation)
    {
        await using var connection = await postgres.OpenSingleAsync(cancellation);
        try
        {
            await RunAsync($"set lock_timeout = {(int)LongestLock.TotalMilliseconds}");

            if (partition.State == DayState.Kept) await RunAsync($"comment on table {partition.Name} is '{Begun}'");

            // Not in a transaction, and not in one command with another: Postgres takes DETACH CONCURRENTLY only by itself.
            if (partition.State == DayState.Kept) await RunAsync($"alter table {partition.Table} detach partition {partition.Name} concurrently");
            else if (partition.State == DayState.Detaching) await RunAsync($"alter table {partition.Table} detach partition {partition.Name} finalize");
            await RunAsync($"drop table {partition.Name}");
            return null;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return $"somebody reads it, or holds an old transaction open, for more than {LongestLock.TotalSeconds} s ({e.MessageText}): end it, or wait";
        }
        catch (PostgresException e) when (!DatabaseFault.IsUnavailable(e))
        {
            return e.MessageText;
        }

        Task RunAsync(string sql) =>
            connection.ExecuteAsync(new CommandDefinition(sql, commandTimeout: (int)LongestStatement.TotalSeconds, cancellationToken: cancellation));
    }

    /// <summary>Whether the server can index parts of words.</summary>
    public async Task<bool> HasTrigramsAsync(CancellationToken cancellation) =>
        await postgres.FirstAsync<bool>("select exists (select from pg_extension where extname = 'pg_trgm')", null, cancellation);

    /// <summary>
    /// Makes the index by which text in a day is found. Takes minutes for millions of lines, and keeps nobody from reading or writing. It waits
    /// for transactions that are older, as that of a backup, as long as it may take at all: what is built by then would be thrown away.
    /// </summary>
    /// <returns>Null where it is there, otherwise why it is not.</returns>
    public async Task<string?> IndexTextAsync(DayTable table, DayPartition partition, CancellationToken cancellation)
    {
        await using var connection = await postgres.OpenSingleAsync(cancellation);
        try
        {
            await RunAsync($"set lock_timeout = {(int)LongestLock.TotalMilliseconds}");
            await RunAsync($"drop index if exists {partition.Name}_text"); // One that broke off is there, and is of no use.
            await RunAsync($"set lock_timeout = {(int)LongestIndexing.TotalMilliseconds}");
            await RunAsync($"create index concurrently {partition.Name}_text on {partition.Name} using gin (({table.Text}) gin_trgm_ops)");
            return null;
        }
        catch (PostgresException e) when (!DatabaseFault.IsUnavailable(e) || e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return e.MessageText;
        }

        Task RunAsync(string sql) =>
            connection.ExecuteAsync(new CommandDefinition(sql, commandTimeout: (int)LongestIndexing.TotalSeconds, cancellationToken: cancellation));
    }

    /// <summary>Writes down that a day is still there, and tells it the first time.</summary>
    public Task NoteFaultAsync(DayPartition partition, string reason, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        var tries = await connection.ExecuteScalarAsync<int>(new CommandDefinition(
            """
            insert into partition_fault (partition, since, tried_at, tries, reason) values (@Name, @now, @now, 1, @reason)
            on conflict (partition) do update set tried_at = @now, tries = partition_fault.tries + 1, reason = @reason returning tries
            """, new { partition.Name, now, reason }, cancellationToken: cancellation));
        if (tries == 1)
            await EventStore.AddAsync(connection, now, [new(EventKind.PartitionStuck, new { partition.Table, partition = partition.Name, partition.Bytes, reason })], cancellation);
    }, cancellation);

    /// <summary>Tells that a day is gone.</summary>
    public Task NoteGoneAsync(DayPartition partition, string why, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        await connection.ExecuteAsync(new CommandDefinition("delete from partition_fault where partition = @Name", new { partition.Name }, cancellationToken: cancellation));
        await EventStore.AddAsync(connection, clock.GetUtcNow(), [new(EventKind.PartitionDropped, new { partition.Table, partition = partition.Name, partition.Bytes, reason = why })], cancellation);
    }, cancellation);

    private Task<IReadOnlyList<DayPartition>> ListAsync(DayTable table, string bytes, CancellationToken cancellation) => postgres.TransactAsync<IReadOnlyList<DayPartition>>(async connection =>
    {
        await connection.ExecuteAsync(new CommandDefinition("set local lock_timeout = '500ms'", cancellationToken: cancellation));
        return (await connection.QueryAsync<DayPartition>(new CommandDefinition(
            $"""
            select c.relname::text as name, @Name as table, to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp as day,
                   case when i.inhrelid is null then case when obj_description(c.oid, 'pg_class') = '{Begun}' then 'detached' else 'apart' end when i.inhdetachpending then 'detaching' else 'kept' end as state,
                   exists (select from pg_index x where x.indexrelid = to_regclass(c.relname || '_text') and x.indisvalid) as searchable,
                   greatest(c.reltuples, 0)::bigint as rows, {bytes}::bigint as bytes,
                   f.reason as fault, f.since as fault_since, f.tried_at, f.tries
            from pg_class c left join pg_inherits i on i.inhrelid = c.oid left join partition_fault f on f.partition = c.relname
            where c.relkind = 'r' and c.relname ~ ('^' || @Name || '_[0-9]{"{8}"}$')
              and c.relnamespace = (select relnamespace from pg_class where oid = to_regclass(@Name))
            order by c.relname
            """, new { table.Name }, cancellationToken: cancellation))).AsList();
    }, cancellation);
}
