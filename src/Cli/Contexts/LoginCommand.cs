using System.CommandLine;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Help;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Contexts;

/// <summary><c>login</c> and <c>logout</c>. A password is only used to get an API token, which is what is kept.</summary>
public static class LoginCommand
{
    private static readonly Argument<string> Server = new("SERVER") { Description = "Address of the control plane's pages, as https://clips.example or http://127.0.0.1:8080." };
    private static readonly Argument<string?> Name = new("NAME") { Description = "The context.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Context = new("--context") { Description = "What to call it; by default the server's host and port.", HelpName = "NAME" };
    private static readonly Option<string> User = new("--user") { Description = "The user name.", HelpName = "NAME", DefaultValueFactory = _ => "admin" };
    private static readonly Option<string?> TokenFile = new("--token-file") { Description = "A file with an API token, instead of user name and password; - for standard input.", HelpName = "FILE" };
    private static readonly Option<string> Scope = new("--scope") { Description = "What the kept token may do: read, operate or admin.", HelpName = "SCOPE", DefaultValueFactory = _ => "admin" };
    private static readonly Option<int> Days = new("--days") { Description = "How long it is good for.", HelpName = "N", DefaultValueFactory = _ => 30 };

    /// <summary><c>login</c>.</summary>
    public static Command Login()
    {
        var command = new ExampledCommand(
            "login", "Signs in to a control plane. The password is asked for, or read from standard input; it is never an argument.",
            "login http://127.0.0.1:8080", "login https://clips.example --user ada --scope read --context clips", "login https://clips.example --token-file - < token   # in CI, or with a token from the dashboard")
        {
            Server, Context, User, TokenFile, Scope, Days, ApiOptions.Json,
        };
        command.SetAction((parsed, cancellation) => ApiCommand.RunAsync(() => LoginAsync(parsed, cancellation), cancellation));
        return command;
    }

    /// <summary><c>logout</c>.</summary>
    public static Command Logout()
    {
        var command = new ExampledCommand("logout", "Revokes the token of a context, the current one by default, and forgets it.", "logout", "logout clips.example") { Name, ApiOptions.Json };
        command.SetAction((parsed, cancellation) => ApiCommand.RunAsync(() => LogoutAsync(parsed, cancellation), cancellation));
        return command;
    }

    private static async Task LoginAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var server = ServerAddress.Check(parsed.GetValue(Server)!);
        var name = parsed.GetValue(Context) ?? server.Authority;
        var file = ContextFile.OfUser(Environment.GetEnvironmentVariable);
        var before = file.Read(); // what cannot be read is told before a token is made
        var context = parsed.GetValue(TokenFile) is { } tokenFile
            ? await WithTokenAsync(server, tokenFile, cancellation)
            : await WithPasswordAsync(server, parsed, cancellation);
        file.Write(before.With(name, context));
        Say(parsed, $"signed in to {server} as {CellText.Clean(context.User)} (context {CellText.Clean(name)})", name, context);
    }

    private static async Task<ServerContext> WithTokenAsync(Uri server, string tokenFile, CancellationToken cancellation)
    {
        var token = await SecretInput.OfFileAsync(tokenFile, cancellation);
        using var api = new ApiClient(server, token);
        var me = await api.GetAsync("/users/me", cancellation);
        return new(server.ToString(), token, me.Text("username"));
    }

    private static async Task<ServerContext> WithPasswordAsync(Uri server, ParseResult parsed, CancellationToken cancellation)
    {
        var user = parsed.GetValue(User)!;
        var password = await SecretInput.AskAsync($"Password of {user} at {server.Authority}: ", cancellation);
        var token = "";
        await SignedIn.RunAsync(server, user, password, async api =>
        {
            var made = await api.PostAsync("/tokens", new { name = $"streamclips on {Environment.MachineName}", scope = parsed.GetValue(Scope), expires_in_days = parsed.GetValue(Days) }, cancellation);
            token = made.Text("token");
        }, cancellation);
        return new(server.ToString(), token, user);
    }

    private static async Task LogoutAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var file = ContextFile.OfUser(Environment.GetEnvironmentVariable);
        var contexts = file.Read();
        var name = parsed.GetValue(Name) ?? contexts.Current ?? throw new CommandException("you are not signed in to a control plane.");
        var context = contexts.ByName.GetValueOrDefault(name) ?? throw new CommandException($"there is no context '{name}'.");
        file.Write(contexts.Without(name));
        using var api = ApiClient.Of(context);
        try
        {
            // The list shows how each token begins; a token may revoke itself.
            foreach (var token in await api.ListAsync("/tokens", cancellation))
                if (token?.Text("prefix") is { Length: > 8 } prefix && context.Token.StartsWith(prefix, StringComparison.Ordinal)) await api.DeleteAsync($"/tokens/{token.Text("id")}", cancellation);
        }
        catch (CommandException e)
        {
            throw new CommandException($"{name} is forgotten here, but its token could not be revoked: {e.Message}");
        }

        Say(parsed, $"signed out of {context.Server} (context {CellText.Clean(name)})", name, context);
    }

    private static void Say(ParseResult parsed, string line, string name, ServerContext context) =>
        new Printer(Console.Out, parsed.GetValue(ApiOptions.Json)).Line(line, new JsonObject { ["name"] = name, ["server"] = context.Server, ["user"] = context.User });
}
