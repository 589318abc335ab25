using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Notifications;

namespace StreamClips.ControlPlane.Enrollment;

/// <summary>Who wants a certificate.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="KeyHash">SHA-256 of its public key.</param>
/// <param name="Host">What its host calls itself.</param>
/// <param name="Address">The address that it calls from.</param>
public sealed record Applicant(string Node, byte[] KeyHash, string Host, string Address);

/// <summary>A certificate that was just signed.</summary>
/// <param name="Serial">Its serial number, upper-case hex.</param>
/// <param name="Der">The certificate.</param>
/// <param name="ExpiresAt">When it ends.</param>
public sealed record IssuedCertificate(string Serial, byte[] Der, DateTimeOffset ExpiresAt);

/// <summary>What became of an enrolment.</summary>
public abstract record EnrollmentOutcome
{
    /// <summary>The certificate, new or the same as before.</summary>
    public sealed record Done(byte[] Certificate) : EnrollmentOutcome;

    /// <summary>The token is not good; why, and what to do.</summary>
    public sealed record BadToken(string Reason) : EnrollmentOutcome;

    /// <summary>The name or the key is taken; by whom, and what to do.</summary>
    public sealed record Taken(string Reason) : EnrollmentOutcome;
}

/// <summary>Certificates of nodes in the database: given out in one transaction with the token's use.</summary>
public sealed class EnrollmentStore(Postgres postgres, TimeProvider clock)
{
    private const string Another = "make another: streamclips nodes token create";

    /// <summary>
    /// Enrols a server. The token's row is locked: of two that come with the last use of one, one is let in. Who comes again with the same
    /// key, token and name has lost the answer, and gets it once more.
    /// </summary>
    /// <param name="tokenHash">SHA-256 of the token's secret.</param>
    /// <param name="applicant">Who it is.</param>
    /// <param name="issue">Signs the certificate; only called where it will be given out.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<EnrollmentOutcome> EnrollAsync(byte[] tokenHash, Applicant applicant, Func<IssuedCertificate> issue, CancellationToken cancellation) => postgres.TransactAsync<EnrollmentOutcome>(async connection =>
    {
        var now = clock.GetUtcNow();
        var token = await connection.QueryFirstOrDefaultAsync<TokenRow>(new CommandDefinition(
            "select id, node_id, uses, used, expires_at, revoked_at from join_token where secret_hash = @tokenHash for update", new { tokenHash }, cancellationToken: cancellation));
        if (token is null) return new EnrollmentOutcome.BadToken($"this control plane knows no such join token: {Another}");
        if (token.RevokedAt is not null) return new EnrollmentOutcome.BadToken($"the join token was revoked: {Another}");
        if (token.ExpiresAt <= now) return new EnrollmentOutcome.BadToken($"the join token expired at {token.ExpiresAt:u}: {Another}");
        if (token.NodeId is { } only && only != applicant.Node)
            return new EnrollmentOutcome.BadToken($"the join token is for node '{only}' and not for '{applicant.Node}': give that INSTANCE_ID, or {Another}");

        // One enrolment of a name at a time, whatever the token.
        await NodeLock.TakeAsync(connection, applicant.Node, cancellation);
        var held = (await connection.QueryAsync<HeldRow>(new CommandDefinition(
            """
            select node_id, token_id, key_hash, certificate, host_name, expires_at, revoked_at from node_certificate
            where (node_id = @Node and expires_at > @now and revoked_at is null) or key_hash = @KeyHash
            """, new { applicant.Node, applicant.KeyHash, now }, cancellationToken: cancellation))).AsList();
        var ofKey = held.FindAll(h => h.KeyHash.AsSpan().SequenceEqual(applicant.KeyHash));
        if (ofKey.Find(h => h.TokenId == token.Id && h.NodeId == applicant.Node && h.RevokedAt is null && h.ExpiresAt > now) is { } before)
            return new EnrollmentOutcome.Done(before.Certificate);
        if (ofKey.Count > 0)
            return new EnrollmentOutcome.Taken("this key has had a certificate before, and a key is used once: remove the directory 'identity' of the node's directory, and start the agent again");
        if (token.Used >= token.Uses) return new EnrollmentOutcome.BadToken($"the join token is used up ({token.Uses} of {token.Uses}): {Another}");
        if (token.NodeId is null && await PutOutAsync(connection, applicant.Node, cancellation) is { } known) return new EnrollmentOutcome.Taken(known);
        if (token.NodeId is null && held.Count > 0)
        {
            return new EnrollmentOutcome.Taken(
                $"node '{applicant.Node}' is enrolled already, on host '{held[0].HostName}', until {held.Max(h => h.ExpiresAt):u}: give another INSTANCE_ID, "
                + $"or replace it: streamclips nodes token create --node {applicant.Node}");
        }

        return await IssueAsync(connection, token, applicant, issue(), now, cancellation);
    }, cancellation);

    /// <summary>Writes down a certificate that renews another one.</summary>
    /// <returns>Whether the old one is still good; where it is not, or the key was used before, nothing is given out.</returns>
    public Task<bool> RenewAsync(string oldSerial, Applicant applicant, IssuedCertificate issued, CancellationToken cancellation) => postgres.TransactAsync(async connection =>
    {
        var now = clock.GetUtcNow();
        // As a revocation and an enrolment do it, and before they read: whichever comes second sees what the first has written.
        await NodeLock.TakeAsync(connection, applicant.Node, cancellation);
        var family = await connection.QueryFirstOrDefaultAsync<string>(new CommandDefinition(
            "select coalesce(family, serial) from node_certificate where serial = @oldSerial and node_id = @Node and revoked_at is null for update", new { oldSerial, applicant.Node }, cancellationToken: cancellation));
        var known = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select 1 from node_certificate where key_hash = @KeyHash)", new { applicant.KeyHash }, cancellationToken: cancellation));
        if (family is null || known) return false;
        await InsertAsync(connection, new(TokenId: null, oldSerial, family), applicant, issued, now, cancellation);
        return true;
    }, cancellation);

    /// <summary>Why a token for any node does not help this one: it was put out, and may still have a token that lets others in.</summary>
    private static async Task<string?> PutOutAsync(NpgsqlConnection connection, string node, CancellationToken cancellation)
    {
        var state = await connection.ExecuteScalarAsync<string>(new CommandDefinition(
            """
            select coalesce(
                (select state from node where id = @node and state in ('revoked', 'retired')),
                (select 'revoked' where not exists (select 1 from node where id = @node) and exists (select 1 from node_certificate where node_id = @node)
                    and not exists (select 1 from node_certificate where node_id = @node and revoked_at is null)))
            """, new { node }, cancellationToken: cancellation));
        return state is null ? null : $"node '{node}' was {state}, and only a token for it brings it back: streamclips nodes token create --node {node}";
    }

    private static async Task<EnrollmentOutcome> IssueAsync(
        NpgsqlConnection connection, TokenRow token, Applicant applicant, IssuedCertificate issued, DateTimeOffset now, CancellationToken cancellation)
    {
        await connection.ExecuteAsync(new CommandDefinition(
            """
            update join_token set used = used + 1 where id = @Id;
            update node_certificate set revoked_at = @now, revoked_for = 'the node was enrolled anew' where node_id = @Node and revoked_at is null;
            update node set duplicate_at = null, duplicate_host = '', version = version + 1 where id = @Node;
            update node set state = 'lost', session_id = null where id = @Node and state in ('revoked', 'retired');
            """, new { token.Id, applicant.Node, now }, cancellationToken: cancellation));
        await InsertAsync(connection, new(token.Id, Renews: null, Family: null), applicant, issued, now, cancellation);
        await EventStore.AnnounceAsync(connection, Topic.Trust, cancellation);
        await EventStore.AddAsync(connection, now, [new(EventKind.NodeEnrolled, new { node = applicant.Node, host = applicant.Host, address = applicant.Address, token_id = token.Id })], cancellation);
        return new EnrollmentOutcome.Done(issued.Der);
    }

    private static Task InsertAsync(NpgsqlConnection connection, Descent of, Applicant applicant, IssuedCertificate issued, DateTimeOffset now, CancellationToken cancellation) =>
        connection.ExecuteAsync(new CommandDefinition(
            """
            insert into node_certificate (serial, node_id, token_id, renews, family, key_hash, certificate, host_name, address, issued_at, expires_at)
            values (@Serial, @Node, @TokenId, @Renews, @Family, @KeyHash, @Der, @Host, @Address, @now, @ExpiresAt)
            """,
            new { issued.Serial, applicant.Node, of.TokenId, of.Renews, of.Family, applicant.KeyHash, issued.Der, applicant.Host, applicant.Address, now, issued.ExpiresAt },
            cancellationToken: cancellation));

    /// <summary>What a certificate was given out for: a token, or another certificate, and the one of the enrolment behind it.</summary>
    private sealed record Descent(Guid? TokenId, string? Renews, string? Family);

    private sealed record TokenRow
    {
        public required Guid Id { get; init; }

        public string? NodeId { get; init; }

        public required int Uses { get; init; }

        public required int Used { get; init; }

        public required DateTimeOffset ExpiresAt { get; init; }

        public DateTimeOffset? RevokedAt { get; init; }
    }

    private sealed record HeldRow
    {
        public required string NodeId { get; init; }

        public Guid? TokenId { get; init; }

        public required byte[] KeyHash { get; init; }

        public required byte[] Certificate { get; init; }

        public required string HostName { get; init; }

        public required DateTimeOffset ExpiresAt { get; init; }

        public DateTimeOffset? RevokedAt { get; init; }
    }
}
