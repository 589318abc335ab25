using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Enrollment;

/// <summary>The CA as the database keeps it.</summary>
public sealed record AuthorityRow
{
    /// <summary>Its certificate, DER.</summary>
    public required byte[] Certificate { get; init; }

    /// <summary>Its key, sealed.</summary>
    public required byte[] SealedKey { get; init; }
}

/// <summary>The one CA in the database.</summary>
public sealed class AuthorityStore(Postgres postgres)
{
    /// <summary>The CA; null where none was made yet.</summary>
    public Task<AuthorityRow?> FindAsync(CancellationToken cancellation) =>
        postgres.FirstAsync<AuthorityRow>("select certificate, sealed_key from authority", null, cancellation);

    /// <summary>Adds a CA unless there is one already: of replicas that start together one wins.</summary>
    public Task AddAsync(AuthorityRow row, DateTimeOffset now, CancellationToken cancellation) => postgres.ExecuteAsync(
        "insert into authority (certificate, sealed_key, created_at) values (@Certificate, @SealedKey, @now) on conflict do nothing",
        new { row.Certificate, row.SealedKey, now }, cancellation);

    /// <summary>Puts a box in the place of another, unless another replica was first.</summary>
    /// <returns>Whether it was put there.</returns>
    public async Task<bool> ReplaceAsync(byte[] before, byte[] after, CancellationToken cancellation) => await postgres.ExecuteAsync(
        "update authority set sealed_key = @after where sealed_key = @before", new { before, after }, cancellation) == 1;
}
