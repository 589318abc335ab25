using System.ComponentModel.DataAnnotations;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>What somebody signs in with.</summary>
public sealed record SignInInput
{
    /// <summary>The user's name.</summary>
    [Length(1, SignIn.LongestName)]
    public required string Username { get; init; }

    /// <summary>The password.</summary>
    [Length(1, Passwords.Longest)]
    public required string Password { get; init; }

    /// <summary>An example.</summary>
    public static SignInInput Example { get; } = new() { Username = "ada", Password = "correct horse battery staple" };
}

/// <summary>Who is signed in now. The session is in the cookie.</summary>
/// <param name="Username">The user's name.</param>
/// <param name="Role">What they may do.</param>
/// <param name="ExpiresAt">When the session ends at the latest.</param>
public sealed record SignedInView(string Username, Role Role, DateTimeOffset ExpiresAt)
{
    /// <summary>An example.</summary>
    public static SignedInView Example { get; } = new("ada", Role.Operator, DateTimeOffset.Parse("2026-02-07T12:00:00Z"));
}

/// <summary>The caller.</summary>
public sealed record MeView
{
    /// <summary>The user's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The user's name.</summary>
    public required string Username { get; init; }

    /// <summary>What they may do.</summary>
    public required Role Role { get; init; }

    /// <summary>What may be done with what was shown now: a token reaches no further than its scope.</summary>
    public required Role May { get; init; }

    /// <summary>session or token.</summary>
    public required string Kind { get; init; }

    /// <summary>The session's or the token's id.</summary>
    public required Guid CredentialId { get; init; }

    /// <summary>An example.</summary>
    public static MeView Example { get; } = new()
    {
        Id = User.Example.Id, Username = "ada", Role = Role.Operator, May = Role.Viewer, Kind = "token", CredentialId = TokenView.Example.Id,
    };
}

/// <summary>A user to add.</summary>
public sealed record UserInput
{
    /// <summary>What they sign in as, unique in any case.</summary>
    [Length(1, SignIn.LongestName)]
    public required string Username { get; init; }

    /// <summary>The password.</summary>
    [Length(Passwords.Shortest, Passwords.Longest)]
    public required string Password { get; init; }

    /// <summary>What they may do.</summary>
    public required Role Role { get; init; }

    /// <summary>An example.</summary>
    public static UserInput Example { get; } = new() { Username = "ada", Password = "correct horse battery staple", Role = Role.Operator };
}

/// <summary>What of a user is changed.</summary>
/// <param name="Role">What they may do.</param>
public sealed record RoleInput(Role Role);

/// <summary>A password for somebody.</summary>
/// <param name="Password">The new one.</param>
public sealed record PasswordInput(string Password);

/// <summary>A password for oneself.</summary>
/// <param name="CurrentPassword">The one that is good now.</param>
/// <param name="Password">The new one.</param>
public sealed record MyPasswordInput(string CurrentPassword, string Password);

/// <summary>A token to make.</summary>
public sealed record TokenInput
{
    /// <summary>What it is for.</summary>
    [Length(1, 100)]
    public required string Name { get; init; }

    /// <summary>What it may at most.</summary>
    [AllowedValues("read", "operate", "admin")]
    public required string Scope { get; init; }

    /// <summary>How many days it is good for; 90 where nothing is said.</summary>
    [Range(1, TokenEndpoints.MostDays)]
    public int? ExpiresInDays { get; init; }

    /// <summary>An example.</summary>
    public static TokenInput Example { get; } = new() { Name = "ci", Scope = "operate", ExpiresInDays = 30 };
}

/// <summary>A token as the API shows it.</summary>
public sealed record TokenView
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>What it is for.</summary>
    public required string Name { get; init; }

    /// <summary>The token itself, in the answer that makes it; null afterwards.</summary>
    public required string? Token { get; init; }

    /// <summary>How it begins.</summary>
    public required string Prefix { get; init; }

    /// <summary>read, operate or admin.</summary>
    public required string Scope { get; init; }

    /// <summary>The role that it reaches now: its scope, and never more than its owner's role.</summary>
    public required Role Reaches { get; init; }

    /// <summary>Whose it is.</summary>
    public required string User { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ends.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether it has ended.</summary>
    public required bool Expired { get; init; }

    /// <summary>When it was last used, to the minute; null: never.</summary>
    public required DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Where it was last used from.</summary>
    public required string? LastAddress { get; init; }

    /// <summary>An example.</summary>
    public static TokenView Example { get; } = new()
    {
        Id = Guid.Parse("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a60"), Name = "ci", Token = null, Prefix = "sct_Zk3vQ8pL", Scope = "operate", Reaches = Role.Operator, User = "ada",
        CreatedAt = DateTimeOffset.Parse("2026-01-31T12:00:00Z"), ExpiresAt = DateTimeOffset.Parse("2026-03-02T12:00:00Z"), Expired = false,
        LastUsedAt = DateTimeOffset.Parse("2026-02-01T08:30:00Z"), LastAddress = "192.0.2.7",
    };

    /// <summary>A row as the API shows it.</summary>
    /// <param name="t">The row.</param>
    /// <param name="now">The time.</param>
    /// <param name="text">The token itself, where it was made just now.</param>
    public static TokenView Of(ApiToken t, DateTimeOffset now, string? text = null) => new()
    {
        Id = t.Id, Name = t.Name, Token = text, Prefix = t.Prefix, Scope = t.Scope, Reaches = t.Reaches, User = t.Username, CreatedAt = t.CreatedAt, ExpiresAt = t.ExpiresAt,
        Expired = t.ExpiresAt <= now, LastUsedAt = t.LastUsedAt, LastAddress = t.LastAddress,
    };
}

/// <summary>A sign-in as the API shows it.</summary>
public sealed record SessionView
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Who signed in.</summary>
    public required string User { get; init; }

    /// <summary>Where they signed in from.</summary>
    public required string Address { get; init; }

    /// <summary>What the browser or program calls itself.</summary>
    public required string UserAgent { get; init; }

    /// <summary>When they signed in.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last used, to the minute.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>When it ends at the latest.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether it is the one that asks.</summary>
    public required bool Current { get; init; }

    /// <summary>An example.</summary>
    public static SessionView Example { get; } = new()
    {
        Id = Guid.Parse("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a61"), User = "ada", Address = "192.0.2.7", UserAgent = "Mozilla/5.0", CreatedAt = DateTimeOffset.Parse("2026-01-31T12:00:00Z"),
        LastSeenAt = DateTimeOffset.Parse("2026-02-01T08:30:00Z"), ExpiresAt = DateTimeOffset.Parse("2026-02-07T12:00:00Z"), Current = true,
    };

    /// <summary>A row as the API shows it.</summary>
    public static SessionView Of(Session s, Caller caller) => new()
    {
        Id = s.Id, User = s.Username, Address = s.Address, UserAgent = s.UserAgent, CreatedAt = s.CreatedAt, LastSeenAt = s.LastSeenAt, ExpiresAt = s.ExpiresAt,
        Current = s.Id == caller.CredentialId,
    };
}
