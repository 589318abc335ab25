using StreamClips.ControlPlane.Accounts;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Dashboard.People;

/// <summary>What the page about one's own access shows.</summary>
public sealed record AccessModel
{
    private static readonly IReadOnlyDictionary<string, string[]> NoFaults = new Dictionary<string, string[]>();

    /// <summary>Who looks at it.</summary>
    public required Caller Caller { get; init; }

    /// <summary>The sessions that have not ended.</summary>
    public required IReadOnlyList<Session> Sessions { get; init; }

    /// <summary>The tokens, the newest first.</summary>
    public required IReadOnlyList<ApiToken> Tokens { get; init; }

    /// <summary>Whether they are those of all users.</summary>
    public bool All { get; init; }

    /// <summary>What is wrong with the new password.</summary>
    public IReadOnlyDictionary<string, string[]> PasswordFaults { get; init; } = NoFaults;

    /// <summary>What is wrong with the new token.</summary>
    public IReadOnlyDictionary<string, string[]> TokenFaults { get; init; } = NoFaults;

    /// <summary>The name that was typed for a token.</summary>
    public string TokenName { get; init; } = "";

    /// <summary>The token that was just made; it is shown this once.</summary>
    public string? NewToken { get; init; }

    /// <summary>What was done, in a sentence.</summary>
    public string? Done { get; init; }
}
