using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace StreamClips.ControlPlane.Http;

/// <summary>The refusals that follow from what a route is: who may use it, what it takes, that it needs the database.</summary>
public static class StandardAnswers
{
    /// <summary>How problems are sent (RFC 9457).</summary>
    public const string ProblemType = "application/problem+json";

    /// <summary>Adds them to what the route says of itself, those of its own included.</summary>
    public static void Add(EndpointBuilder endpoint)
    {
        foreach (var refusal in Of(endpoint))
        {
            endpoint.Metadata.Add(refusal);
            endpoint.Metadata.Add(new ProducesResponseTypeMetadata(
                refusal.Status, refusal.Status == 400 ? typeof(HttpValidationProblemDetails) : typeof(ProblemDetails), [ProblemType]));
        }

        if (endpoint.Metadata.OfType<TaggedRoute>().Any() && Reads(endpoint)) endpoint.Metadata.Add(new ProducesResponseTypeMetadata(304, typeof(void)));
    }

    /// <summary>Whether the route reads and changes nothing.</summary>
    public static bool Reads(EndpointBuilder endpoint) =>
        endpoint.Metadata.OfType<IHttpMethodMetadata>().FirstOrDefault()?.HttpMethods.All(m => HttpMethods.IsGet(m) || HttpMethods.IsHead(m)) == true;

    private static List<RefusalDoc> Of(EndpointBuilder endpoint)
    {
        var (all, open) = (endpoint.Metadata, endpoint.Metadata.OfType<IAllowAnonymous>().Any());
        var refusals = all.OfType<RefusalDoc>().ToList();
        all.OfType<RefusalDoc>().ToList().ForEach(r => all.Remove(r));
        AddTo(400, "The request has faults; `errors` names each field's.");
        if (!open) AddTo(401, "Nobody is signed in, and there is no token that is good.");
        if (!open) AddTo(403, "The role, or the token's scope, does not reach this.");
        if (all.OfType<BodyDoc>().Any()) AddTo(413, "The body is too long.");
        if (all.OfType<BodyDoc>().Any()) AddTo(415, "The body is of another content type.");
        if (endpoint is RouteEndpointBuilder { RoutePattern.Parameters.Count: > 0 }) AddTo(404, "There is no such thing.");
        if (all.OfType<TaggedRoute>().Any() && !Reads(endpoint)) AddTo(412, "Somebody else changed it meanwhile: If-Match names another version.");
        if (all.OfType<TakesIdempotencyKey>().Any()) AddTo(409, "The request with this Idempotency-Key is still being carried out, or its answer was lost.");
        if (all.OfType<TakesIdempotencyKey>().Any()) AddTo(422, "This Idempotency-Key was used for another request.");
        if (all.OfType<TakesIdempotencyKey>().Any()) AddTo(429, "Too many keys of this user's are remembered.");
        AddTo(503, "The database does not answer; Retry-After says when to try again.");
        return refusals;

        void AddTo(int status, string when)
        {
            var at = refusals.FindIndex(r => r.Status == status);
            if (at < 0) refusals.Add(new(status, when));
            else refusals[at] = new(status, $"{refusals[at].When} Or: {when}");
        }
    }
}
