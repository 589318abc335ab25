using StreamClips.Cli.Api;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Contexts;

/// <summary>
/// What the control plane lets no token do (users, passwords, new tokens): asks for the password, and signs in for as long as it takes.
/// </summary>
public static class SignedIn
{
    /// <summary>Does something in a session of the context's user.</summary>
    /// <param name="call">The command.</param>
    /// <param name="work">Does it; is given the session, the user's name and the password.</param>
    public static async Task RunAsync(ApiCall call, Func<ApiClient, string, string, Task> work)
    {
        var user = call.Context.User.Length > 0 ? call.Context.User : (await call.Api.GetAsync("/users/me", call.Cancellation)).Text("username");
        var password = await SecretInput.AskAsync($"Password of {CellText.Clean(user)} at {call.Api.Server.Authority}: ", call.Cancellation);
        await RunAsync(call.Api.Server, user, password, api => work(api, user, password), call.Cancellation);
    }

    /// <summary>Signs in, does something, and signs out.</summary>
    public static async Task RunAsync(Uri server, string user, string password, Func<ApiClient, Task> work, CancellationToken cancellation)
    {
        using var api = new ApiClient(server, token: null);
        await api.PostAsync("/auth/login", new { username = user, password }, cancellation);
        try
        {
            await work(api);
        }
        finally
        {
            await SignOutAsync(api, cancellation);
        }
    }

    /// <summary>Ends the session that the password opened. A fault here hides nothing else; the session ends by itself within a day.</summary>
    private static async Task SignOutAsync(ApiClient api, CancellationToken cancellation)
    {
        try
        {
            await api.PostAsync("/auth/logout", null, cancellation);
        }
        catch (ApiException e) when (e.Status == System.Net.HttpStatusCode.Unauthorized)
        {
            // What was done ended it already, as a change of the password does.
        }
        catch (CommandException e)
        {
            await Console.Error.WriteLineAsync($"streamclips: the session of this sign-in could not be ended: {e.Message}");
        }
    }
}
