using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Secrets;
using StreamClips.ControlPlane.Settings;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Streamers;

/// <summary>Brings a file of streamers into the database: all of it in one transaction, or nothing.</summary>
public sealed class StreamerImportStore(Postgres postgres, SettingsStore settings, AddressSeal seal, TimeProvider clock)
{
    /// <summary>Plans, and where no row has faults carries it out.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="dryRun">Whether it is only tried.</param>
    /// <param name="by">Who imports.</param>
    /// <param name="cancellation">Gives up; nothing is changed then.</param>
    /// <returns>What becomes of it; null: somebody else added one of the names meanwhile.</returns>
    public async Task<ImportReport?> ImportAsync(IReadOnlyList<ImportRow> rows, bool dryRun, string by, CancellationToken cancellation)
    {
        var defaults = (await settings.GetAsync(cancellation)).Value;
        try
        {
            return await postgres.TransactAsync(async connection =>
            {
                var steps = StreamerImport.Plan(rows, await PresentAsync(connection, rows, cancellation), defaults, seal.Open);
                var applies = !dryRun && steps.All(s => s.Draft is not null);
                var ids = applies ? await ApplyAsync(connection, steps, by, cancellation) : [];
                return Report(steps, ids, dryRun, applies);
            }, cancellation);
        }
        catch (PostgresException e) when (DatabaseFault.IsDuplicate(e, "streamer_name"))
        {
            return null;
        }
    }

    /// <summary>The streamers of these names, locked in one order, so that what is planned stays true until the commit.</summary>
    private static async Task<IEnumerable<Streamer>> PresentAsync(NpgsqlConnection connection, IReadOnlyList<ImportRow> rows, CancellationToken cancellation) => await connection.QueryAsync<Streamer>(new CommandDefinition(
        """
        select id, name, url, sealed_url, chat_url, active, settings, waiting, version, created_at, updated_at from streamer
        where lower(name) in (select lower(n) from unnest(@names) n) order by id for update
        """, new { names = rows.Select(r => r.Name).OfType<string>().Distinct(StringComparer.Ordinal).ToArray() }, cancellationToken: cancellation));

    private async Task<Dictionary<ImportStep, Guid>> ApplyAsync(NpgsqlConnection connection, IReadOnlyList<ImportStep> steps, string by, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var ids = steps.ToDictionary(s => s, s => s.Before?.Id ?? Guid.CreateVersion7(now));
        var changes = steps.Where(s => s.IsChange).ToList();
        if (changes.Count == 0) return ids;
        await connection.ExecuteAsync(new CommandDefinition(
            """
            with imported as (
                select * from unnest(@ids, @names, @urls, @boxes, @chats, @actives, @settings) as i (id, name, url, sealed_url, chat_url, active, settings)
            ), changed as (
                update streamer s set name = i.name, url = i.url, sealed_url = i.sealed_url, chat_url = i.chat_url, active = i.active, settings = i.settings::jsonb,
                    version = s.version + 1, updated_at = @now
                from imported i where s.id = i.id returning s.id
            )
            insert into streamer (id, name, url, sealed_url, chat_url, active, settings, created_at, updated_at)
            select i.id, i.name, i.url, i.sealed_url, i.chat_url, i.active, i.settings::jsonb, @now, @now
            from imported i where not exists (select 1 from changed c where c.id = i.id)
            """,
            new
            {
                ids = changes.Select(s => ids[s]).ToArray(),
                names = changes.Select(s => s.Draft!.Name).ToArray(),
                urls = changes.Select(s => s.Draft!.Url.Shown).ToArray(),
                boxes = changes.Select(s => StreamerStore.Box(s.Draft!, seal)).ToArray(),
                chats = changes.Select(s => s.Draft!.ChatUrl).ToArray(),
                actives = changes.Select(s => s.Draft!.Active).ToArray(),
                settings = changes.Select(s => s.Draft!.Settings).ToArray(),
                now,
            },
            cancellationToken: cancellation));
        await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
        await EventStore.AddAsync(connection, now, [.. changes.Select(s => Event(s, ids[s], by))], cancellation);
        return ids;
    }

    private static NewEvent Event(ImportStep step, Guid id, string by) => step.Before is null
        ? new(EventKind.StreamerAdded, new { streamer_id = id, streamer = step.Draft!.Name, by })
        : new(EventKind.StreamerChanged, new { streamer_id = id, streamer = step.Draft!.Name, active = step.Draft.Active, by });

    private static ImportReport Report(IReadOnlyList<ImportStep> steps, Dictionary<ImportStep, Guid> ids, bool dryRun, bool applied)
    {
        var rows = steps.Select(s => new ImportedRow(
            s.Row.Line, s.Row.Name, s.Outcome, applied ? ids[s] : s.Before?.Id, s.Faults.None ? null : s.Faults.ByField())).ToList();
        return new()
        {
            DryRun = dryRun, Applied = applied, Added = Count("added"), Changed = Count("changed"), Unchanged = Count("unchanged"), Refused = Count("refused"), Rows = rows,
        };

        int Count(string outcome) => rows.Count(r => r.Outcome == outcome);
    }
}
