using StreamClips.ControlPlane.Http;
using StreamClips.Shared.Trust;

namespace StreamClips.ControlPlane.Enrollment;

/// <summary>Join tokens over HTTP.</summary>
public static class JoinTokenEndpoints
{
    /// <summary>How long a token is good for where the request does not say.</summary>
    public static readonly TimeSpan DefaultLife = TimeSpan.FromMinutes(15);

    /// <summary>Most servers that one token lets in.</summary>
    internal const int MostUses = 1000;
    /// <summary>Shortest life of a token.</summary>
    internal const int ShortestLife_s = 10;
    /// <summary>Longest life of a token.</summary>
    internal const int LongestLife_s = 30 * 86_400;

    private static readonly Listing<JoinTokenRow> Listing = new()
    {
        Sorts = [SortKey.Time<JoinTokenRow>("created_at", "created_at", t => t.CreatedAt), SortKey.Time<JoinTokenRow>("expires_at", "expires_at", t => t.ExpiresAt)],
        Falling = true, Id = SortKey.Id<JoinTokenRow>("id", "id", t => t.Id), Item = typeof(JoinTokenView),
    };

    /// <summary>Adds <c>/tokens/join</c>.</summary>
    public static IEndpointRouteBuilder MapJoinTokens(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/tokens/join").For(Role.Admin);
        group.MapGet("", ListAsync).Doc("listJoinTokens", "Lists tokens with which servers become nodes").Lists(Listing, JoinTokenView.Example);
        group.MapPost("", AddAsync).Doc("makeJoinToken", "Makes a token with which servers become nodes; it is shown in this answer alone").Takes(JoinTokenInput.Example)
            .Answers(201, NewJoinTokenView.Example, "It is made.").Idempotent();
        group.MapGet("{id:guid}", GetAsync).Doc("getJoinToken", "Gets a join token, without its secret").Answers(200, JoinTokenView.Example, "The token.").Tagged();
        group.MapDelete("{id:guid}", RevokeAsync)
            .Doc("revokeJoinToken", "Revokes a join token; the nodes that it let in stay", "With `If-Match` only while it has let in nobody else.").Answers(204, "It is revoked.").Tagged();
        return routes;
    }

    private static async Task<IResult> GetAsync(Guid id, JoinTokenStore tokens, TimeProvider clock, CancellationToken cancellation) => await tokens.GetAsync(id, cancellation) is { } token
        ? EntityTag.Answer(JoinTokenView.Of(token, await tokens.UsesAsync([id], cancellation), clock.GetUtcNow()), token.Version)
        : Problems.NotFound("join token", id);

    private static async Task<IResult> RevokeAsync(Guid id, HttpContext context, JoinTokenStore tokens)
    {
        if (await tokens.GetAsync(id, context.RequestAborted) is not { } before) return Problems.NotFound("join token", id);
        if (EntityTag.Refusal(context.Request, before.Version, out var expected) is { } refusal) return refusal;
        return await tokens.RevokeAsync(id, context.User.Identity!.Name!, expected, context.RequestAborted) switch
        {
            TokenChange.Done => Results.NoContent(),
            TokenChange.Stale => EntityTag.Stale(null),
            _ => Problems.NotFound("join token", id),
        };
    }

    private static async Task<IResult> ListAsync(HttpRequest request, JoinTokenStore tokens, TimeProvider clock, CancellationToken cancellation)
    {
        var list = Listing.Read(request);
        if (!list.Query.Faults.None) return Problems.Invalid(list.Query.Faults);
        var rows = await tokens.ListAsync(list.Order, list.Limit + 1, cancellation);
        var uses = (await tokens.UsesAsync([.. rows.Select(t => t.Id)], cancellation)).ToLookup(u => u.TokenId);
        return list.Answer(rows, t => JoinTokenView.Of(t, uses[t.Id], clock.GetUtcNow()));
    }

    private static async Task<IResult> AddAsync(
        HttpContext context, JoinTokenStore tokens, AuthorityService authority, ControlPlaneOptions options, Installer installer, TimeProvider clock, CancellationToken cancellation)
    {
        var (body, problem) = await RequestBody.ReadAsync(context.Request, cancellation);
        if (body is null) return problem!;
        var uses = body.Whole("uses", 1, MostUses) ?? 1;
        var life = TimeSpan.FromSeconds(body.Whole("ttl_s", ShortestLife_s, LongestLife_s) ?? DefaultLife.TotalSeconds);
        var node = body.Text("node", 63);
        if (node is not null && !NodeName.IsValid(node)) body.Faults.Add("node", $"node is '{node}': give 1 to 63 of a-z, 0-9 and '-'");
        if (node is not null && uses > 1) body.Faults.Add("uses", $"uses is {uses}: a token for one node is used once");
        body.RefuseUnknown();
        if (!body.Faults.None) return Problems.Invalid(body.Faults);
        // Before the token: what cannot be read must not lose one that was made.
        var install = InstallLine(installer, node);
        var token = JoinToken.Make(authority.Authority.Fingerprint);
        var row = await tokens.AddAsync(token.Hash, node, uses, life, context.User.Identity!.Name!, cancellation);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Created($"/tokens/join/{row.Id}", new NewJoinTokenView
        {
            Id = row.Id,
            Token = token.Text,
            NodeId = row.NodeId,
            Uses = row.Uses,
            ExpiresAt = row.ExpiresAt,
            State = row.State(clock.GetUtcNow()),
            ControlPlaneUrl = string.Join(',', options.AgentsUrls(context.RequestServices.GetRequiredService<AgentsPort>().Number)),
            AuthoritySha256 = CertificateCheck.Words(authority.Authority.Fingerprint),
            Install = install,
        });
    }

    private static string InstallLine(Installer installer, string? node)
    {
        try
        {
            return installer.Line(node);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
