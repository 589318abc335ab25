using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Secrets;
using StreamClips.Shared;

namespace StreamClips.ControlPlane.Streamers;

/// <summary>A channel to watch.</summary>
public sealed record Streamer
{
    /// <summary>The row.</summary>
    public required Guid Id { get; init; }

    /// <summary>Display name, unique in any case, 1 to 100 characters.</summary>
    public required string Name { get; init; }

    /// <summary>The channel's page or a playlist, absolute http or https; or an RTMP address, with <c>****</c> in the place of its key.</summary>
    public required string Url { get; init; }

    /// <summary>The whole RTMP address, sealed; null where <see cref="Url"/> hides nothing.</summary>
    public string? SealedUrl { get; init; }

    /// <summary>A channel whose chat is read instead; null: the platform's own.</summary>
    public string? ChatUrl { get; init; }

    /// <summary>Whether it shall be watched.</summary>
    public required bool Active { get; init; }

    /// <summary>Its own settings as a JSON object: what differs from the defaults.</summary>
    public required string Settings { get; init; }

    /// <summary>Why it runs nowhere although it is active; empty otherwise.</summary>
    public required string Waiting { get; init; }

    /// <summary>Grows with every change.</summary>
    public required long Version { get; init; }

    /// <summary>When it was added.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The live process; null where it runs nowhere.</summary>
    public Guid? ProcessId { get; init; }

    /// <summary>The node of the live process.</summary>
    public string? NodeId { get; init; }

    /// <summary>State of the live process.</summary>
    public string? State { get; init; }

    /// <summary>What the live process's worker is doing.</summary>
    public string? Phase { get; init; }

    /// <summary>Why the live process is on its node, in words.</summary>
    public string? Placement { get; init; }

    /// <summary>Whether it is live, as its platform said last; null: it has not said, or cannot be asked.</summary>
    public bool? Live { get; init; }

    /// <summary>Since when the platform says so.</summary>
    public DateTimeOffset? LiveChangedAt { get; init; }

    /// <summary>When the platform said so last.</summary>
    public DateTimeOffset? LiveCheckedAt { get; init; }

    /// <summary>Why the last look brought no answer; empty: it did.</summary>
    public string? LiveFault { get; init; }

    /// <summary>When the platform is asked next; null: it is not, or at once.</summary>
    public DateTimeOffset? NextLookAt { get; init; }

    /// <summary><see cref="Waiting"/> as people read it: with the time of the next look where it is not live.</summary>
    public string WaitingNow => Live == false && ProcessId is null && Waiting.Length > 0 && NextLookAt is { } next ? $"{Waiting}; next look at {next.UtcDateTime:HH:mm:ss}" : Waiting;
}

/// <summary>What a person says of a streamer, checked.</summary>
public sealed record StreamerDraft
{
    /// <inheritdoc cref="Streamer.Name"/>
    public required string Name { get; init; }

    /// <summary>The address.</summary>
    public required StreamUrl Url { get; init; }

    /// <summary>The whole address before, sealed: it stays where the same one, or no other, is given.</summary>
    public string? SealedBefore { get; init; }

    /// <inheritdoc cref="Streamer.ChatUrl"/>
    public string? ChatUrl { get; init; }

    /// <inheritdoc cref="Streamer.Active"/>
    public bool Active { get; init; } = true;

    /// <inheritdoc cref="Streamer.Settings"/>
    public string Settings { get; init; } = "{}";
}

/// <summary>How a change to a streamer went.</summary>
public enum StreamerChange
{
    /// <summary>It is committed.</summary>
    Done,

    /// <summary>There is no such streamer.</summary>
    NotFound,

    /// <summary>Another streamer has the name.</summary>
    NameTaken,

    /// <summary>Somebody else changed it first.</summary>
    Stale,
}

/// <summary>Which streamers a list shows.</summary>
/// <param name="Active">Only those that shall be watched, or only the others; null: all.</param>
/// <param name="Live">Only those of which their platform says that they are live, or that they are not; null: all.</param>
/// <param name="Text">Only those whose name or address holds it, in any case; null: all.</param>
public sealed record StreamerFilter(bool? Active, bool? Live, string? Text);

/// <summary>Streamers in the database. A change wakes the planner, unless who makes it plans itself.</summary>
public sealed class StreamerStore(Postgres postgres, AddressSeal seal, TimeProvider clock)
{
    /// <summary>How long a search for text may take.</summary>
    public static readonly TimeSpan LongestSearch = TimeSpan.FromSeconds(5);

    private const string Columns =
        """
        s.id, s.name, s.url, s.sealed_url, s.chat_url, s.active, s.settings, s.waiting, s.version, s.created_at, s.updated_at,
        p.id as process_id, p.node_id, p.state, p.phase, p.placement,
        l.live, l.changed_at as live_changed_at, l.checked_at as live_checked_at, l.fault as live_fault, nullif(l.next_look_at, 'epoch') as next_look_at
        """;

    // The limit, which is true anyway, has one row looked up for each streamer by its index: while the server's statistics are behind a fleet that grew, it takes the wished
    // processes for few, and compares all of them with each streamer of the page.
    private const string From =
        """
        streamer s left join lateral (
            select p.id, p.node_id, p.state, p.phase, p.placement from process p where p.streamer_id = s.id and p.wished = 'run' limit 1
        ) p on true left join live_status l on l.streamer_id = s.id
        """;

    /// <summary>A page of streamers by name.</summary>
    /// <param name="after">The name that the page begins after, as an earlier page ended; null: the first page.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<Streamer>> ListAsync(string? after, int limit, CancellationToken cancellation) => postgres.ListAsync<Streamer>(
        $"""
        select {Columns} from {From}
        where @after::text is null or lower(s.name) > lower(@after) order by lower(s.name) limit @limit
        """, new { after, limit }, cancellation);

    /// <summary>A page of streamers in any order.</summary>
    /// <returns>The streamers; null: a search for text took longer than <see cref="LongestSearch"/>, as it may where the server has no index for it.</returns>
    public async Task<IReadOnlyList<Streamer>?> ListAsync(StreamerFilter filter, ListOrder order, int limit, CancellationToken cancellation)
    {
        var sql = $"""
            select {Columns} from {From}
            where (@Active::boolean is null or s.active = @Active) and (@Live::boolean is null or l.live = @Live) and {(filter.Text is null ? "true" : "lower(s.name || E'\n' || s.url) like lower(@Pattern)")}
                and {order.After}
            order by {order.By} limit @limit
            """;
        var values = new { filter.Active, filter.Live, Pattern = PostgresText.Containing(filter.Text ?? ""), order.SortValue, order.SortId, limit };
        return filter.Text is null
            ? await postgres.ListAsync<Streamer>(sql, values, cancellation)
            : await postgres.SearchAsync<IReadOnlyList<Streamer>>(LongestSearch, async c => (await c.QueryAsync<Streamer>(new CommandDefinition(sql, values, cancellationToken: cancellation))).AsList(), cancellation);
    }

    /// <summary>One streamer; null where there is none of this id.</summary>
    public Task<Streamer?> GetAsync(Guid id, CancellationToken cancellation) =>
        postgres.FirstAsync<Streamer>($"select {Columns} from {From} where s.id = @id", new { id }, cancellation);

    /// <summary>Adds a streamer.</summary>
    /// <returns>The new row's id, unless the name is taken.</returns>
    public async Task<(StreamerChange Outcome, Guid Id)> AddAsync(StreamerDraft draft, string by, CancellationToken cancellation)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var outcome = await ChangeAsync(
            """
            insert into streamer (id, name, url, sealed_url, chat_url, active, settings, created_at, updated_at)
            values (@id, @Name, @Url, @box, @ChatUrl, @Active, @Settings::jsonb, @now, @now)
            """, id, draft, null, new NewEvent(EventKind.StreamerAdded, new { streamer_id = id, streamer = draft.Name, by }), cancellation);
        return (outcome, id);
    }

    /// <summary>Replaces all that a person says of a streamer.</summary>
    /// <param name="id">The streamer.</param>
    /// <param name="draft">What is said of it.</param>
    /// <param name="by">Who says it.</param>
    /// <param name="expected">Only where it is of this version; null: of any.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<StreamerChange> PutAsync(Guid id, StreamerDraft draft, string by, long? expected, CancellationToken cancellation) => ChangeAsync(
        """
        update streamer set name = @Name, url = @Url, sealed_url = @box, chat_url = @ChatUrl, active = @Active, settings = @Settings::jsonb,
            version = version + 1, updated_at = @now
        where id = @id and (@expected::bigint is null or version = @expected)
        """, id, draft, expected, new NewEvent(EventKind.StreamerChanged, new { streamer_id = id, streamer = draft.Name, active = draft.Active, by }), cancellation);

    /// <summary>Says whether a streamer shall be watched.</summary>
    /// <param name="id">The streamer.</param>
    /// <param name="active">Whether.</param>
    /// <param name="by">Who says so.</param>
    /// <param name="wakes">Whether the planner is woken; false: the caller plans at once, and the leader's plan would only stand in its way.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Whether there is such a streamer.</returns>
    public async Task<bool> SetActiveAsync(Guid id, bool active, string by, bool wakes, CancellationToken cancellation) => await postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        var found = await connection.QueryFirstOrDefaultAsync<ActiveBefore>(new CommandDefinition(
            "select name, active from streamer where id = @id for update", new { id }, cancellationToken: cancellation));
        if (found is null) return false;
        if (found.Active == active) return true;
        await connection.ExecuteAsync(new CommandDefinition(
            "update streamer set active = @active, waiting = '', version = version + 1, updated_at = @now where id = @id",
            new { id, active, now }, cancellationToken: cancellation));
        if (wakes) await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
        await EventStore.AddAsync(connection, now, [new(EventKind.StreamerChanged, new { streamer_id = id, streamer = found.Name, active, by })], cancellation);
        return true;
    }, cancellation);

    /// <summary>Removes a streamer and its processes. Its clips stay.</summary>
    /// <param name="id">The streamer.</param>
    /// <param name="by">Who removes it.</param>
    /// <param name="expected">Only where it is of this version; null: of any.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<StreamerChange> RemoveAsync(Guid id, string by, long? expected, CancellationToken cancellation) => await postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        // The nodes are locked before the rows that name them, as everywhere, so that no two changes wait for each other.
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update node set desired_revision = desired_revision + 1
            where id in (select node_id from process where streamer_id = @id and wished = 'run')
                and exists (select 1 from streamer where id = @id and (@expected::bigint is null or version = @expected))
            """, new { id, expected }, cancellationToken: cancellation));
        var name = await connection.QueryFirstOrDefaultAsync<string>(new CommandDefinition(
            "delete from streamer where id = @id and (@expected::bigint is null or version = @expected) returning name", new { id, expected }, cancellationToken: cancellation));
        if (name is null) return await MissedAsync(connection, id, cancellation);
        await EventStore.AnnounceAsync(connection, Topic.Desired, cancellation);
        await EventStore.AddAsync(connection, now, [new(EventKind.StreamerRemoved, new { streamer_id = id, streamer = name, by })], cancellation);
        return StreamerChange.Done;
    }, cancellation);

    private async Task<StreamerChange> ChangeAsync(string sql, Guid id, StreamerDraft draft, long? expected, NewEvent happened, CancellationToken cancellation)
    {
        try
        {
            return await postgres.TransactAsync(async connection =>
            {
                var now = clock.GetUtcNow();
                var values = new { id, draft.Name, Url = draft.Url.Shown, box = Box(draft, seal), draft.ChatUrl, draft.Active, draft.Settings, expected, now };
                var rows = await connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellation));
                if (rows == 0) return await MissedAsync(connection, id, cancellation);
                await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
                await EventStore.AddAsync(connection, now, [happened], cancellation);
                return StreamerChange.Done;
            }, cancellation);
        }
        catch (PostgresException e) when (DatabaseFault.IsDuplicate(e, "streamer_name"))
        {
            return StreamerChange.NameTaken;
        }
    }

    /// <summary>Why nothing was changed: it is of another version, or gone.</summary>
    private static async Task<StreamerChange> MissedAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellation) =>
        await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select exists (select 1 from streamer where id = @id)", new { id }, cancellationToken: cancellation))
            ? StreamerChange.Stale
            : StreamerChange.NotFound;

    /// <summary>What is sealed of an address. The box of the same address stays, for another one would restart the worker.</summary>
    internal static string? Box(StreamerDraft draft, AddressSeal seal)
    {
        if (!RtmpAddress.Is(draft.Url.Shown)) return null;
        var same = draft.Url.Secret is not { } secret || (draft.SealedBefore is { } before && seal.Open(before) == secret);
        return same ? draft.SealedBefore : seal.Seal(draft.Url.Secret!);
    }

    private sealed record ActiveBefore
    {
        public required string Name { get; init; }

        public required bool Active { get; init; }
    }
}
