using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>Users over HTTP: admins add, change and remove them; everybody sees themselves and changes their own password. A token lets nobody in, and gives nobody more.</summary>
public static class UserEndpoints
{
    /// <summary>Adds <c>/users</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var mine = routes.MapGroup("/users/me");
        mine.MapGet("", MeAsync).For(Role.Viewer);
        mine.MapPut("password", PutMyPasswordAsync).For(Role.Viewer).OnlyInSession();
        var all = routes.MapGroup("/users").For(Role.Admin);
        all.MapGet("", ListAsync);
        all.MapPost("", AddAsync).OnlyInSession().Idempotent();
        all.MapGet("{id:guid}", async (Guid id, UserStore users, CancellationToken cancellation) =>
            await users.GetAsync(id, cancellation) is { } user ? Results.Ok(user) : Problems.NotFound("user", id));
        all.MapPut("{id:guid}", PutAsync).OnlyInSession();
        all.MapPut("{id:guid}/password", PutPasswordAsync).OnlyInSession();
        all.MapDelete("{id:guid}", async (Guid id, UserStore users, CancellationToken cancellation) =>
            Answer(id, await users.RemoveAsync(id, cancellation)) ?? Results.NoContent());
    }

    /// <summary>Reads what somebody shall be called, and says what is wrong with it.</summary>
    public static string? NameFault(string name) => name.Length is >= 1 and <= SignIn.LongestName && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || "._@-".Contains(c))
        ? null
        : $"username is '{name}': give 1 to {SignIn.LongestName} letters, digits and ._@-, a letter or digit first";

    /// <summary>The words for a change that was refused; null where it was made.</summary>
    public static IResult? Answer(Guid id, UserChange outcome) => outcome switch
    {
        UserChange.Done => null,
        UserChange.NotFound => Problems.NotFound("user", id),
        UserChange.LastAdmin => Problems.Of(409, "this is the last admin", "make somebody else an admin first: otherwise nobody could let anybody in"),
        _ => Problems.Of(409, "there is already a user of that name", "give another name"),
    };

    private static async Task<IResult> ListAsync(HttpRequest request, UserStore users, CancellationToken cancellation)
    {
        var faults = new Faults();
        var limit = PageQuery.Limit(request.Query, faults);
        var cursor = PageQuery.Cursor(request.Query, faults, _ => true);
        if (!faults.None) return Problems.Invalid(faults);
        var rows = await users.ListAsync(cursor?.Id, limit + 1, cancellation);
        return Results.Ok(Page.Of(rows, limit, u => new PageCursor(u.CreatedAt, u.Username)));
    }

    private static async Task<IResult> MeAsync(HttpContext context, UserStore users, CancellationToken cancellation)
    {
        var caller = Caller.Of(context.User)!;
        return await users.GetAsync(caller.AccountId, cancellation) is { } user
            ? Results.Ok(new { user.Id, user.Username, Role = user.Role.Name(), May = caller.Role.Name(), caller.Kind, caller.CredentialId })
            : Problems.NotFound("user", caller.AccountId);
    }

    private static async Task<IResult> AddAsync(HttpRequest request, UserStore users, CancellationToken cancellation)
    {
        var (body, problem) = await RequestBody.ReadAsync(request, cancellation);
        if (body is null) return problem!;
        var username = body.Text("username", SignIn.LongestName, required: true);
        var password = body.Text("password", Passwords.Longest, required: true, trim: false);
        var role = ReadRole(body);
        body.RefuseUnknown();
        if (username is not null && NameFault(username) is { } nameFault) body.Faults.Add("username", nameFault);
        if (password is not null && Passwords.Fault("password", password, username ?? "") is { } fault) body.Faults.Add("password", fault);
        if (!body.Faults.None) return Problems.Invalid(body.Faults);
        var (outcome, id) = await users.AddAsync(username!, role!.Value, Passwords.Hash(password!), cancellation);
        return Answer(id, outcome) ?? Results.Created($"/users/{id}", await users.GetAsync(id, cancellation));
    }

    private static async Task<IResult> PutAsync(Guid id, HttpRequest request, UserStore users, CancellationToken cancellation)
    {
        var (body, problem) = await RequestBody.ReadAsync(request, cancellation);
        if (body is null) return problem!;
        var role = ReadRole(body);
        body.RefuseUnknown();
        if (!body.Faults.None) return Problems.Invalid(body.Faults);
        return Answer(id, await users.SetRoleAsync(id, role!.Value, cancellation)) ?? Results.Ok(await users.GetAsync(id, cancellation));
    }

    private static async Task<IResult> PutPasswordAsync(Guid id, HttpContext context, UserStore users, CancellationToken cancellation)
    {
        if (await users.GetAsync(id, cancellation) is not { } user) return Problems.NotFound("user", id);
        var (body, problem) = await RequestBody.ReadAsync(context.Request, cancellation);
        if (body is null) return problem!;
        var password = ReadPassword(body, user.Username);
        body.RefuseUnknown();
        if (!body.Faults.None) return Problems.Invalid(body.Faults);
        return Answer(id, await users.SetPasswordAsync(id, Passwords.Hash(password!), Caller.Of(context.User)!.CredentialId, cancellation)) ?? Results.NoContent();
    }

    private static async Task<IResult> PutMyPasswordAsync(HttpContext context, UserStore users, SignIn signIn, CancellationToken cancellation)
    {
        var caller = Caller.Of(context.User)!;
        var (body, problem) = await RequestBody.ReadAsync(context.Request, cancellation);
        if (body is null) return problem!;
        var present = body.Text("current_password", Passwords.Longest, required: true, trim: false);
        var password = ReadPassword(body, caller.Username);
        body.RefuseUnknown();
        if (!body.Faults.None) return Problems.Invalid(body.Faults);
        var (account, wait) = await signIn.CheckAsync(context, caller.Username, present!);
        if (wait is { } pause) return AccountEndpoints.TooMany(context, pause);
        if (account is null)
        {
            body.Faults.Add("current_password", "current_password is wrong");
            return Problems.Invalid(body.Faults);
        }

        return Answer(caller.AccountId, await users.SetPasswordAsync(caller.AccountId, Passwords.Hash(password!), caller.CredentialId, cancellation)) ?? Results.NoContent();
    }

    private static Role? ReadRole(RequestBody body)
    {
        if (body.Text("role", 20, required: true) is not { } name) return null;
        if (Roles.Find(name) is { } role) return role;
        body.Faults.Add("role", $"role is '{name}': give {string.Join(", ", Roles.Names)}");
        return null;
    }

    private static string? ReadPassword(RequestBody body, string username)
    {
        var password = body.Text("password", Passwords.Longest, required: true, trim: false);
        if (password is not null && Passwords.Fault("password", password, username) is { } fault) body.Faults.Add("password", fault);
        return password;
    }
}
