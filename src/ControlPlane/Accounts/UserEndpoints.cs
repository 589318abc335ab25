using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>Users over HTTP: admins add, change and remove them; everybody sees themselves and changes their own password. A token lets nobody in, and gives nobody more.</summary>
public static class UserEndpoints
{
    private static readonly Listing<User> Listing = new()
    {
        Sorts =
        [
            SortKey.Text<User>("username", "lower(a.username)", u => u.Username, "lower(@SortValue)"), SortKey.Time<User>("created_at", "a.created_at", u => u.CreatedAt),
            SortKey.Time<User>("updated_at", "a.updated_at", u => u.UpdatedAt),
        ],
        Id = SortKey.Id<User>("id", "a.id", u => u.Id),
        Filters = [QueryParameter.Word("role", "Only those of this role.", Roles.Names), QueryParameter.Text("q", "Only those whose name holds this text, in any case.", "ad", 100)],
        Item = typeof(User),
    };

    /// <summary>Adds <c>/users</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var mine = routes.MapGroup("/users/me");
        mine.MapGet("", MeAsync).For(Role.Viewer).Doc("getMe", "Tells who is signed in, and what may be done").Answers(200, MeView.Example, "The caller.");
        mine.MapPut("password", PutMyPasswordAsync).For(Role.Viewer).OnlyInSession().Doc("changeMyPassword", "Changes one's own password, which ends one's other sessions")
            .Takes(new MyPasswordInput("correct horse battery staple", "a staple for the horse")).Answers(204, "It is changed.").Refuses(429, "Too many tries; Retry-After says when to try again.");
        var all = routes.MapGroup("/users").For(Role.Admin);
        all.MapGet("", ListAsync).Doc("listUsers", "Lists users").Lists(Listing, User.Example);
        all.MapPost("", AddAsync).OnlyInSession().Doc("addUser", "Adds a user").Takes(UserInput.Example).Answers(201, User.Example, "It is added.")
            .Refuses(409, "Another user has the name.").Tagged().Idempotent();
        all.MapGet("{id:guid}", async (Guid id, UserStore users, CancellationToken cancellation) =>
                await users.GetAsync(id, cancellation) is { } user ? EntityTag.Answer(user, user.Version) : Problems.NotFound("user", id))
            .Doc("getUser", "Gets a user").Answers(200, User.Example, "The user.").Tagged();
        all.MapPut("{id:guid}", PutAsync).OnlyInSession().Doc("changeUser", "Gives a user another role").Takes(new RoleInput(Role.Operator)).Answers(200, User.Example, "It is changed.")
            .Refuses(409, "It is the last admin.").Tagged();
        all.MapPut("{id:guid}/password", PutPasswordAsync).OnlyInSession().Doc("setPassword", "Sets a user's password, which ends their sessions and tokens")
            .Takes(new PasswordInput("a staple for the horse")).Answers(204, "It is set.").Tagged();
        all.MapDelete("{id:guid}", RemoveAsync).Doc("removeUser", "Removes a user with their sessions and tokens").Answers(204, "It is removed.").Refuses(409, "It is the last admin.").Tagged();
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
        UserChange.Stale => EntityTag.Stale(null),
        UserChange.LastAdmin => Problems.Of(409, "this is the last admin", "make somebody else an admin first: otherwise nobody could let anybody in"),
        _ => Problems.Of(409, "there is already a user of that name", "give another name"),
    };

    private static async Task<IResult> ListAsync(HttpRequest request, UserStore users, CancellationToken cancellation)
    {
        var list = Listing.Read(request);
        var (role, text) = (list.Query.Word("role"), list.Query.Text("q"));
        if (!list.Query.Faults.None) return Problems.Invalid(list.Query.Faults);
        return list.Answer(await users.ListAsync(role, text, list.Order, list.Limit + 1, cancellation), u => u);
    }

    private static async Task<IResult> MeAsync(HttpContext context, UserStore users, CancellationToken cancellation)
    {
        var caller = Caller.Of(context.User)!;
        return await users.GetAsync(caller.AccountId, cancellation) is { } user
            ? Results.Ok(new MeView { Id = user.Id, Username = user.Username, Role = user.Role, May = caller.Role, Kind = caller.Kind, CredentialId = caller.CredentialId })
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
        if (Answer(id, outcome) is { } refusal) return refusal;
        var user = (await users.GetAsync(id, cancellation))!;
        return EntityTag.Answer(user, user.Version, $"/users/{id}");
    }

    private static async Task<IResult> PutAsync(Guid id, HttpRequest request, UserStore users, CancellationToken cancellation)
    {
        if (await users.GetAsync(id, cancellation) is not { } before) return Problems.NotFound("user", id);
        if (EntityTag.Refusal(request, before.Version, out var expected) is { } refusal) return refusal;
        var (body, problem) = await RequestBody.ReadAsync(request, cancellation);
        if (body is null) return problem!;
        var role = ReadRole(body);
        body.RefuseUnknown();
        if (!body.Faults.None) return Problems.Invalid(body.Faults);
        if (Answer(id, await users.SetRoleAsync(id, role!.Value, expected, cancellation)) is { } told) return told;
        return await users.GetAsync(id, cancellation) is { } user ? EntityTag.Answer(user, user.Version) : Problems.NotFound("user", id);
    }

    private static async Task<IResult> RemoveAsync(Guid id, HttpRequest request, UserStore users, CancellationToken cancellation)
    {
        if (await users.GetAsync(id, cancellation) is not { } before) return Problems.NotFound("user", id);
        if (EntityTag.Refusal(request, before.Version, out var expected) is { } refusal) return refusal;
        return Answer(id, await users.RemoveAsync(id, expected, cancellation)) ?? Results.NoContent();
    }

    private static async Task<IResult> PutPasswordAsync(Guid id, HttpContext context, UserStore users, CancellationToken cancellation)
    {
        if (await users.GetAsync(id, cancellation) is not { } user) return Problems.NotFound("user", id);
        if (EntityTag.Refusal(context.Request, user.Version, out var expected) is { } refusal) return refusal;
        var (body, problem) = await RequestBody.ReadAsync(context.Request, cancellation);
        if (body is null) return problem!;
        var password = ReadPassword(body, user.Username);
        body.RefuseUnknown();
        if (!body.Faults.None) return Problems.Invalid(body.Faults);
        return Answer(id, await users.SetPasswordAsync(id, Passwords.Hash(password!), Caller.Of(context.User)!.CredentialId, expected, cancellation)) ?? Results.NoContent();
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

        return Answer(caller.AccountId, await users.SetPasswordAsync(caller.AccountId, Passwords.Hash(password!), caller.CredentialId, expected: null, cancellation)) ?? Results.NoContent();
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
