namespace StreamClips.ControlPlane.Http;

/// <summary>What a route does.</summary>
/// <param name="Id">The operation's id, from which generated clients make a method's name; of its own for each route.</param>
/// <param name="Summary">In one line.</param>
/// <param name="More">What else is worth knowing; null: nothing.</param>
public sealed record RouteDoc(string Id, string Summary, string? More);

/// <summary>What a route takes as its body.</summary>
/// <param name="Type">What it is, as documentation: <see cref="RequestBody"/> reads it.</param>
/// <param name="Example">An example of it.</param>
/// <param name="ContentType">Its content type.</param>
public sealed record BodyDoc(Type Type, object Example, string ContentType);

/// <summary>An answer of a route that is no refusal.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Type">What its body is; null: it has none.</param>
/// <param name="Meaning">What it means.</param>
/// <param name="Example">An example of it; null where bytes are sent.</param>
/// <param name="ContentType">Its content type.</param>
public sealed record AnswerDoc(int Status, Type? Type, string Meaning, object? Example, string ContentType);

/// <summary>A refusal of a route that the others have not: the usual ones are added by themselves.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="When">When it comes.</param>
public sealed record RefusalDoc(int Status, string When);

/// <summary>Says that a route answers with a tag: reads take <c>If-None-Match</c>, changes <c>If-Match</c>.</summary>
public sealed record TaggedRoute;

/// <summary>
/// What a route says of itself for <c>/openapi/v1.json</c>. <see cref="Doc"/> is what puts it there; the query, tags and idempotency keys are read by what is said here,
/// so that the document cannot promise other ones.
/// </summary>
public static class RouteDescription
{
    /// <summary>JSON.</summary>
    public const string Json = "application/json";

    /// <summary>Puts the route into the document. A query that it does not say it takes is refused.</summary>
    /// <param name="route">The route.</param>
    /// <param name="id">The operation's id.</param>
    /// <param name="summary">What it does, in one line.</param>
    /// <param name="more">What else is worth knowing.</param>
    public static RouteHandlerBuilder Doc(this RouteHandlerBuilder route, string id, string summary, string? more = null)
    {
        route.WithMetadata(new RouteDoc(id, summary, more));
        route.Finally(StandardAnswers.Add);
        return route.AddEndpointFilter(RefuseUnknownAsync);
    }

    /// <summary>The query parameters of a route that is no list; <see cref="QueryReader.Of"/> reads them.</summary>
    public static RouteHandlerBuilder Asks(this RouteHandlerBuilder route, params QueryParameter[] parameters) => route.WithMetadata(new QueryParameters(parameters));

    /// <summary>A list, with its parameters and its pages.</summary>
    /// <param name="route">The route.</param>
    /// <param name="listing">What may be asked.</param>
    /// <param name="example">An item.</param>
    public static RouteHandlerBuilder Lists<T, TView>(this RouteHandlerBuilder route, Listing<T> listing, TView example) =>
        route.WithMetadata(new QueryParameters(listing.Parameters)).Answers(200, new Page<TView>([example], null), "A page of the list.");

    /// <summary>The body.</summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route, T example, string contentType = Json)
        where T : notnull => route.WithMetadata(new BodyDoc(typeof(T), example, contentType));

    /// <summary>An answer with a body.</summary>
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route, int status, T example, string meaning, string contentType = Json)
        where T : notnull => route.WithMetadata(
            new AnswerDoc(status, typeof(T), meaning, example, contentType), new ProducesResponseTypeMetadata(status, typeof(T), [contentType]));

    /// <summary>An answer of bytes.</summary>
    public static RouteHandlerBuilder Sends(this RouteHandlerBuilder route, int status, string contentType, string meaning) => route.WithMetadata(
        new AnswerDoc(status, typeof(Stream), meaning, null, contentType), new ProducesResponseTypeMetadata(status, typeof(Stream), [contentType]));

    /// <summary>An answer without a body.</summary>
    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder route, int status, string meaning) =>
        route.WithMetadata(new AnswerDoc(status, null, meaning, null, Json), new ProducesResponseTypeMetadata(status, typeof(void)));

    /// <summary>A refusal that is this route's own.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, int status, string when) => route.WithMetadata(new RefusalDoc(status, when));

    /// <summary>Says that the handler answers by <see cref="EntityTag"/>.</summary>
    public static RouteHandlerBuilder Tagged(this RouteHandlerBuilder route) => route.WithMetadata(new TaggedRoute());

    /// <summary>Lists name what they do not know with their other faults; here are the routes that take no query.</summary>
    private static ValueTask<object?> RefuseUnknownAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var (request, endpoint) = (invocation.HttpContext.Request, invocation.HttpContext.GetEndpoint());
        if (request.Query.Count == 0 || endpoint?.Metadata.GetMetadata<QueryParameters>() is not null) return next(invocation);
        return ValueTask.FromResult<object?>(Problems.Invalid(new QueryReader(request.Query, []).Faults));
    }
}
