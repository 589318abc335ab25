using Dapper;
using Npgsql;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Assignments;

/// <content>Other settings for what runs.</content>
public sealed partial class AssignmentStore
{
    /// <summary>Tells processes of other settings: the same process goes on with them. What they were told before and have not taken up yet they have to take up still.</summary>
    private static async Task RetellAsync(NpgsqlConnection connection, List<Decision.Retell> told, DateTimeOffset now, CancellationToken cancellation)
    {
        if (told.Count == 0) return;
        var json = new Dictionary<ClipSettings, string>();
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update process p set settings = t.settings::jsonb, settings_version = t.version, settings_at = @now, settings_change = t.change,
                settings_restart = t.restarts or (p.settings_restart and p.settings_applied <> p.settings_version),
                reason = case when t.restarts then 'begins anew between two clips with settings ' || t.version || ': ' || t.change else p.reason end
            from unnest(@id, @settings, @version, @change, @restarts) as t (id, settings, version, change, restarts)
            where p.id = t.id and p.wished = 'run'
            """,
            new
            {
                now,
                id = told.ConvertAll(t => t.ProcessId),
                settings = told.ConvertAll(t => json.TryGetValue(t.Order.Settings, out var known) ? known : json[t.Order.Settings] = t.Order.Settings.ToJson()),
                version = told.ConvertAll(t => t.SettingsVersion),
                change = told.ConvertAll(t => t.Change),
                restarts = told.ConvertAll(t => t.Restarts),
            },
            cancellationToken: cancellation));
    }
}
