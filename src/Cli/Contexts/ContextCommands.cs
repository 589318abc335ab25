using System.CommandLine;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Help;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Contexts;

/// <summary><c>contexts</c>: the control planes that somebody signed in to. Nothing here asks one.</summary>
public static class ContextCommands
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The context, as in the list." };
    private static readonly Argument<string?> Shown = new("NAME") { Description = "The context; otherwise the current one.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> To = new("NEW") { Description = "What to call it." };

    private static readonly Column[] Columns =
    [
        new("", i => i.Is("current") ? "*" : "") { Tone = _ => Tone.Good }, new("Context", i => i.Text("name")), new("Server", i => i.Text("server")) { Long = true }, new("User", i => i.Text("user")) { Rank = 1 },
    ];

    /// <summary>The command; without another word it lists.</summary>
    public static Command Create()
    {
        foreach (var name in new Argument[] { Name, Shown }) Named(name);
        var command = new ExampledCommand(
            "contexts", "The control planes that you signed in to. Instead of one, STREAMCLIPS_URL and STREAMCLIPS_TOKEN in the environment name a control plane and an API token, as in CI.",
            "contexts list", "contexts use clips.example", "nodes list --context clips.example   # for one command")
        {
            Local("list", "contexts list", "All of them.", [], (_, print) => List(File().Read(), print)),
            Local("use", "contexts use clips.example", "Commands use this one from then on.", [Name], Use),
            Local("show", "contexts show", "One of them: server, user, and the file that holds its token.", [Shown], Show),
            Local("rename", "contexts rename 127.0.0.1:8080 home", "Calls one otherwise.", [Name, To], Rename),
            Local("remove", "contexts remove home", "Forgets one. Its token stays good until it ends: streamclips logout revokes it too.", [Name], Remove),
            ApiOptions.Json,
        };
        command.SetAction((parsed, cancellation) => ApiCommand.RunAsync(() => DoAsync(parsed, (_, print) => List(File().Read(), print)), cancellation));
        return command;
    }

    /// <summary>Completes contexts; help says what it is, and not which there are.</summary>
    private static void Named(Argument name)
    {
        name.HelpName = name.Name;
        name.CompletionSources.Add(_ => File().Read().ByName.Keys);
    }

    private static ContextFile File() => ContextFile.OfUser(Environment.GetEnvironmentVariable);

    private static Command Local(string name, string example, string description, IReadOnlyList<Symbol> parts, Action<ParseResult, Printer> work)
    {
        var command = new ExampledCommand(name, description, example) { ApiOptions.Json };
        foreach (var part in parts)
        {
            if (part is Argument argument) command.Arguments.Add(argument);
            else command.Options.Add((Option)part);
        }

        command.SetAction((parsed, cancellation) => ApiCommand.RunAsync(() => DoAsync(parsed, work), cancellation));
        return command;
    }

    private static Task DoAsync(ParseResult parsed, Action<ParseResult, Printer> work)
    {
        work(parsed, new Printer(Console.Out, parsed.GetValue(ApiOptions.Json), Terminal.OfConsole(Environment.GetEnvironmentVariable)));
        return Task.CompletedTask;
    }

    private static void List(ServerContexts contexts, Printer print)
    {
        var items = new JsonArray();
        foreach (var name in contexts.ByName.Keys.Order()) items.Add(View(contexts, name));
        print.List(items, "You are not signed in anywhere: streamclips login http://127.0.0.1:8080", Columns);
    }

    private static void Use(ParseResult parsed, Printer print)
    {
        var (file, name) = (File(), parsed.GetValue(Name)!);
        var contexts = file.Read();
        _ = ContextFile.Named(contexts, name);
        file.Write(contexts = contexts with { Current = name });
        print.Line($"commands use {name} now: {contexts.ByName[name].Server}", View(contexts, name));
    }

    private static void Show(ParseResult parsed, Printer print)
    {
        var file = File();
        var contexts = file.Read();
        var name = parsed.GetValue(Shown) ?? contexts.Current;
        _ = ContextFile.Named(contexts, name);
        var view = View(contexts, name!);
        view["file"] = file.Path;
        print.Item(view, new("Context", i => i.Text("name")), new("Server", i => i.Text("server")), new("User", i => i.Text("user")),
            new("Current", i => i.Is("current") ? "yes" : "no"), new("Token in", i => i.Text("file")));
    }

    private static void Rename(ParseResult parsed, Printer print)
    {
        var (file, name, to) = (File(), parsed.GetValue(Name)!, parsed.GetValue(To)!);
        var contexts = file.Read();
        _ = ContextFile.Named(contexts, name);
        if (string.IsNullOrWhiteSpace(to) || to.Length > 100 || to.Any(char.IsControl)) throw new CommandException($"'{CellText.Clean(to)}' is no name: give 1 to 100 plain characters.", ExitCode.WrongUsage);
        if (contexts.ByName.ContainsKey(to)) throw new CommandException($"there is already a context '{to}': remove it first, or give another name.");
        file.Write(contexts = contexts.Renamed(name, to));
        print.Line($"{name} is called {to} now", View(contexts, to));
    }

    private static void Remove(ParseResult parsed, Printer print)
    {
        var (file, name) = (File(), parsed.GetValue(Name)!);
        var contexts = file.Read();
        _ = ContextFile.Named(contexts, name);
        file.Write(contexts.Without(name));
        print.Line($"{name} is forgotten", View(contexts, name));
    }

    private static JsonObject View(ServerContexts contexts, string name) =>
        new() { ["name"] = name, ["server"] = contexts.ByName[name].Server, ["user"] = contexts.ByName[name].User, ["current"] = name == contexts.Current };
}
