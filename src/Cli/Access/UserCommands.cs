using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Contexts;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Access;

/// <summary><c>users</c>: who may sign in. What changes who gets in asks for the password of whoever does it: a token must not.</summary>
public static class UserCommands
{
    private const int PasswordBytes = 15;
    private static readonly Argument<string> Name = new("NAME") { Description = "The user's name." };
    private static readonly Argument<string> Known = ServerNames.Users(new Argument<string>("NAME") { Description = "The user's name." });
    private static readonly Argument<string?> Mine = ServerNames.Users(new Argument<string?>("NAME") { Description = "The user; otherwise you.", Arity = ArgumentArity.ZeroOrOne });
    private static readonly Argument<string> NewRole = new("ROLE") { Description = "viewer, operator or admin." };
    private static readonly Option<string> Role = new("--role") { Description = "viewer (sees everything), operator (runs streamers and nodes), admin (users, tokens, trust).", HelpName = "ROLE", DefaultValueFactory = _ => "viewer" };
    private static readonly Option<bool> Generate = new("--generate") { Description = "Makes a password and shows it once, instead of asking for one." };

    private static readonly Column[] Columns =
    [
        new("User", u => u.Text("username")), new("Role", u => u.Text("role")), new("Last seen", u => u.Time("last_seen_at")) { Rank = 1 }, new("Tokens", u => u.Text("tokens")) { Right = true, Rank = 2 },
        new("Added", u => u.Time("created_at")) { Rank = 3 }, new("Id", u => u.Text("id")) { Rank = 4 },
    ];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Role.CompletionSources.Add("viewer", "operator", "admin");
        NewRole.CompletionSources.Add("viewer", "operator", "admin");
        return new("users", "Who may sign in, and what they may do.")
        {
            ApiCommand.Create("list", "All users; for admins.", [], async call => call.Print.List(await call.Api.ListAsync("/users", call.Cancellation), "There is no user.", Columns), "users list"),
            ApiCommand.Create("add", "Adds a user. Asks for your password, then for theirs; where there is no terminal both are lines of standard input.", [Name, Role, Generate], AddAsync,
                "users add ada --role operator", "users add ada --generate   # shows a password that was made, once"),
            ApiCommand.Create("role", "Gives a user another role.", [Known, NewRole], RoleAsync, "users role ada admin"),
            ApiCommand.Create("password", "Sets a password, your own or as an admin another's; whoever was signed in with the old one is signed out.", [Mine, Generate], PasswordAsync, "users password", "users password ada --generate"),
            ApiCommand.Create("remove", "Removes a user, with their sessions and tokens.", [Known, ApiOptions.Yes], RemoveAsync, "users remove ada"),
        };
    }

    private static Task AddAsync(ApiCall call) => SignedIn.RunAsync(call, async (api, _, _) =>
    {
        var (password, made) = await NewPasswordAsync(call, call.Value(Name)!);
        var user = await api.PostAsync("/users", new { username = call.Value(Name), password, role = call.Value(Role) }, call.Cancellation);
        Show(call, $"user {CellText.Clean(user.Text("username"))} is added, with the role {user.Text("role")}", user, made ? password : null);
    });

    private static Task RoleAsync(ApiCall call) => SignedIn.RunAsync(call, async (api, _, _) =>
    {
        var user = await FindAsync(call, api, call.Value(Known)!);
        var changed = await api.PutAsync($"/users/{user.Text("id")}", new { role = call.Value(NewRole) }, ApiClient.VersionOf(user), call.Cancellation);
        call.Print.Line($"user {CellText.Clean(changed.Text("username"))} has the role {changed.Text("role")}", changed);
    });

    private static Task PasswordAsync(ApiCall call) => SignedIn.RunAsync(call, async (api, me, current) =>
    {
        var name = call.Value(Mine) ?? me;
        var own = name.Equals(me, StringComparison.OrdinalIgnoreCase);
        var user = own ? null : await FindAsync(call, api, name);
        var (password, made) = await NewPasswordAsync(call, name);
        if (user is null) await api.PutAsync("/users/me/password", new { current_password = current, password }, version: null, call.Cancellation);
        else await api.PutAsync($"/users/{user.Text("id")}/password", new { password }, ApiClient.VersionOf(user), call.Cancellation);
        Show(call, $"the password of {CellText.Clean(name)} is set", new JsonObject { ["username"] = name }, made ? password : null);
        if (own && !call.Print.Json) await Console.Error.WriteLineAsync("your sessions and tokens ended with the old one: streamclips login signs in again.");
    });

    private static async Task RemoveAsync(ApiCall call)
    {
        var user = await FindAsync(call, call.Api, call.Value(Known)!);
        var name = CellText.Clean(user.Text("username"));
        call.Confirm($"Remove the user {name}, with their sessions and tokens?");
        await call.Api.DeleteAsync($"/users/{user.Text("id")}", call.Cancellation, ApiClient.VersionOf(user));
        call.Print.Line($"user {name} is removed", new JsonObject { ["id"] = user.Text("id"), ["username"] = user.Text("username"), ["removed"] = true });
    }

    private static Task<JsonNode> FindAsync(ApiCall call, ApiClient api, string given) =>
        NameOrId.OfListAsync(api, given, "user", "/users", "username", "streamclips users list", call.Cancellation);

    private static async Task<(string Password, bool Made)> NewPasswordAsync(ApiCall call, string user) => call.Value(Generate)
        ? (Convert.ToBase64String(RandomNumberGenerator.GetBytes(PasswordBytes)).Replace('+', '-').Replace('/', '_'), true)
        : (await SecretInput.AskNewAsync($"New password of {CellText.Clean(user)}", call.Cancellation), false);

    private static void Show(ApiCall call, string line, JsonNode document, string? password)
    {
        if (password is null)
        {
            call.Print.Line(line, document);
            return;
        }

        var with = document.DeepClone();
        with["password"] = password;
        call.Print.Line($"{line}; the password, shown only now:\n{password}", with);
    }
}
