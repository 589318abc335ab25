using Dapper;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Settings;

/// <summary>The default settings with their version.</summary>
public sealed record DefaultSettings
{
    /// <summary>The settings.</summary>
    public required ClipSettings Value { get; init; }

    /// <summary>Grows with every change.</summary>
    public required long Version { get; init; }

    /// <summary>When they were last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>The default settings in the database.</summary>
public sealed class SettingsStore(Postgres postgres, TimeProvider clock)
{
    /// <summary>The defaults: those of the program until somebody changes them, or where what was saved is of another build.</summary>
    public async Task<DefaultSettings> GetAsync(CancellationToken cancellation)
    {
        var row = await postgres.FirstAsync<Row>("select value, version, updated_at from settings_default", null, cancellation);
        return row is null
            ? new DefaultSettings { Value = ClipSettings.Default, Version = 0, UpdatedAt = DateTimeOffset.UnixEpoch }
            : new DefaultSettings { Value = SettingsOverrides.TryRead(row.Value) ?? ClipSettings.Default, Version = row.Version, UpdatedAt = row.UpdatedAt };
    }

    /// <summary>Replaces the defaults.</summary>
    public async Task<DefaultSettings> PutAsync(ClipSettings settings, string by, CancellationToken cancellation)
    {
        await postgres.TransactAsync(async connection =>
        {
            var now = clock.GetUtcNow();
            await connection.ExecuteAsync(
                """
                insert into settings_default (value, updated_at) values (@value::jsonb, @now)
                on conflict (only_row) do update set value = excluded.value, version = settings_default.version + 1, updated_at = excluded.updated_at
                """, new { value = settings.ToJson(), now });
            await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
            await EventStore.AddAsync(connection, now, [new(EventKind.SettingsChanged, new { by })], cancellation);
        }, cancellation);
        return await GetAsync(cancellation);
    }

    private sealed record Row
    {
        public required string Value { get; init; }

        public required long Version { get; init; }

        public required DateTimeOffset UpdatedAt { get; init; }
    }
}
