using Dapper;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Settings;

namespace StreamClips.ControlPlane.Clips;

/// <summary>A streamer and what is kept of it.</summary>
/// <param name="Streamer">The streamer.</param>
/// <param name="Limits">What its settings, or the defaults, say. Where they cannot be read, everything is kept.</param>
public sealed record StreamerRetention(Guid Streamer, RetentionLimits Limits);

/// <summary>What retention knows of streamers and their clips.</summary>
public sealed class RetentionStore(Postgres postgres, SettingsStore settings, TimeProvider clock)
{
    /// <summary>Most clips of a streamer that are looked at: those beyond are looked at when these are gone.</summary>
    private const int MostClips = 100_000;

    /// <summary>Streamers in the order of their ids.</summary>
    /// <param name="after">The streamer that they begin after; null: the first ones.</param>
    /// <param name="limit">Most of them.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IReadOnlyList<StreamerRetention>> StreamersAsync(Guid? after, int limit, CancellationToken cancellation) => await ReadAsync(
        "select id, settings from streamer where @after::uuid is null or id > @after order by id limit @limit", new { after, limit }, cancellation);

    /// <summary>What is kept of some streamers.</summary>
    public async Task<IReadOnlyDictionary<Guid, RetentionLimits>> LimitsAsync(IEnumerable<Guid?> streamers, CancellationToken cancellation)
    {
        var ids = streamers.OfType<Guid>().Distinct().ToArray();
        if (ids.Length == 0) return new Dictionary<Guid, RetentionLimits>();
        return (await ReadAsync("select id, settings from streamer where id = any(@ids)", new { ids }, cancellation)).ToDictionary(s => s.Streamer, s => s.Limits);
    }

    /// <summary>Those streamers of some of which a clip goes, by their clips' number, size and age all in all.</summary>
    public async Task<IReadOnlyList<StreamerRetention>> OverAsync(IReadOnlyCollection<StreamerRetention> streamers, CancellationToken cancellation)
    {
        var limited = streamers.Where(s => s.Limits.Any).ToDictionary(s => s.Streamer);
        if (limited.Count == 0) return [];
        var now = clock.GetUtcNow();
        var totals = await postgres.ListAsync<Totals>(
            """
            select streamer_id, count(*) as count, coalesce(sum(files_bytes), 0)::float8 as bytes, min(saved_at) as oldest from clip
            where streamer_id = any(@ids) and removing_at is null and not favourite group by streamer_id
            """, new { ids = limited.Keys.ToArray() }, cancellation);
        return
        [
            .. from t in totals
               let limits = limited[t.StreamerId].Limits
               where (limits.Count > 0 && t.Count > limits.Count) || (limits.Bytes > 0 && t.Bytes > limits.Bytes) || limits.GoesAt(t.Oldest) <= now
               select limited[t.StreamerId],
        ];
    }

    /// <summary>A streamer's clips that retention may remove, newest first.</summary>
    public Task<IReadOnlyList<KeptClip>> ClipsAsync(Guid streamer, CancellationToken cancellation) => postgres.ListAsync<KeptClip>(
        """
        select id, saved_at, files_bytes as bytes from clip where streamer_id = @streamer and removing_at is null and not favourite
        order by saved_at desc, id desc limit @MostClips
        """, new { streamer, MostClips }, cancellation);

    private async Task<IReadOnlyList<StreamerRetention>> ReadAsync(string sql, object values, CancellationToken cancellation)
    {
        var defaults = (await settings.GetAsync(cancellation)).Value;
        var rows = await postgres.ListAsync<Row>(sql, values, cancellation);
        return [.. rows.Select(r => new StreamerRetention(r.Id, SettingsOverrides.TryApply(defaults, r.Settings) is { } own ? RetentionLimits.Of(own) : RetentionLimits.None))];
    }

    private sealed record Row
    {
        public required Guid Id { get; init; }

        public required string Settings { get; init; }
    }

    private sealed record Totals
    {
        public required Guid StreamerId { get; init; }

        public required long Count { get; init; }

        public required double Bytes { get; init; }

        public required DateTimeOffset Oldest { get; init; }
    }
}
