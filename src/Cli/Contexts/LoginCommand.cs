using System.CommandLine;
using System.Text;
using StreamClips.Cli.Api;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Contexts;

/// <summary><c>login</c>, <c>logout</c> and <c>contexts</c>. A password is only used to get an API token, which is what is kept.</summary>
public static class LoginCommand
{
    private const int LongestSecret = 500;
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
        var command = new Command("login", "Signs in to a control plane. The password is asked for, or read from standard input; it is never an argument.") { Server, Context, User, TokenFile, Scope, Days };
        command.SetAction((parsed, cancellation) => ApiCommand.RunAsync(() => LoginAsync(parsed, cancellation), cancellation));
        return command;
    }

    /// <summary><c>logout</c>.</summary>
    public static Command Logout()
    {
        var command = new Command("logout", "Revokes the token of a context, the current one by default, and forgets it.") { Name };
        command.SetAction((parsed, cancellation) => ApiCommand.RunAsync(() => LogoutAsync(parsed, cancellation), cancellation));
        return command;
    }

    /// <summary><c>contexts</c>.</summary>
    public static Command Contexts()
    {
        var json = new Option<bool>("--json") { Description = "One JSON document instead of a table." };
        var command = new Command("contexts", "Lists the control planes that you signed in to; with a name, commands use that one from then on.") { Name, json };
        command.SetAction((parsed, cancellation) => ApiCommand.RunAsync(() =>
        {
            var file = ContextFile.OfUser(Environment.GetEnvironmentVariable);
            var contexts = file.Read();
            if (parsed.GetValue(Name) is { } name)
            {
                _ = file.Choose(name, Environment.GetEnvironmentVariable);
                file.Write(contexts = contexts with { Current = name });
            }

            Print(contexts, new Printer(Console.Out, parsed.GetValue(json), Terminal.OfConsole(Environment.GetEnvironmentVariable)));
            return Task.CompletedTask;
        }, cancellation));
        return command;
    }

    private static void Print(ServerContexts contexts, Printer print)
    {
        var items = new System.Text.Json.Nodes.JsonArray();
        foreach (var (name, context) in contexts.ByName.OrderBy(c => c.Key))
            items.Add(new System.Text.Json.Nodes.JsonObject { ["name"] = name, ["server"] = context.Server, ["user"] = context.User, ["current"] = name == contexts.Current });
        print.List(items, "You are not signed in anywhere: streamclips login http://127.0.0.1:8080",
            new("", i => i.Text("current") == "true" ? "*" : ""), new("Context", i => i.Text("name")), new("Server", i => i.Text("server")), new("User", i => i.Text("user")));
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
        await Console.Out.WriteLineAsync($"signed in to {server} as {context.User} (context {name})");
    }

    private static async Task<ServerContext> WithTokenAsync(Uri server, string tokenFile, CancellationToken cancellation)
    {
        var token = await ReadAsync(tokenFile == "-" ? null : tokenFile, cancellation);
        using var api = new ApiClient(server, token);
        var me = await api.GetAsync("/users/me", cancellation);
        return new(server.ToString(), token, me.Text("username"));
    }

    private static async Task<ServerContext> WithPasswordAsync(Uri server, ParseResult parsed, CancellationToken cancellation)
    {
        var user = parsed.GetValue(User)!;
        var password = Console.IsInputRedirected ? await ReadAsync(path: null, cancellation) : Ask($"Password of {user} at {server.Authority}: ");
        using var api = new ApiClient(server, token: null);
        await api.PostAsync("/auth/login", new { username = user, password }, cancellation);
        try
        {
            var made = await api.PostAsync("/tokens", new { name = $"streamclips on {Environment.MachineName}", scope = parsed.GetValue(Scope), expires_in_days = parsed.GetValue(Days) }, cancellation);
            return new(server.ToString(), made.Text("token"), user);
        }
        finally
        {
            await SignOutAsync(api, cancellation);
        }
    }

    /// <summary>Ends the session that the password opened. A fault here hides neither the token nor why there is none; the session ends by itself within a day.</summary>
    private static async Task SignOutAsync(ApiClient api, CancellationToken cancellation)
    {
        try
        {
            await api.PostAsync("/auth/logout", null, cancellation);
        }
        catch (CommandException e)
        {
            await Console.Error.WriteLineAsync($"the session of this sign-in could not be ended: {e.Message}");
        }
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

        await Console.Out.WriteLineAsync($"signed out of {context.Server} (context {name})");
    }

    /// <summary>The first line of a file or of standard input.</summary>
    private static async Task<string> ReadAsync(string? path, CancellationToken cancellation)
    {
        try
        {
            using var reader = path is null ? new StreamReader(Console.OpenStandardInput()) : File.OpenText(path);
            var text = new char[LongestSecret + 1];
            var length = await reader.ReadBlockAsync(text, cancellation);
            var line = new string(text, 0, length).Split('\n', 2)[0].TrimEnd('\r');
            if (length > LongestSecret) throw new CommandException($"what {path ?? "standard input"} holds is too long for a password or a token.");
            return line.Length > 0 ? line : throw new CommandException($"{path ?? "standard input"} is empty: give the password or the token there.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}");
        }
    }

    private static string Ask(string question)
    {
        Console.Error.Write(question);
        var typed = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter) break;
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar) && typed.Length < LongestSecret) typed.Append(key.KeyChar);
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
