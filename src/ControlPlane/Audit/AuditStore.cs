using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Audit;

/// <summary>A change that somebody made. The database's triggers write it in the transaction of the change.</summary>
public sealed record AuditEntry
{
    /// <summary>Its number; the newest has the highest.</summary>
    public required long Id { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>session, token, or system: the program itself or somebody at the database.</summary>
    public required string ActorKind { get; init; }

    /// <summary>The user; for system the name that the connection to the database gave itself.</summary>
    public required string Actor { get; init; }

    /// <summary>The session or token.</summary>
    public Guid? CredentialId { get; init; }

    /// <summary>Where the request came from.</summary>
    public string? Address { get; init; }

    /// <summary>The request, as <c>POST /streamers</c>.</summary>
    public string? Via { get; init; }

    /// <summary>added, changed or removed.</summary>
    public required string Action { get; init; }

    /// <summary>What kind of thing: user, streamer, settings, token, session, clip, node, join_token.</summary>
    public required string Subject { get; init; }

    /// <summary>Which one.</summary>
    public required string SubjectId { get; init; }

    /// <summary>What it is called.</summary>
    public string? SubjectName { get; init; }

    /// <summary>How it was, as a JSON object; of a change only what differs. Secrets are masked.</summary>
    public string? Before { get; init; }

    /// <summary>How it is since.</summary>
    public string? After { get; init; }
}

/// <summary>Which changes a list shows.</summary>
public sealed record AuditFilter
{
    /// <summary>Of this user.</summary>
    public string? Actor { get; init; }

    /// <summary>Of things of this kind.</summary>
    public string? Subject { get; init; }

    /// <summary>Of this thing.</summary>
    public string? SubjectId { get; init; }

    /// <summary>added, changed or removed.</summary>
    public string? Action { get; init; }

    /// <summary>At this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>Reads the audit trail. Nothing here writes it, and the database lets nobody change it.</summary>
public sealed class AuditStore(Postgres postgres)
{
    /// <summary>The kinds of things whose changes are kept.</summary>
    public static IReadOnlyList<string> Subjects { get; } = ["user", "token", "session", "streamer", "settings", "clip", "node", "join_token", "storage_check"];

    /// <summary>What can happen to them.</summary>
    public static IReadOnlyList<string> Actions { get; } = ["added", "changed", "removed"];

    /// <summary>A page of the trail.</summary>
    /// <param name="filter">Which changes.</param>
    /// <param name="order">The order, and where the page begins.</param>
    /// <param name="limit">Most rows.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<AuditEntry>> ListAsync(AuditFilter filter, ListOrder order, int limit, CancellationToken cancellation) => postgres.ListAsync<AuditEntry>(
        $"""
        select id, at, actor_kind, actor, credential_id, address, via, action, subject, subject_id, subject_name, before, after
        from audit
        where (@Actor::text is null or lower(actor) = lower(@Actor)) and (@Subject::text is null or subject = @Subject)
          and (@SubjectId::text is null or subject_id = @SubjectId) and (@Action::text is null or action = @Action)
          and (@From::timestamptz is null or at >= @From) and (@To::timestamptz is null or at < @To)
          and {order.After}
        order by {order.By} limit @limit
        """, new { filter.Actor, filter.Subject, filter.SubjectId, filter.Action, filter.From, filter.To, order.SortValue, order.SortId, limit }, cancellation);
}
