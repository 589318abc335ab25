using Dapper;
using Npgsql;

namespace StreamClips.ControlPlane.Clips;

/// <summary>Keeps each moment once, within the transaction that brings a clip in.</summary>
public static class DuplicateStore
{
    private const int StreamerLock = 0x434C_4950; // "CLIP"
    private const int MostOthers = 200;

    /// <summary>Looks for clips of the same moment, and marks those that go. Of one streamer, one report at a time does so: both of two that come together see one of them.</summary>
    /// <param name="connection">The transaction, with the clip's row and its files' in it.</param>
    /// <param name="clip">The clip.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Whether the clip stays.</returns>
    public static async Task<bool> SettleAsync(NpgsqlConnection connection, Guid clip, DateTimeOffset now, CancellationToken cancellation)
    {
        var streamer = await connection.QueryFirstOrDefaultAsync<Guid?>(new CommandDefinition("select streamer_id from clip where id = @clip", new { clip }, cancellationToken: cancellation));
        if (streamer is null) return true;
        await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_xact_lock(@StreamerLock, hashtext(@streamer::text))", new { StreamerLock, streamer }, cancellationToken: cancellation));
        var cuts = (await connection.QueryAsync<Row>(new CommandDefinition(
            """
            with me as (select c.id, c.started_at, c.ended_at, f.sha256 from clip c join clip_file f on f.clip_id = c.id and f.kind = 'video' where c.id = @clip),
            near as (
                select c.id from clip c, me where c.streamer_id = @streamer and c.removing_at is null
                  and c.started_at between me.started_at - interval '1 hour' and me.ended_at and c.ended_at >= me.started_at
                union select f.clip_id from clip_file f, me where f.kind = 'video' and f.sha256 = me.sha256
                union select id from me)
            select c.id, c.epoch, c.started_at, c.ended_at, c.moment_at, c.duration_s, c.lost_s, c.saved_at, c.favourite, c.tags, c.note, f.sha256
            from near join clip c using (id) join clip_file f on f.clip_id = c.id and f.kind = 'video'
            where c.streamer_id = @streamer and c.removing_at is null order by c.id <> @clip, c.saved_at limit @MostOthers
            """, new { clip, streamer, MostOthers }, cancellationToken: cancellation))).AsList();
        if (cuts.Find(c => c.Id == clip) is not { } mine) return true;
        var verdicts = DuplicateRule.Decide(mine.Cut, cuts.Select(c => c.Cut));
        if (verdicts.Count == 0) return true;
        await ClipRemovalStore.MarkAsync(connection, [.. verdicts.Select(v => new RemovalMark(v.Goes, RemovalKind.Duplicate, v.Reason, By: "", v.Stays))], now, cancellation);
        await JoinAsync(connection, clip, [.. cuts.Where(c => c.Id == clip || verdicts.Any(v => v.Goes == c.Id && v.Stays == clip))], cancellation);
        return verdicts.All(v => v.Goes != clip);
    }

    /// <summary>What people said of those that go is said of the one that stays.</summary>
    private static async Task JoinAsync(NpgsqlConnection connection, Guid stays, IReadOnlyCollection<Row> all, CancellationToken cancellation)
    {
        var joined = ClipMarks.Joined(all.OrderBy(c => c.SavedAt).Select(c => new ClipMarks(c.Favourite, c.Tags, c.Note)));
        if (joined.Same(new(false, [], ""))) return;
        await connection.ExecuteAsync(new CommandDefinition(
            "update clip set tags = @tags, note = @Note, version = version + 1 where id = @stays", new { stays, tags = joined.Tags.ToArray(), joined.Note }, cancellationToken: cancellation));
    }

    private sealed record Row
    {
        public required Guid Id { get; init; }

        public required long Epoch { get; init; }

        public required DateTimeOffset StartedAt { get; init; }

        public required DateTimeOffset EndedAt { get; init; }

        public required DateTimeOffset MomentAt { get; init; }

        public required double DurationS { get; init; }

        public required double LostS { get; init; }

        public required DateTimeOffset SavedAt { get; init; }

        public required bool Favourite { get; init; }

        public required string[] Tags { get; init; }

        public required string Note { get; init; }

        public required string Sha256 { get; init; }

        public ClipCut Cut => new()
        {
            Id = Id, Epoch = Epoch, StartedAt = StartedAt, EndedAt = EndedAt, MomentAt = MomentAt, DurationS = DurationS, LostS = LostS, SavedAt = SavedAt, Favourite = Favourite, Sha256 = Sha256,
        };
    }
}
