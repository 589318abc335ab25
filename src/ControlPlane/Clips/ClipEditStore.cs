using Dapper;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Clips;

/// <summary>How a change to a clip went.</summary>
public enum ClipChange
{
    /// <summary>It is committed, or it changed nothing.</summary>
    Done,

    /// <summary>There is no such clip.</summary>
    NotFound,

    /// <summary>It is being removed.</summary>
    Removing,

    /// <summary>Somebody else was quicker.</summary>
    Stale,

    /// <summary>It would have more tags than a clip may.</summary>
    TooManyTags,
}

/// <summary>Changes what people say of clips.</summary>
public sealed class ClipEditStore(Postgres postgres, TimeProvider clock)
{
    /// <summary>Most clips in one change.</summary>
    public const int Most = 200;

    /// <summary>Changes clips: each by itself, all in one transaction.</summary>
    /// <param name="ids">The clips.</param>
    /// <param name="edit">The change.</param>
    /// <param name="expected">The version that each must have; null: any.</param>
    /// <param name="by">Who changes them.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How it went with each.</returns>
    public async Task<IReadOnlyDictionary<Guid, ClipChange>> ChangeAsync(IReadOnlyCollection<Guid> ids, ClipEdit edit, long? expected, string by, CancellationToken cancellation) =>
        await postgres.TransactAsync(async connection =>
        {
            // In one order for everybody, so that no two changes wait for each other.
            var rows = await connection.QueryAsync<Row>(new CommandDefinition(
                "select id, streamer, favourite, tags, note, version, removing_at is not null as removing from clip where id = any(@ids) order by id for update",
                new { ids = ids.ToArray() }, cancellationToken: cancellation));
            var outcome = ids.Distinct().ToDictionary(id => id, _ => ClipChange.NotFound);
            var changed = new List<(Row Row, ClipMarks After)>();
            foreach (var row in rows)
            {
                var before = new ClipMarks(row.Favourite, row.Tags, row.Note);
                outcome[row.Id] = row.Removing ? ClipChange.Removing
                    : expected is not null && expected != row.Version ? ClipChange.Stale
                    : edit.Apply(before) is null ? ClipChange.TooManyTags
                    : ClipChange.Done;
                if (outcome[row.Id] == ClipChange.Done && edit.Apply(before) is { } marks && !marks.Same(before)) changed.Add((row, marks));
            }

            foreach (var (row, after) in changed)
            {
                await connection.ExecuteAsync(new CommandDefinition(
                    "update clip set favourite = @Favourite, tags = @tags, note = @Note, version = version + 1 where id = @Id",
                    new { row.Id, after.Favourite, tags = after.Tags.ToArray(), after.Note }, cancellationToken: cancellation));
            }

            await EventStore.AddAsync(connection, clock.GetUtcNow(),
                [.. changed.Select(c => new NewEvent(EventKind.ClipChanged, new { clip_id = c.Row.Id, streamer = c.Row.Streamer, favourite = c.After.Favourite, tags = c.After.Tags, by }))], cancellation);
            return (IReadOnlyDictionary<Guid, ClipChange>)outcome;
        }, cancellation);

    private sealed record Row
    {
        public required Guid Id { get; init; }

        public required string Streamer { get; init; }

        public required bool Favourite { get; init; }

        public required string[] Tags { get; init; }

        public required string Note { get; init; }

        public required long Version { get; init; }

        public required bool Removing { get; init; }
    }
}
