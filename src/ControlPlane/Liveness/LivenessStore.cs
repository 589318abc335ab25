using Dapper;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Liveness;

/// <summary>A channel that is to be looked at.</summary>
public sealed record DueChannel
{
    /// <summary>The streamer.</summary>
    public required Guid StreamerId { get; init; }

    /// <summary>The streamer's address, which must still be the same when the answer is written down.</summary>
    public required string Url { get; init; }

    /// <summary>What the streamer is called on its platform.</summary>
    public required string Channel { get; init; }

    /// <summary>When it was last seen live; null: never.</summary>
    public DateTimeOffset? LiveAt { get; init; }
}

/// <summary>What came of a look at a channel.</summary>
/// <param name="Due">The channel.</param>
/// <param name="Answer">What was said; null: nothing.</param>
/// <param name="Fault">Why not; empty: it was.</param>
/// <param name="NextLookAt">When it is looked at next.</param>
public sealed record Look(DueChannel Due, ChannelAnswer? Answer, string Fault, DateTimeOffset NextLookAt);

/// <summary>Who is live, in the database: a row a streamer, which comes, changes and goes with it.</summary>
public sealed class LivenessStore(Postgres postgres)
{
    private const int MostNew = 1000;

    /// <summary>Finds out for streamers that are new, or have a new address, who can be asked.</summary>
    /// <returns>How many there were; there may be more.</returns>
    public async Task<int> ClassifyAsync(CancellationToken cancellation)
    {
        var rows = await postgres.ListAsync<NewRow>("select streamer_id, url from live_status where platform is null limit @MostNew", new { MostNew }, cancellation);
        if (rows.Count == 0) return 0;
        var addresses = rows.Select(r => ChannelAddress.Of(r.Url)).ToList();
        return await postgres.ExecuteAsync(
            """
            with news as (
                select * from unnest(@id, @url, @platform, @channel) as n (id, url, platform, channel)
            ), locked as (
                -- In the order of all who change several of these rows, so that no two wait for each other.
                select l.streamer_id from live_status l join news n on n.id = l.streamer_id and n.url = l.url and l.platform is null order by 1 for update of l
            )
            update live_status l set platform = n.platform, channel = n.channel, next_look_at = case when n.platform <> 'none' then l.next_look_at end
            from news n join locked k on k.streamer_id = n.id
            where l.streamer_id = n.id
            """,
            new
            {
                id = rows.Select(r => r.StreamerId).ToArray(),
                url = rows.Select(r => r.Url).ToArray(),
                platform = addresses.Select(a => a?.Platform ?? PlatformName.None).ToArray(),
                channel = addresses.Select(a => a?.Channel ?? "").ToArray(),
            }, cancellation);
    }

    /// <summary>The channels of a platform whose look is due, those first that are due longest.</summary>
    public Task<IReadOnlyList<DueChannel>> DueAsync(string platform, DateTimeOffset now, int most, CancellationToken cancellation) => postgres.ListAsync<DueChannel>(
        """
        select streamer_id, url, channel, live_at from live_status
        where platform = @platform and next_look_at <= @now order by next_look_at limit @most
        """, new { platform, now, most }, cancellation);

    /// <summary>
    /// Writes looks down. What was known before stays where nothing was said. A streamer that was changed or deactivated meanwhile keeps what it has.
    /// </summary>
    /// <returns>How many are known for the first time, or otherwise than before: for them the planner was woken.</returns>
    public Task<int> WriteAsync(IReadOnlyList<Look> looks, DateTimeOffset now, CancellationToken cancellation) => looks.Count == 0 ? Task.FromResult(0) : postgres.TransactAsync(async connection =>
    {
        var ordered = looks.OrderBy(l => l.Due.StreamerId).ToList();
        var changed = await connection.QueryFirstAsync<int>(new CommandDefinition(
            """
            with look as (
                select * from unnest(@id, @url, @live, @note, @fault, @next) as k (id, url, live, note, fault, next)
            ), before as (
                select l.streamer_id, l.live, l.note, l.silent_since from live_status l join look k on k.id = l.streamer_id and k.url = l.url and l.next_look_at is not null order by 1 for update of l
            ), written as (
                update live_status l set
                    live = coalesce(k.live, l.live), note = case when k.live is null then l.note else k.note end, fault = k.fault, next_look_at = k.next,
                    changed_at = case when k.live is distinct from b.live and k.live is not null then @now else l.changed_at end,
                    checked_at = case when k.live is null then l.checked_at else @now end, silent_since = case when k.live is null then coalesce(l.silent_since, @now) end,
                    live_at = case when k.live then @now else l.live_at end
                from look k join before b on b.streamer_id = k.id
                where l.streamer_id = k.id
                returning (k.live is not null and (k.live is distinct from b.live or k.note <> b.note)) or (b.live is null and b.silent_since is null) as is_news
            )
            select count(*) filter (where is_news)::integer from written
            """,
            new
            {
                now,
                id = ordered.ConvertAll(l => l.Due.StreamerId),
                url = ordered.ConvertAll(l => l.Due.Url),
                live = ordered.ConvertAll(l => l.Answer?.Live),
                note = ordered.ConvertAll(l => PostgresText.Clean(l.Answer?.Note ?? "", 500)),
                fault = ordered.ConvertAll(l => PostgresText.Clean(l.Fault, 500)),
                next = ordered.ConvertAll(l => l.NextLookAt),
            },
            cancellationToken: cancellation));
        if (changed > 0) await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
        return changed;
    }, cancellation);

    private sealed record NewRow
    {
        public required Guid StreamerId { get; init; }

        public required string Url { get; init; }
    }
}
