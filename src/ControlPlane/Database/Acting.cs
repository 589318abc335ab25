using System.Text.Json;

namespace StreamClips.ControlPlane.Database;

/// <summary>Who changes something: what the audit trail says of them.</summary>
public sealed record Actor
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>session or token.</summary>
    public required string Kind { get; init; }

    /// <summary>The user's name.</summary>
    public required string Name { get; init; }

    /// <summary>The user's row.</summary>
    public required Guid AccountId { get; init; }

    /// <summary>The session's or the token's row; null while a session begins.</summary>
    public Guid? CredentialId { get; init; }

    /// <summary>Where the request came from.</summary>
    public required string Address { get; init; }

    /// <summary>The request, as <c>POST /streamers</c>.</summary>
    public required string Via { get; init; }

    /// <summary>As the triggers of the audit trail read it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);
}

/// <summary>
/// Whom the present request acts for. Every transaction tells it to the database, whose triggers write the audit trail:
/// no store and no route can forget to. The program's own work acts for nobody.
/// </summary>
public static class Acting
{
    private static readonly AsyncLocal<Actor?> Present = new();

    /// <summary>Whom this flow of calls acts for; null: the program itself.</summary>
    public static Actor? Current => Present.Value;

    /// <summary>From here on, in this method and in what it calls, changes are this one's.</summary>
    public static void As(Actor? actor) => Present.Value = actor;
}
