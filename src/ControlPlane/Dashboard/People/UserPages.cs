using Microsoft.AspNetCore.Http.HttpResults;
using StreamClips.ControlPlane.Accounts;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Dashboard.People;

/// <summary>The users, for admins: list, add, another role, another password, remove.</summary>
public static class UserPages
{
    private const int PageSize = 100;

    /// <summary>Adds <c>/app/users</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/app/users").For(Role.Admin).OnlyInSession();
        group.MapGet("", (HttpContext context, UserStore users, string? after) => ListAsync(context, users, after, new UserForm()));
        group.MapPost("", AddAsync);
        group.MapGet("{id:guid}", (Guid id, HttpContext context, UserStore users) => EditAsync(id, context, users, new UserForm()));
        group.MapPost("{id:guid}/role", RoleAsync);
        group.MapPost("{id:guid}/password", PasswordAsync);
        group.MapPost("{id:guid}/delete", async (Guid id, HttpContext context, UserStore users) =>
            await users.RemoveAsync(id, expected: null, context.RequestAborted) switch
            {
                UserChange.Done => Results.Redirect("/app/users"),
                UserChange.LastAdmin => await EditAsync(id, context, users, new UserForm { Banner = LastAdmin }, 409),
                _ => NotFound(),
            });
    }

    private const string LastAdmin = "This is the last admin: make somebody else an admin first.";

    private static async Task<IResult> ListAsync(HttpContext context, UserStore users, string? after, UserForm form, int status = 200)
    {
        var rows = await users.ListAsync(string.IsNullOrEmpty(after) ? null : after, PageSize + 1, context.RequestAborted);
        var next = rows.Count > PageSize ? rows[PageSize - 1].Username : null;
        return new RazorComponentResult<UsersPage>(new { Users = rows.Take(PageSize).ToList(), Next = next, Form = form }) { StatusCode = status };
    }

    private static async Task<IResult> AddAsync(HttpContext context, UserStore users)
    {
        var (form, faults) = (await context.Request.ReadFormAsync(context.RequestAborted), new Faults());
        var (username, password, role) = (form["username"].ToString().Trim(), form["password"].ToString(), Roles.Find(form["role"]));
        if (UserEndpoints.NameFault(username) is { } nameFault) faults.Add("username", nameFault);
        if (Passwords.Fault("password", password, username) is { } fault) faults.Add("password", fault);
        if (role is null) faults.Add("role", $"give {string.Join(", ", Roles.Names)}");
        var typed = new UserForm { Username = username, Role = role ?? Role.Viewer };
        if (!faults.None) return await ListAsync(context, users, null, typed with { Faults = FormFaults.Of(faults) }, 400);
        var (outcome, id) = await users.AddAsync(username, role!.Value, Passwords.Hash(password), context.RequestAborted);
        return outcome == UserChange.NameTaken
            ? await ListAsync(context, users, null, typed with { Faults = FormFaults.One("username", $"there is already a user '{username}': give another name") }, 409)
            : Results.Redirect($"/app/users#user-{id}");
    }

    private static async Task<IResult> EditAsync(Guid id, HttpContext context, UserStore users, UserForm form, int status = 200) =>
        await users.GetAsync(id, context.RequestAborted) is { } user
            ? new RazorComponentResult<UserPage>(new { Who = user, Form = form }) { StatusCode = status }
            : NotFound();

    private static async Task<IResult> RoleAsync(Guid id, HttpContext context, UserStore users)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (Roles.Find(form["role"]) is not { } role)
            return await EditAsync(id, context, users, new UserForm { Faults = FormFaults.One("role", $"give {string.Join(", ", Roles.Names)}") }, 400);
        return await users.SetRoleAsync(id, role, expected: null, context.RequestAborted) switch
        {
            UserChange.Done => Results.Redirect($"/app/users#user-{id}"),
            UserChange.LastAdmin => await EditAsync(id, context, users, new UserForm { Banner = LastAdmin }, 409),
            _ => NotFound(),
        };
    }

    private static async Task<IResult> PasswordAsync(Guid id, HttpContext context, UserStore users)
    {
        if (await users.GetAsync(id, context.RequestAborted) is not { } user) return NotFound();
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var password = form["password"].ToString();
        if (Passwords.Fault("password", password, user.Username) is { } fault)
            return await EditAsync(id, context, users, new UserForm { Faults = FormFaults.One("password", fault) }, 400);
        await users.SetPasswordAsync(id, Passwords.Hash(password), Caller.Of(context.User)!.CredentialId, expected: null, context.RequestAborted);
        return Results.Redirect($"/app/users#user-{id}");
    }

    private static IResult NotFound() => Problems.Of(404, "There is no such user", "Perhaps somebody removed them.");
}

/// <summary>What stands in the forms about users, and what is wrong with it. Passwords are never shown again.</summary>
public sealed record UserForm
{
    /// <summary>The name that was typed.</summary>
    public string Username { get; init; } = "";

    /// <summary>The role that was chosen.</summary>
    public Role Role { get; init; } = Role.Viewer;

    /// <summary>What is wrong, by field.</summary>
    public IReadOnlyDictionary<string, string[]> Faults { get; init; } = new Dictionary<string, string[]>();

    /// <summary>What went wrong altogether; null: nothing.</summary>
    public string? Banner { get; init; }

    /// <summary>The roles to choose from.</summary>
    public static IReadOnlyList<(string Value, string Word)> Choices { get; } =
        [("viewer", "viewer: looks"), ("operator", "operator: changes channels, clips, settings"), ("admin", "admin: also decides who may")];
}
