using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>Tokens over HTTP. One is shown in the answer that makes it, and never again.</summary>
public static class TokenEndpoints
{
    /// <summary>Days a token is good for where nothing is said.</summary>
    public const int DefaultDays = 90;

    /// <summary>Most days a token is good for.</summary>
    public const int MostDays = 366;

    private static readonly Listing<ApiToken> Listing = new()
    {
        Sorts = [SortKey.Time<ApiToken>("created_at", "t.created_at", t => t.CreatedAt), SortKey.Time<ApiToken>("expires_at", "t.expires_at", t => t.ExpiresAt), SortKey.Text<ApiToken>("name", "t.name", t => t.Name)],
        Falling = true, Id = SortKey.Id<ApiToken>("id", "t.id", t => t.Id), Filters = [QueryParameter.Flag("all", "Those of all users; for admins.")], Item = typeof(TokenView),
    };

    /// <summary>Adds <c>/tokens</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/tokens").For(Role.Viewer);
        group.MapGet("", ListAsync).Doc("listTokens", "Lists API tokens: one's own, or for an admin all").Lists(Listing, TokenView.Example);
        group.MapPost("", AddAsync).OnlyInSession().Doc("makeToken", "Makes an API token, which is shown in this answer alone").Takes(TokenInput.Example)
            .Answers(201, TokenView.Example with { Token = "sct_Zk3vQ8pLxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", LastUsedAt = null, LastAddress = null }, "It is made.")
            .Refuses(409, "The user has as many as one may.").Idempotent();
        group.MapGet("{id:guid}", GetAsync).Doc("getToken", "Gets an API token, without its secret: one's own, or for an admin any").Answers(200, TokenView.Example, "The token.").Tagged();
        group.MapDelete("{id:guid}", RevokeAsync).Doc("revokeToken", "Revokes an API token").Answers(204, "It is revoked.").Tagged();
    }

    /// <summary>Makes a token for the caller.</summary>
    /// <param name="caller">Whose it will be.</param>
    /// <param name="name">What it is for.</param>
    /// <param name="scope">One of <see cref="Roles.Scopes"/>.</param>
    /// <param name="days">How long it is good for.</param>
    /// <param name="tokens">Where it is kept.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The token and its text; null: the caller has as many as one may.</returns>
    public static async Task<(ApiToken Token, string Text)?> MakeAsync(
        Caller caller, string name, string scope, int days, TokenStore tokens, DateTimeOffset now, CancellationToken cancellation)
    {
        var (secret, hash) = Secret.Make();
        var text = ApiToken.Mark + secret;
        var token = new ApiToken
        {
            Id = Guid.CreateVersion7(now), AccountId = caller.AccountId, Username = caller.Username, Role = caller.Role, Name = name, Scope = scope,
            Prefix = text[..ApiToken.PrefixLength], CreatedAt = now, ExpiresAt = now.AddDays(days),
        };
        return await tokens.AddAsync(token, hash, cancellation) ? (token, text) : null;
    }

    /// <summary>Why somebody may not make a token of this scope; null where they may.</summary>
    public static string? ScopeFault(string scope, Role role) => Roles.OfScope(scope) switch
    {
        null => $"scope is '{scope}': give {string.Join(", ", Roles.Scopes)}",
        { } reaches when reaches > role => $"scope is '{scope}', which is more than the role {role.Name()} may: give {string.Join(" or ", Roles.Scopes.Take((int)role))}",
        _ => null,
    };

    private static async Task<IResult> ListAsync(HttpContext context, TokenStore tokens, TimeProvider clock, CancellationToken cancellation)
    {
        var (list, caller) = (Listing.Read(context.Request), Caller.Of(context.User)!);
        var all = list.Query.Flag("all") == true;
        if (!list.Query.Faults.None) return Problems.Invalid(list.Query.Faults);
        if (all && caller.Role < Role.Admin) return Problems.Of(403, "only an admin sees the tokens of all users", "leave all=true out");
        var now = clock.GetUtcNow();
        return list.Answer(await tokens.ListAsync(all ? null : caller.AccountId, list.Order, list.Limit + 1, cancellation), t => TokenView.Of(t, now));
    }

    private static async Task<IResult> AddAsync(HttpContext context, TokenStore tokens, TimeProvider clock, CancellationToken cancellation)
    {
        var caller = Caller.Of(context.User)!;
        var (body, problem) = await RequestBody.ReadAsync(context.Request, cancellation);
        if (body is null) return problem!;
        var name = body.Text("name", 100, required: true);
        var scope = body.Text("scope", 20, required: true);
        var days = body.Whole("expires_in_days", 1, MostDays) ?? DefaultDays;
        body.RefuseUnknown();
        if (scope is not null && ScopeFault(scope, caller.Role) is { } fault) body.Faults.Add("scope", fault);
        if (!body.Faults.None) return Problems.Invalid(body.Faults);
        var now = clock.GetUtcNow();
        if (await MakeAsync(caller, name!, scope!, days, tokens, now, cancellation) is not var (token, text))
            return Problems.Of(409, $"there are {ApiToken.MostOfUser} tokens of yours already", "revoke those that are not used");
        context.Response.Headers.CacheControl = "no-store";
        return Results.Created($"/tokens/{token.Id}", TokenView.Of(token, now, text));
    }

    private static async Task<IResult> GetAsync(Guid id, HttpContext context, TokenStore tokens, TimeProvider clock, CancellationToken cancellation) =>
        await tokens.GetAsync(id, Whose(context), cancellation) is { } token ? EntityTag.Answer(TokenView.Of(token, clock.GetUtcNow()), ApiToken.Version) : Problems.NotFound("token", id);

    private static async Task<IResult> RevokeAsync(Guid id, HttpContext context, TokenStore tokens, CancellationToken cancellation)
    {
        var caller = Caller.Of(context.User)!;
        if (caller.Kind == Caller.Token && caller.CredentialId != id && caller.Role < Role.Admin)
            return Problems.Of(403, "this token may revoke itself and no other", "sign in with user name and password");
        if (await tokens.GetAsync(id, Whose(context), cancellation) is null) return Problems.NotFound("token", id);
        if (EntityTag.Refusal(context.Request, ApiToken.Version, out _) is { } refusal) return refusal;
        return await tokens.RevokeAsync(id, Whose(context), cancellation) ? Results.NoContent() : Problems.NotFound("token", id);
    }

    /// <summary>Whose tokens the caller sees; null: everybody's.</summary>
    private static Guid? Whose(HttpContext context) => Caller.Of(context.User)! is { Role: not Role.Admin } caller ? caller.AccountId : null;
}
