using StreamClips.ControlPlane.Http;
using StreamClips.Shared.Trust;

namespace StreamClips.ControlPlane.Enrollment;

/// <summary>Join tokens over HTTP.</summary>
public static class JoinTokenEndpoints
{
    /// <summary>How long a token is good for where the request does not say.</summary>
    public static readonly TimeSpan DefaultLife = TimeSpan.FromMinutes(15);

    private const int MostUses = 1000;
    private const int ShortestLife_s = 10;
    private const int LongestLife_s = 30 * 86_400;

    /// <summary>Adds <c>/tokens/join</c>.</summary>
    public static IEndpointRouteBuilder MapJoinTokens(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/tokens/join").For(Role.Admin);
        group.MapGet("", ListAsync);
        group.MapPost("", AddAsync).Idempotent();
        group.MapDelete("{id:guid}", async (Guid id, HttpContext context, JoinTokenStore tokens) =>
            await tokens.RevokeAsync(id, context.User.Identity!.Name!, context.RequestAborted) ? Results.NoContent() : Problems.NotFound("join token", id));
        return routes;
    }

    private static async Task<IResult> ListAsync(HttpRequest request, JoinTokenStore tokens, TimeProvider clock, CancellationToken cancellation)
    {
        var faults = new Faults();
        var limit = PageQuery.Limit(request.Query, faults);
        var cursor = PageQuery.Cursor(request.Query, faults, id => Guid.TryParse(id, out _));
        if (!faults.None) return Problems.Invalid(faults);
        var page = Page.Of(
            await tokens.ListAsync(cursor?.At, cursor is null ? null : Guid.Parse(cursor.Id), limit + 1, cancellation), limit, t => new PageCursor(t.CreatedAt, t.Id.ToString()));
        var uses = (await tokens.UsesAsync([.. page.Items.Select(t => t.Id)], cancellation)).ToLookup(u => u.TokenId);
        return Results.Ok(new Page<object>([.. page.Items.Select(t => View(t, uses[t.Id], clock.GetUtcNow()))], page.Next));
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
        return Results.Created($"/tokens/join/{row.Id}", new
        {
            row.Id,
            Token = token.Text,
            row.NodeId,
            row.Uses,
            row.ExpiresAt,
            State = row.State(clock.GetUtcNow()),
            ControlPlaneUrl = options.AgentsUrl(context.RequestServices.GetRequiredService<AgentsPort>().Number),
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

    private static object View(JoinTokenRow t, IEnumerable<JoinTokenUse> uses, DateTimeOffset now) => new
    {
        t.Id,
        t.NodeId,
        State = t.State(now),
        t.Uses,
        t.Used,
        t.CreatedBy,
        t.CreatedAt,
        t.ExpiresAt,
        t.RevokedAt,
        t.RevokedBy,
        UsedBy = uses.Select(u => new { u.NodeId, u.HostName, u.Address, At = u.IssuedAt }),
    };
}
