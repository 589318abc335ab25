using System.Text.Json;

namespace StreamClips.ControlPlane.Audit;

/// <summary>Who made a change.</summary>
/// <param name="Kind">session, token, or system: the program itself or somebody at the database.</param>
/// <param name="Name">The user; for system the name that the connection to the database gave itself.</param>
/// <param name="CredentialId">The session or token.</param>
public sealed record AuditActor(string Kind, string Name, Guid? CredentialId);

/// <summary>What was changed.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Id">Which one.</param>
/// <param name="Name">What it is called.</param>
public sealed record AuditSubject(string Kind, string Id, string? Name);

/// <summary>A change as the API shows it.</summary>
public sealed record AuditView
{
    /// <summary>Its number; the newest has the highest.</summary>
    public required long Id { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who made it.</summary>
    public required AuditActor Actor { get; init; }

    /// <summary>Where the request came from.</summary>
    public required string? Address { get; init; }

    /// <summary>The request.</summary>
    public required string? Via { get; init; }

    /// <summary>added, changed or removed.</summary>
    public required string Action { get; init; }

    /// <summary>What was changed.</summary>
    public required AuditSubject Subject { get; init; }

    /// <summary>How it was; of a change only what differs. Secrets are masked.</summary>
    public required IReadOnlyDictionary<string, JsonElement>? Before { get; init; }

    /// <summary>How it is since.</summary>
    public required IReadOnlyDictionary<string, JsonElement>? After { get; init; }

    /// <summary>An example.</summary>
    public static AuditView Example { get; } = new()
    {
        Id = 812, At = DateTimeOffset.Parse("2026-01-31T12:00:00Z"), Actor = new("session", "ada", Guid.Parse("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a61")), Address = "192.0.2.7",
        Via = "PUT /streamers/0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", Action = "changed", Subject = new("streamer", "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "Ada"),
        Before = Columns("""{"active": true}"""), After = Columns("""{"active": false}"""),
    };

    /// <summary>A row as the API shows it.</summary>
    public static AuditView Of(AuditEntry e) => new()
    {
        Id = e.Id, At = e.At, Actor = new(e.ActorKind, e.Actor, e.CredentialId), Address = e.Address, Via = e.Via, Action = e.Action, Subject = new(e.Subject, e.SubjectId, e.SubjectName),
        Before = Columns(e.Before), After = Columns(e.After),
    };

    private static Dictionary<string, JsonElement>? Columns(string? json) => json is null ? null : JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json);
}
