using System.Text.Json;
using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Settings;

/// <summary>The default settings with their version.</summary>
public sealed record DefaultSettings
{
    /// <summary>The settings.</summary>
    public required ClipSettings Value { get; init; }

    /// <summary>Grows with every change; 0: nobody ever changed them.</summary>
    public required long Version { get; init; }

    /// <summary>When they were last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>What a streamer has of its own, with its version.</summary>
public sealed record OwnSettings
{
    /// <summary>The streamer.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>A JSON object: what differs from the defaults.</summary>
    public required string Value { get; init; }

    /// <summary>Grows with every change, from 1.</summary>
    public required long Version { get; init; }
}

/// <summary>
/// The defaults and every streamer's own settings in the database, with all of their versions. A change of the defaults waits for the others
/// and they for it, so that what is checked against the defaults is in force with them. Every change wakes the planner.
/// </summary>
public sealed class SettingsStore(Postgres postgres, TimeProvider clock)
{
    private const long ChangeLock = 0x5345_5454_494E_4753; // "SETTINGS"

    // More of them tell nobody anything.
    private const int MostStreamersNamed = 20;

    /// <summary>The defaults: those of the program until somebody changes them, or where what was saved is of another build.</summary>
    public async Task<DefaultSettings> GetAsync(CancellationToken cancellation) =>
        Defaults(await postgres.FirstAsync<DefaultRow>("select value, version, updated_at from settings_default", null, cancellation));

    /// <summary>What a streamer has of its own; null where there is no such streamer.</summary>
    public Task<OwnSettings?> GetAsync(Guid streamer, CancellationToken cancellation) => postgres.FirstAsync<OwnSettings>(
        "select id, name, settings as value, settings_version as version from streamer where id = @streamer", new { streamer }, cancellation);

    /// <summary>The number of the version in force: 0 where nobody ever changed the defaults, null where there is no such streamer.</summary>
    public Task<long?> VersionAsync(Guid? streamer, CancellationToken cancellation) => streamer is null
        ? postgres.FirstAsync<long?>("select coalesce((select version from settings_default), 0)", null, cancellation)
        : postgres.FirstAsync<long?>("select settings_version from streamer where id = @streamer", new { streamer }, cancellation);

    /// <summary>A page of versions.</summary>
    /// <param name="streamer">Whose; null: of the defaults.</param>
    /// <param name="order">The order, and where the page begins.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<SettingsVersion>> VersionsAsync(Guid? streamer, ListOrder order, int limit, CancellationToken cancellation) => postgres.ListAsync<SettingsVersion>(
        $"{Versions(streamer)} and {order.After} order by {order.By} limit @limit", new { streamer, order.SortValue, order.SortId, limit }, cancellation);

    /// <summary>The newest versions, newest first.</summary>
    public Task<IReadOnlyList<SettingsVersion>> NewestAsync(Guid? streamer, long? before, int limit, CancellationToken cancellation) => postgres.ListAsync<SettingsVersion>(
        $"{Versions(streamer)} and v.version < coalesce(@before, 9223372036854775807) order by v.version desc limit @limit", new { streamer, before, limit }, cancellation);

    /// <summary>One version; null where there is none of this number.</summary>
    public Task<SettingsVersion?> VersionAsync(Guid? streamer, long version, CancellationToken cancellation) =>
        postgres.FirstAsync<SettingsVersion>($"{Versions(streamer)} and v.version = @version", new { streamer, version }, cancellation);

    // Two texts, as "is not distinct from" finds no index.
    private static string Versions(Guid? streamer) =>
        $"""
        select v.version, v.value, coalesce(b.value, '{"{}"}') as before, v.at, v.actor_kind, v.actor, v.address, v.via, v.restores, v.streamer_id is null as of_defaults
        from settings_version v left join settings_version b on b.version = v.version - 1 and b.{Of(streamer)} where v.{Of(streamer)}
        """;

    private static string Of(Guid? streamer) => streamer is null ? "streamer_id is null" : "streamer_id = @streamer";

    /// <summary>Changes the defaults.</summary>
    /// <param name="edit">How.</param>
    /// <param name="expected">The version that the change was made from; null: whatever it is.</param>
    /// <param name="by">Who, for the event.</param>
    /// <param name="cancellation">Gives up; nothing is changed then.</param>
    public Task<SettingsResult> ChangeAsync(SettingsEdit edit, long? expected, string by, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        await RunAsync(connection, "select pg_advisory_xact_lock(@ChangeLock)", new { ChangeLock }, cancellation);
        var before = Defaults(await FirstAsync<DefaultRow>(connection, "select value, version, updated_at from settings_default", null, cancellation));
        var (faults, now) = (new Faults(), clock.GetUtcNow());
        if (expected is { } from && from != before.Version) return new SettingsResult(SettingsChanged.Stale, before.Version, faults);
        if (await ValueAsync(connection, null, edit, cancellation) is not { } wished) return new SettingsResult(SettingsChanged.NoSuchVersion, before.Version, faults);
        var kept = SettingsOverrides.Check(JsonSerializer.Deserialize<JsonElement>(wished), ClipSettings.Default, "", faults);
        if (!faults.None) return new SettingsResult(SettingsChanged.Invalid, before.Version, faults);
        var value = SettingsOverrides.Apply(ClipSettings.Default, kept);
        await CheckStreamersAsync(connection, value, faults, cancellation);
        if (!faults.None) return new SettingsResult(SettingsChanged.Invalid, before.Version, faults);

        var version = await FirstAsync<long>(connection,
            """
            insert into settings_default (value, updated_at) values (@value::jsonb, @now)
            on conflict (only_row) do update set value = excluded.value, updated_at = case when settings_default.value = excluded.value then settings_default.updated_at else excluded.updated_at end
            returning version
            """, new { value = value.ToJson(), now }, cancellation);
        if (version == before.Version) return new SettingsResult(SettingsChanged.Done, version, faults);
        await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
        await EventStore.AddAsync(connection, now, [new(EventKind.SettingsChanged, new { by, version, restores = (edit as SettingsEdit.Restore)?.Version })], cancellation);
        return new SettingsResult(SettingsChanged.Done, version, faults);
    }, cancellation);

    /// <summary>Changes what a streamer has of its own.</summary>
    /// <inheritdoc cref="ChangeAsync(SettingsEdit, long?, string, CancellationToken)"/>
    public Task<SettingsResult> ChangeAsync(Guid streamer, SettingsEdit edit, long? expected, string by, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        await RunAsync(connection, "select pg_advisory_xact_lock_shared(@ChangeLock)", new { ChangeLock }, cancellation);
        var (faults, now) = (new Faults(), clock.GetUtcNow());
        var before = await FirstAsync<OwnSettings>(connection,
            "select id, name, settings as value, settings_version as version from streamer where id = @streamer for update", new { streamer }, cancellation);
        if (before is null) return new SettingsResult(SettingsChanged.NotFound, 0, faults);
        if (expected is { } from && from != before.Version) return new SettingsResult(SettingsChanged.Stale, before.Version, faults);
        if (await ValueAsync(connection, streamer, edit, cancellation) is not { } wished) return new SettingsResult(SettingsChanged.NoSuchVersion, before.Version, faults);
        var defaults = Defaults(await FirstAsync<DefaultRow>(connection, "select value, version, updated_at from settings_default", null, cancellation));
        var kept = SettingsOverrides.Check(JsonSerializer.Deserialize<JsonElement>(wished), defaults.Value, "", faults);
        if (!faults.None) return new SettingsResult(SettingsChanged.Invalid, before.Version, faults);

        var version = await FirstAsync<long>(connection,
            """
            update streamer set settings = @kept::jsonb, version = version + (settings <> @kept::jsonb)::integer, updated_at = case when settings = @kept::jsonb then updated_at else @now end
            where id = @streamer returning settings_version
            """, new { streamer, kept, now }, cancellation);
        if (version == before.Version) return new SettingsResult(SettingsChanged.Done, version, faults);
        await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
        await EventStore.AddAsync(connection, now,
            [new(EventKind.SettingsChanged, new { by, version, restores = (edit as SettingsEdit.Restore)?.Version, streamer_id = streamer, streamer = before.Name })], cancellation);
        return new SettingsResult(SettingsChanged.Done, version, faults);
    }, cancellation);

    /// <summary>The value that is wished; null where there is no such version. Tells the database which one is restored.</summary>
    private static async Task<string?> ValueAsync(NpgsqlConnection connection, Guid? streamer, SettingsEdit edit, CancellationToken cancellation)
    {
        if (edit is SettingsEdit.Replace replace) return replace.Value;
        var version = ((SettingsEdit.Restore)edit).Version;
        await RunAsync(connection, "select set_config('streamclips.restores', @restores, true)", new { restores = version.ToString(System.Globalization.CultureInfo.InvariantCulture) }, cancellation);
        return await FirstAsync<string>(connection,
            $"select value from settings_version where {Of(streamer)} and version = @version", new { streamer, version }, cancellation);
    }

    /// <summary>New defaults must not make a streamer's own settings contradict themselves.</summary>
    private static async Task CheckStreamersAsync(NpgsqlConnection connection, ClipSettings defaults, Faults faults, CancellationToken cancellation)
    {
        var rows = await connection.QueryAsync<(string Settings, string[] Names)>(new CommandDefinition(
            "select settings, (array_agg(name order by lower(name)))[1:@MostStreamersNamed] from streamer where settings <> '{}' group by settings order by min(lower(name))",
            new { MostStreamersNamed }, cancellationToken: cancellation));
        var named = 0;
        foreach (var (settings, names) in rows)
        {
            foreach (var fault in SettingsOverrides.TryApply(defaults, settings)?.Validate() ?? [])
                foreach (var name in names.Take(MostStreamersNamed - named)) faults.Add(fault.Field, $"with the settings of streamer '{name}': {fault.Message}");
            if (!faults.None) named = Math.Min(MostStreamersNamed, named + names.Length);
        }
    }

    private static DefaultSettings Defaults(DefaultRow? row) => row is null
        ? new DefaultSettings { Value = ClipSettings.Default, Version = 0, UpdatedAt = DateTimeOffset.UnixEpoch }
        : new DefaultSettings { Value = SettingsOverrides.TryRead(row.Value) ?? ClipSettings.Default, Version = row.Version, UpdatedAt = row.UpdatedAt };

    private static Task RunAsync(NpgsqlConnection connection, string sql, object? values, CancellationToken cancellation) =>
        connection.ExecuteAsync(new CommandDefinition(sql, values, cancellationToken: cancellation));

    private static Task<T?> FirstAsync<T>(NpgsqlConnection connection, string sql, object? values, CancellationToken cancellation) =>
        connection.QueryFirstOrDefaultAsync<T>(new CommandDefinition(sql, values, cancellationToken: cancellation));

    private sealed record DefaultRow
    {
        public required string Value { get; init; }

        public required long Version { get; init; }

        public required DateTimeOffset UpdatedAt { get; init; }
    }
}
