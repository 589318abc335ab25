using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace StreamClips.ControlPlane.Dashboard.SignIn;

/// <summary>The sign-in page and the button that signs out.</summary>
public static class SignInPages
{
    /// <summary>Adds <c>/app/sign-in</c> and <c>/app/sign-out</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/app/sign-in", (HttpContext context, [FromQuery(Name = "return")] string? wanted) =>
            context.User.Identity is { IsAuthenticated: true } ? Results.Redirect(Local(wanted)) : Page("", wanted, null)).AllowAnonymous();
        routes.MapPost("/app/sign-in", SignInAsync).AllowAnonymous().DisableAntiforgery();
        routes.MapPost("/app/sign-out", async (HttpContext context, Accounts.SignIn signIn) =>
        {
            await signIn.SignOutAsync(context);
            return Results.Redirect("/app/sign-in");
        }).AllowAnonymous();
    }

    /// <summary>The page to go to: one of the dashboard's own, whatever the address says, so that no link leads out of it.</summary>
    internal static string Local(string? wanted)
    {
        // As a browser reads it: with dots resolved and back slashes turned.
        var here = new Uri("http://dashboard");
        return Uri.TryCreate(here, wanted, out var address) && address.Authority == here.Authority && address.Scheme == here.Scheme
            && (address.AbsolutePath == "/app" || address.AbsolutePath.StartsWith("/app/", StringComparison.Ordinal))
            && !address.AbsolutePath.StartsWith("/app/sign-", StringComparison.Ordinal)
            ? address.PathAndQuery
            : "/app";
    }

    private static async Task<IResult> SignInAsync(
        HttpContext context, Accounts.SignIn signIn, [FromForm] string? username, [FromForm] string? password, [FromForm(Name = "return")] string? wanted)
    {
        if (string.IsNullOrWhiteSpace(username) || string.IsNullOrEmpty(password))
            return Page(username, wanted, "Give your user name and your password.", 400);
        var result = await signIn.SignInAsync(context, username, password);
        if (result.Session is not null) return Results.Redirect(Local(wanted));
        if (result.RetryAfter is not { } wait) return Page(username, wanted, "The user name or the password is wrong.", 401);
        var seconds = (long)Math.Ceiling(wait.TotalSeconds);
        context.Response.Headers.RetryAfter = $"{seconds}";
        return Page(username, wanted, $"Too many tries. Try again in {Words.Many(seconds, "second")}.", 429);
    }

    private static RazorComponentResult<SignInPage> Page(string? username, string? wanted, string? fault, int status = 200) =>
        new(new { Username = username ?? "", Return = wanted ?? "", Fault = fault }) { StatusCode = status };
}
