using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Npgsql;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Secrets;

namespace StreamClips.ControlPlane.Http;

/// <summary>An answer that was given and may be given again.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="Body">Its bytes.</param>
public sealed record KeptAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body);

/// <summary>A request that is carried out under a key.</summary>
/// <param name="Account">Whose it is.</param>
/// <param name="Key">The key as it was sent.</param>
/// <param name="Id">Tells this attempt from those before it.</param>
public sealed record Claim(Guid Account, string Key, Guid Id)
{
    /// <summary>The key as the database knows it.</summary>
    public byte[] KeyHash { get; } = SHA256.HashData(Encoding.UTF8.GetBytes($"{Account} {Key}"));
}

/// <summary>What a key is found to be.</summary>
public enum ClaimOutcome
{
    /// <summary>It is ours: carry out the request.</summary>
    Claimed,

    /// <summary>It was carried out, and here is the answer.</summary>
    Answered,

    /// <summary>It was carried out; the answer was lost, or cannot be opened.</summary>
    AnswerLost,

    /// <summary>It is being carried out.</summary>
    Running,

    /// <summary>It was used for another request.</summary>
    OtherRequest,

    /// <summary>The user has as many as one may.</summary>
    TooMany,
}

/// <summary>
/// Keys of requests in the database. A row is claimed for a while, marked in the very transaction that makes what was asked for, and gets its answer
/// afterwards. So a crash before the commit leaves a claim that runs out, and one after it a row that says that it was done: never two things, and
/// nothing that is refused for ever. Answers may hold a new token: they are sealed with a key that is derived from SECRET_KEY and the idempotency
/// key itself, of which the database has only the hash, so neither it nor a copy of it opens them.
/// </summary>
public sealed class IdempotencyStore(Postgres postgres, SecretKey secret, TimeProvider clock)
{
    /// <summary>How long a key is remembered.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>How long a request that died holds its key; longer than any lives.</summary>
    public static readonly TimeSpan LongestClaim = TimeSpan.FromMinutes(1);

    /// <summary>Most keys of a user.</summary>
    public const int MostOfUser = 10_000;

    /// <summary>Most bytes of an answer, sealed.</summary>
    public const int LargestAnswerBytes = 64 << 10;

    /// <summary>Takes a key, or tells what became of it.</summary>
    /// <param name="claim">The attempt.</param>
    /// <param name="requestHash">SHA-256 of the request.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<(ClaimOutcome Outcome, KeptAnswer? Answer)> ClaimAsync(Claim claim, byte[] requestHash, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var taken = await postgres.ExecuteAsync(
            """
            insert into idempotency_key as k (account_id, key_hash, request_hash, claim, claimed_until, expires_at)
            select @Account, @KeyHash, @requestHash, @Id, @until, @expires
            where exists (select 1 from idempotency_key where account_id = @Account and key_hash = @KeyHash)
                or (select count(*) from idempotency_key where account_id = @Account) < @MostOfUser
            on conflict (account_id, key_hash) do update set request_hash = excluded.request_hash, claim = excluded.claim,
                claimed_until = excluded.claimed_until, expires_at = excluded.expires_at, committed = false, answer = null
            where k.expires_at <= @now or (not k.committed and k.claimed_until <= @now)
            """,
            new { claim.Account, claim.KeyHash, requestHash, claim.Id, until = now + LongestClaim, expires = now + Kept, now, MostOfUser }, cancellation);
        if (taken == 1) return (ClaimOutcome.Claimed, null);
        var row = await postgres.FirstAsync<Row>(
            "select request_hash, committed, claimed_until, answer from idempotency_key where account_id = @Account and key_hash = @KeyHash", new { claim.Account, claim.KeyHash }, cancellation);
        if (row is null) return (ClaimOutcome.TooMany, null);
        if (!row.RequestHash.AsSpan().SequenceEqual(requestHash)) return (ClaimOutcome.OtherRequest, null);
        if (!row.Committed || (row.Answer is null && row.ClaimedUntil > now)) return (ClaimOutcome.Running, null);
        return row.Answer is not null && Open(claim, row.Answer) is { } answer ? (ClaimOutcome.Answered, answer) : (ClaimOutcome.AnswerLost, null);
    }

    /// <summary>Marks a key in the transaction of what it makes.</summary>
    /// <exception cref="TimeoutException">The claim ran out and somebody else has it: the transaction must not be committed.</exception>
    public static async Task CommitAsync(NpgsqlConnection connection, Claim claim, CancellationToken cancellation)
    {
        var rows = await connection.ExecuteAsync(new CommandDefinition(
            "update idempotency_key set committed = true where account_id = @Account and key_hash = @KeyHash and claim = @Id",
            new { claim.Account, claim.KeyHash, claim.Id }, cancellationToken: cancellation));
        if (rows == 0) throw new TimeoutException("this request took so long that its Idempotency-Key was given to another try");
    }

    /// <summary>Keeps the answer for those who ask again.</summary>
    public Task AnswerAsync(Claim claim, KeptAnswer answer, CancellationToken cancellation)
    {
        var box = secret.Seal(Purpose(claim), JsonSerializer.SerializeToUtf8Bytes(answer));
        return postgres.ExecuteAsync(
            "update idempotency_key set committed = true, claimed_until = @now, answer = @box where account_id = @Account and key_hash = @KeyHash and claim = @Id",
            new { claim.Account, claim.KeyHash, claim.Id, now = clock.GetUtcNow(), box = box.Length <= LargestAnswerBytes ? box : null }, cancellation);
    }

    /// <summary>Gives a key back: nothing was made, so it may be tried again.</summary>
    /// <param name="claim">The attempt.</param>
    /// <param name="evenCommitted">Whether its answer says that nothing was made; otherwise the database knows.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task ReleaseAsync(Claim claim, bool evenCommitted, CancellationToken cancellation) => postgres.ExecuteAsync(
        "delete from idempotency_key where account_id = @Account and key_hash = @KeyHash and claim = @Id and (@evenCommitted or not committed)",
        new { claim.Account, claim.KeyHash, claim.Id, evenCommitted }, cancellation);

    /// <summary>Forgets keys that are old.</summary>
    public Task<int> TrimAsync(DateTimeOffset now, CancellationToken cancellation) =>
        postgres.ExecuteAsync("delete from idempotency_key where expires_at <= @now", new { now }, cancellation);

    private KeptAnswer? Open(Claim claim, byte[] box) =>
        secret.Open(Purpose(claim), box) is { } plain ? JsonSerializer.Deserialize<KeptAnswer>(plain) : null;

    private static string Purpose(Claim claim) => $"idempotent answer {claim.Account} {claim.Key}";

    private sealed record Row
    {
        public required byte[] RequestHash { get; init; }

        public required bool Committed { get; init; }

        public required DateTimeOffset ClaimedUntil { get; init; }

        public byte[]? Answer { get; init; }
    }
}
