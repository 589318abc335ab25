using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using StreamClips.ControlPlane.Accounts;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Dashboard.People;

/// <summary>One's own access: password, sessions, tokens; for admins those of all.</summary>
public static class AccessPages
{
    /// <summary>Adds <c>/app/access</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/app/access").For(Role.Viewer).OnlyInSession();
        group.MapGet("", ShowAsync);
        group.MapPost("password", PasswordAsync);
        group.MapPost("tokens", AddTokenAsync);
        group.MapPost("tokens/{id:guid}/revoke", async (Guid id, HttpContext context, TokenStore tokens) =>
            await tokens.RevokeAsync(id, Whose(context), context.RequestAborted) ? Back(context) : Gone("token"));
        group.MapPost("sessions/{id:guid}/end", async (Guid id, HttpContext context, SessionStore sessions) =>
            await sessions.EndAsync(id, Whose(context), context.RequestAborted) ? Back(context) : Gone("session"));
    }

    private static async Task<IResult> ShowAsync(HttpContext context, AccessReader reader) =>
        Page(await reader.ReadAsync(context) with { Done = context.Request.Query["done"] == "password" ? "The password is changed. All other sessions of yours have ended." : null });

    private static async Task<IResult> PasswordAsync(HttpContext context, AccessReader reader, Accounts.SignIn signIn, UserStore users)
    {
        var (caller, form, faults) = (Caller.Of(context.User)!, await context.Request.ReadFormAsync(context.RequestAborted), new Faults());
        var (present, password) = (form["current_password"].ToString(), form["password"].ToString());
        if (Passwords.Fault("password", password, caller.Username) is { } fault) faults.Add("password", fault);
        if (password != form["again"].ToString()) faults.Add("again", "again is not the same");
        if (faults.None)
        {
            var (account, wait) = await signIn.CheckAsync(context, caller.Username, present);
            if (account is null) faults.Add("current_password", wait is { } pause ? $"too many tries: wait {Words.Many((long)Math.Ceiling(pause.TotalSeconds), "second")}" : "current_password is wrong");
        }

        if (!faults.None) return Page(await reader.ReadAsync(context) with { PasswordFaults = FormFaults.Of(faults) }, 400);
        await users.SetPasswordAsync(caller.AccountId, Passwords.Hash(password), caller.CredentialId, expected: null, context.RequestAborted);
        return Results.Redirect("/app/access?done=password");
    }

    /// <summary>The answer itself shows the token: a redirect would need to keep it somewhere.</summary>
    private static async Task<IResult> AddTokenAsync(HttpContext context, AccessReader reader, TokenStore tokens, TimeProvider clock)
    {
        var (caller, form, faults) = (Caller.Of(context.User)!, await context.Request.ReadFormAsync(context.RequestAborted), new Faults());
        var (name, scope) = (form["name"].ToString().Trim(), form["scope"].ToString());
        if (name.Length is 0 or > 100 || name.Any(char.IsControl)) faults.Add("name", "give the token a name of 1 to 100 characters");
        if (TokenEndpoints.ScopeFault(scope, caller.Role) is { } fault) faults.Add("scope", fault);
        if (!int.TryParse(form["days"], NumberStyles.None, CultureInfo.InvariantCulture, out var days) || days is < 1 or > TokenEndpoints.MostDays)
            faults.Add("days", $"give 1 to {TokenEndpoints.MostDays} days");
        (ApiToken Token, string Text)? made = null;
        if (faults.None)
        {
            made = await TokenEndpoints.MakeAsync(caller, name, scope, days, tokens, clock.GetUtcNow(), context.RequestAborted);
            if (made is null) faults.Add("name", $"there are {ApiToken.MostOfUser} tokens of yours already: revoke those that are not used");
        }

        var model = await reader.ReadAsync(context);
        return faults.None
            ? Page(model with { NewToken = made!.Value.Text })
            : Page(model with { TokenFaults = FormFaults.Of(faults), TokenName = name }, 400);
    }

    /// <summary>Whose rows may be ended: one's own, or anybody's.</summary>
    private static Guid? Whose(HttpContext context) => Caller.Of(context.User) is { Role: Role.Admin } ? null : Caller.Of(context.User)!.AccountId;

    private static IResult Back(HttpContext context) => Results.Redirect(context.Request.Query["all"] == "true" ? "/app/access?all=true" : "/app/access");

    private static RazorComponentResult<AccessPage> Page(AccessModel model, int status = 200) => new(new { Model = model }) { StatusCode = status };

    private static IResult Gone(string what) => Problems.Of(404, $"There is no such {what}", "Perhaps it ended meanwhile.");
}

/// <summary>Reads what the page shows.</summary>
public sealed class AccessReader(SessionStore sessions, TokenStore tokens, TimeProvider clock)
{
    private const int MostTokens = 200;
    private static readonly ListOrder NewestFirst = new("true", "t.created_at desc, t.id desc", null, null);

    /// <summary>The caller's sessions and tokens; with <c>?all=true</c> and for an admin those of all.</summary>
    public async Task<AccessModel> ReadAsync(HttpContext context)
    {
        var caller = Caller.Of(context.User)!;
        var all = caller.Role == Role.Admin && context.Request.Query["all"] == "true";
        var of = all ? (Guid?)null : caller.AccountId;
        return new AccessModel
        {
            Caller = caller, All = all,
            Sessions = await sessions.ListAsync(of, clock.GetUtcNow(), context.RequestAborted),
            Tokens = await tokens.ListAsync(of, NewestFirst, MostTokens, context.RequestAborted),
        };
    }
}
