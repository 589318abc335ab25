using System.ComponentModel.DataAnnotations;

namespace StreamClips.ControlPlane.Enrollment;

/// <summary>A join token to make.</summary>
public sealed record JoinTokenInput
{
    /// <summary>How many servers it lets in; 1 where nothing is said.</summary>
    [Range(1, JoinTokenEndpoints.MostUses)]
    public int? Uses { get; init; }

    /// <summary>How many seconds it is good for; 900 where nothing is said.</summary>
    [Range(JoinTokenEndpoints.ShortestLife_s, JoinTokenEndpoints.LongestLife_s)]
    public int? TtlS { get; init; }

    /// <summary>The only node that it is for, which it also lets come back; null: any new one.</summary>
    [MaxLength(63)]
    public string? Node { get; init; }

    /// <summary>An example.</summary>
    public static JoinTokenInput Example { get; } = new() { Uses = 3, TtlS = 3600 };
}

/// <summary>A server that a join token let in.</summary>
/// <param name="NodeId">The node that it became.</param>
/// <param name="HostName">What its host calls itself.</param>
/// <param name="Address">The address that it called from.</param>
/// <param name="At">When.</param>
public sealed record JoinedNode(string NodeId, string HostName, string Address, DateTimeOffset At);

/// <summary>A join token as the API shows it: all but the token itself.</summary>
public sealed record JoinTokenView
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The only node that it is for; null: any new one.</summary>
    public required string? NodeId { get; init; }

    /// <summary>active, used_up, expired or revoked.</summary>
    public required string State { get; init; }

    /// <summary>How many servers it lets in.</summary>
    public required int Uses { get; init; }

    /// <summary>How many it has let in.</summary>
    public required int Used { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ceases to be good.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When somebody revoked it; null: nobody did.</summary>
    public required DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Who revoked it.</summary>
    public required string? RevokedBy { get; init; }

    /// <summary>Grows with each server that it lets in, and when it is revoked.</summary>
    public required long Version { get; init; }

    /// <summary>Whom it let in, oldest first.</summary>
    public required IReadOnlyList<JoinedNode> UsedBy { get; init; }

    /// <summary>An example.</summary>
    public static JoinTokenView Example { get; } = new()
    {
        Id = Guid.Parse("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a62"), NodeId = null, State = "active", Uses = 3, Used = 1, CreatedBy = "ada", CreatedAt = DateTimeOffset.Parse("2026-01-31T12:00:00Z"),
        ExpiresAt = DateTimeOffset.Parse("2026-01-31T13:00:00Z"), RevokedAt = null, RevokedBy = null, Version = 2,
        UsedBy = [new("node-1", "server-17", "192.0.2.17", DateTimeOffset.Parse("2026-01-31T12:10:00Z"))],
    };

    /// <summary>A row as the API shows it.</summary>
    public static JoinTokenView Of(JoinTokenRow t, IEnumerable<JoinTokenUse> uses, DateTimeOffset now) => new()
    {
        Id = t.Id, NodeId = t.NodeId, State = t.State(now), Uses = t.Uses, Used = t.Used, CreatedBy = t.CreatedBy, CreatedAt = t.CreatedAt, ExpiresAt = t.ExpiresAt,
        RevokedAt = t.RevokedAt, RevokedBy = t.RevokedBy, Version = t.Version, UsedBy = [.. uses.Select(u => new JoinedNode(u.NodeId, u.HostName, u.Address, u.IssuedAt))],
    };
}

/// <summary>A join token that was made just now.</summary>
public sealed record NewJoinTokenView
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The token itself, which is not shown again.</summary>
    public required string Token { get; init; }

    /// <summary>The only node that it is for; null: any new one.</summary>
    public required string? NodeId { get; init; }

    /// <summary>How many servers it lets in.</summary>
    public required int Uses { get; init; }

    /// <summary>When it ceases to be good.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>active.</summary>
    public required string State { get; init; }

    /// <summary>Where agents call.</summary>
    public required string ControlPlaneUrl { get; init; }

    /// <summary>SHA-256 of the control plane's CA certificate, by which an agent knows it.</summary>
    public required string AuthoritySha256 { get; init; }

    /// <summary>The line that puts an agent on a server, run as root there; empty where there is no package to install.</summary>
    public required string Install { get; init; }

    /// <summary>An example.</summary>
    public static NewJoinTokenView Example { get; } = new()
    {
        Id = JoinTokenView.Example.Id, Token = "scj_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NodeId = null, Uses = 3, ExpiresAt = JoinTokenView.Example.ExpiresAt, State = "active",
        ControlPlaneUrl = "https://control.example:5443", AuthoritySha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        Install = "curl -fsSk https://control.example:5443/install -o install.sh && sh install.sh",
    };
}
