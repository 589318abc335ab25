using System.Security.Cryptography;
using System.Text;
using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Http;

/// <summary>Says that a route takes <c>Idempotency-Key</c>.</summary>
public sealed record TakesIdempotencyKey;

/// <summary>
/// Requests that make something once, however often they are sent (the header is that of the IETF draft draft-ietf-httpapi-idempotency-key-header).
/// Only what succeeded is remembered: a request that was refused made nothing, and may be sent again with the same key.
/// </summary>
public static partial class Idempotency
{
    /// <summary>The request's header.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>Most characters of a key.</summary>
    public const int LongestKey = 100;

    /// <summary>Is <c>true</c> in an answer that was given before.</summary>
    public const string Replayed = "Idempotency-Replayed";

    private static readonly string[] KeptHeaders = ["Location", "ETag", "Content-Type", "Cache-Control"];

    /// <summary>Lets a route take the header. Its handler makes one thing in one transaction.</summary>
    public static RouteHandlerBuilder Idempotent(this RouteHandlerBuilder route) => route.WithMetadata(new TakesIdempotencyKey()).AddEndpointFilter(OnceAsync);

    private static async ValueTask<object?> OnceAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        if (context.Request.Headers[Header] is not { Count: > 0 } header || Caller.Of(context.User) is not { } caller) return await next(invocation);
        // As a structured field it stands in quotation marks (RFC 9651 section 3.3.3).
        var key = header.ToString() is ['"', .., '"'] quoted && quoted.Length > 2 ? quoted[1..^1] : header.ToString();
        if (header.Count > 1 || key.Length is 0 or > LongestKey || key.Any(c => c is < '!' or > '~'))
            return Problems.Of(400, $"{Header} is no key", $"give one of 1 to {LongestKey} visible ASCII characters, as a UUID");
        var (hash, problem) = await HashAsync(context.Request);
        if (hash is null) return problem;
        var store = context.RequestServices.GetRequiredService<IdempotencyStore>();
        var claim = new Claim(caller.AccountId, key, Guid.NewGuid());
        var (outcome, answer) = await store.ClaimAsync(claim, hash, context.RequestAborted);
        return outcome == ClaimOutcome.Claimed ? await CarryOutAsync(claim, store, invocation, next) : Answer(outcome, answer, context);
    }

    private static async Task<object?> CarryOutAsync(Claim claim, IdempotencyStore store, EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        try
        {
            BeforeCommit.Do((connection, cancellation) => IdempotencyStore.CommitAsync(connection, claim, cancellation));
            var result = (IResult?)await next(invocation);
            return new Recorded(result ?? Results.Empty, claim, store);
        }
        catch
        {
            BeforeCommit.Do(null);
            await TryAsync(store.ReleaseAsync(claim, evenCommitted: false, CancellationToken.None), invocation.HttpContext);
            throw;
        }
    }

    /// <summary>The hash of the request: method, address, type and body. The body can be read again.</summary>
    private static async Task<(byte[]? Hash, IResult? Problem)> HashAsync(HttpRequest request)
    {
        var body = new MemoryStream();
        request.HttpContext.Response.RegisterForDispose(body);
        try
        {
            await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        }
        catch (BadHttpRequestException e)
        {
            return (null, Problems.Of(e.StatusCode, e.StatusCode == 413 ? "the body is too long: at most 1 MiB" : e.Message));
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n{request.ContentType}\n"));
        hash.AppendData(body.GetBuffer().AsSpan(0, (int)body.Length));
        body.Position = 0;
        request.Body = body;
        return (hash.GetHashAndReset(), null);
    }

    private static IResult Answer(ClaimOutcome outcome, KeptAnswer? answer, HttpContext context)
    {
        if (answer is not null) return new Again(answer);
        if (outcome == ClaimOutcome.Running) context.Response.Headers.RetryAfter = "1";
        return outcome switch
        {
            ClaimOutcome.Running => Problems.Of(409, "the request with this Idempotency-Key is still being carried out", "ask again in a moment, with the same key"),
            ClaimOutcome.AnswerLost => Problems.Of(409, "the request with this Idempotency-Key was carried out, and its answer was lost", "look in the list for what it made"),
            ClaimOutcome.OtherRequest => Problems.Of(422, "this Idempotency-Key was used for another request", "give each request a key of its own, and the same one only to send the very same request again"),
            _ => Problems.Of(429, $"{IdempotencyStore.MostOfUser} keys of yours are remembered already", $"each is forgotten after {IdempotencyStore.Kept.TotalHours} h; leave the header out meanwhile"),
        };
    }

    private static async Task TryAsync(Task work, HttpContext context)
    {
        try
        {
            await work;
        }
        catch (Exception e) when (DatabaseFault.IsUnavailable(e))
        {
            // What was made is committed, or is not: the row says which, and the claim runs out by itself.
            NotKept(context.RequestServices.GetRequiredService<ILogger<IdempotencyStore>>(), DatabaseFault.Describe(e));
        }
    }

    [LoggerMessage(1901, LogLevel.Warning, "idempotency.not_kept: the database does not take what became of a request: {Reason}")]
    private static partial void NotKept(ILogger log, string reason);

    /// <summary>An answer that is kept before it is sent: whoever loses the connection to it asks again.</summary>
    private sealed class Recorded(IResult result, Claim claim, IdempotencyStore store) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            var (wire, copy) = (response.Body, new MemoryStream());
            await using var _ = copy;
            response.Body = copy;
            try
            {
                await result.ExecuteAsync(httpContext);
            }
            finally
            {
                response.Body = wire;
            }

            var headers = KeptHeaders.Where(response.Headers.ContainsKey).ToDictionary(h => h, h => response.Headers[h].ToString());
            await TryAsync(
                response.StatusCode is >= 200 and < 300
                    ? store.AnswerAsync(claim, new(response.StatusCode, headers, copy.ToArray()), CancellationToken.None)
                    : store.ReleaseAsync(claim, evenCommitted: true, CancellationToken.None),
                httpContext);
            copy.Position = 0;
            await copy.CopyToAsync(wire, httpContext.RequestAborted);
        }
    }

    private sealed class Again(KeptAnswer answer) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = answer.Status;
            foreach (var (name, value) in answer.Headers) response.Headers[name] = value;
            response.Headers[Replayed] = "true";
            response.ContentLength = answer.Body.Length;
            await response.Body.WriteAsync(answer.Body, httpContext.RequestAborted);
        }
    }
}
