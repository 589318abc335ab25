using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Liveness;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Assignments;

/// <summary>
/// Reads the planner's facts, and carries its plans out, in one transaction under a lock that only one planner holds. A plan takes the
/// same few statements however long it is.
/// </summary>
/// <param name="postgres">The database.</param>
/// <param name="log">Where faults go.</param>
/// <param name="liveness">Whether what platforms say counts; null: it does not.</param>
public sealed partial class AssignmentStore(Postgres postgres, ILogger<AssignmentStore> log, LivenessOptions? liveness = null) : IDisposable
{
    // What is kept of the fleet is one plan's at a time.
    private readonly SemaphoreSlim _planning = new(1, 1);

    /// <summary>The advisory lock that a planner holds, so that there is one at a time over all replicas.</summary>
    public const long PlannerLock = 0x504C_414E_4E45_5201; // "PLANNER"

    /// <summary>Plans once.</summary>
    /// <param name="now">The time.</param>
    /// <param name="asked">Streamers whose start was just asked for: they neither rest after their stream's end, nor wait for their platform's word; null: none.</param>
    /// <param name="cancellation">Gives up; nothing is changed then.</param>
    /// <returns>What was decided and done.</returns>
    public async Task<IReadOnlyList<Decision>> PlanAsync(DateTimeOffset now, IReadOnlyCollection<Guid>? asked, CancellationToken cancellation)
    {
        await _planning.WaitAsync(cancellation);
        try
        {
            return await postgres.TransactAsync(connection => PlanAsync(connection, now, asked, cancellation), cancellation);
        }
        catch
        {
            // Whatever it was, the next plan is made from what the database holds.
            _memory = null;
            throw;
        }
        finally
        {
            _planning.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _planning.Dispose();

    private async Task<IReadOnlyList<Decision>> PlanAsync(NpgsqlConnection connection, DateTimeOffset now, IReadOnlyCollection<Guid>? asked, CancellationToken cancellation)
    {
        await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_xact_lock(@PlannerLock)", new { PlannerLock }, cancellationToken: cancellation));
        var facts = await FactsAsync(connection, now, cancellation);
        if (asked?.Count > 0) facts = facts with { Streamers = [.. facts.Streamers.Select(s => asked.Contains(s.Id) ? s with { Last = null, Status = null } : s)] };
        var plan = AssignmentPlanner.Plan(facts, now);
        if (plan.Count > 0 || facts.Nodes.Any(n => n.Use is NodeUse.Lost or NodeUse.Gone)) await CarryOutAsync(connection, plan, facts, now, cancellation);
        return plan;
    }

    /// <summary>How long the nodes are silent.</summary>
    public async Task<HeardNodes> HeardAsync(CancellationToken cancellation) => (await postgres.FirstAsync<HeardNodes>(
        "select clock_timestamp() as now, min(last_seen_at) as oldest from node where state = 'ready'", null, cancellation))!;

    /// <summary>Marks nodes as lost that were last heard before this.</summary>
    /// <param name="heardBefore">A time by the database's clock.</param>
    /// <param name="now">The time that the events get.</param>
    /// <param name="cancellation">Gives up; nothing is changed then.</param>
    /// <returns>The nodes that are lost now and were not.</returns>
    public Task<IReadOnlyList<string>> MarkLostAsync(DateTimeOffset heardBefore, DateTimeOffset now, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var lost = (await connection.QueryAsync<LostNode>(new CommandDefinition(
            """
            with silent as (select id from node where state = 'ready' and last_seen_at < @heardBefore order by id for no key update)
            update node n set state = 'lost' from silent where n.id = silent.id returning n.id, extract(epoch from clock_timestamp() - n.last_seen_at)::double precision as silent_s
            """,
            new { heardBefore }, cancellationToken: cancellation))).AsList();
        var events = lost.Select(n => new NewEvent(EventKind.NodeLost, new { node = n.Id, reason = $"not heard for {n.SilentS:0} s" })).ToList();
        await EventStore.AddAsync(connection, now, events, cancellation);
        return (IReadOnlyList<string>)lost.ConvertAll(n => n.Id);
    }, cancellation);

    /// <summary>Asks for the load of the nodes to be evened out, from now on until it is.</summary>
    /// <param name="by">Who asks.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Gives up; nothing is changed then.</param>
    public Task AskToBalanceAsync(string by, DateTimeOffset now, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        await connection.ExecuteAsync(new CommandDefinition("update balance set asked_at = @now, asked_by = @by", new { now, by }, cancellationToken: cancellation));
        await EventStore.AnnounceAsync(connection, Topic.Planning, cancellation);
    }, cancellation);

    /// <summary>Who asked for the load to be evened out, and when; null: nobody, or it is done.</summary>
    public Task<BalanceWish?> WishAsync(CancellationToken cancellation) => postgres.FirstAsync<BalanceWish>(
        "select asked_by, asked_at from balance where asked_at > coalesce(balanced_at, '-infinity')", null, cancellation);

    private static async Task CarryOutAsync(NpgsqlConnection connection, IReadOnlyList<Decision> plan, PlanFacts facts, DateTimeOffset now, CancellationToken cancellation)
    {
        // Nodes, by name, before processes before streamers, and events last, as everywhere, so that no two changes wait for each other.
        var changed = plan.Select(d => d switch { Decision.End e => e.NodeId, Decision.Start s => s.NodeId, Decision.Retell r => r.NodeId, _ => null }).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToArray();
        if (changed.Length > 0)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                """
                with locked as (select id from node where id = any(@changed) order by id for update)
                update node n set desired_revision = n.desired_revision + 1 from locked where n.id = locked.id
                """, new { changed }, cancellationToken: cancellation));
        }

        await EndUnheardAsync(connection, now, cancellation);
        await EndAsync(connection, [.. plan.OfType<Decision.End>()], now, cancellation);
        await RetellAsync(connection, [.. plan.OfType<Decision.Retell>()], now, cancellation);
        var waits = await WaitAsync(connection, [.. plan.OfType<Decision.Wait>()], facts, cancellation);
        var events = await StartAsync(connection, [.. plan.OfType<Decision.Start>()], now, cancellation);
        if (await BalanceAsync(connection, plan, now, cancellation) is { } balanced) events.Add(balanced);
        events.AddRange(waits);
        if (changed.Length > 0) await EventStore.AnnounceAsync(connection, Topic.Desired, cancellation);
        await EventStore.AddAsync(connection, now, events, cancellation);
    }

    private sealed record LostNode
    {
        public required string Id { get; init; }

        public required double SilentS { get; init; }
    }
}

/// <summary>A request to even out the load that is not done yet.</summary>
public sealed record BalanceWish
{
    /// <summary>Who asked.</summary>
    public required string AskedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset AskedAt { get; init; }
}

/// <summary>When nodes were heard, by the database's clock.</summary>
public sealed record HeardNodes
{
    /// <summary>What time it is.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>When the ready node that is silent for longest was last heard; null: none is ready.</summary>
    public DateTimeOffset? Oldest { get; init; }
}
