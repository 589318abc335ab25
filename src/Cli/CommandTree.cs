using System.CommandLine;
using StreamClips.Cli.Access;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Clips;
using StreamClips.Cli.Contexts;
using StreamClips.Cli.Doctor;
using StreamClips.Cli.Events;
using StreamClips.Cli.Help;
using StreamClips.Cli.Logs;
using StreamClips.Cli.Nodes;
using StreamClips.Cli.Processes;
using StreamClips.Cli.Running;
using StreamClips.Cli.Settings;
using StreamClips.Cli.Storages;
using StreamClips.Cli.Streamers;

namespace StreamClips.Cli;

/// <summary>All commands by name. Only the one that is called is built: that is quicker.</summary>
public static class CommandTree
{
    private static readonly (string Name, Func<Command> Create)[] All =
    [
        ("demo", () => RunCommand.Create("demo", "Everything on this machine with simulated channels; the first clip comes within 90 s.", simulated: true)),
        ("up", () => RunCommand.Create("up", "Everything on this machine for real channels: Postgres, control plane, dashboard, one node agent.", simulated: false)),
        ("login", LoginCommand.Login),
        ("logout", LoginCommand.Logout),
        ("contexts", ContextCommands.Create),
        ("streamers", StreamerCommands.Create),
        ("processes", ProcessCommands.Create),
        ("replay", ReplayCommand.Create),
        ("logs", LogCommand.Create),
        ("clips", ClipCommands.Create),
        ("nodes", NodeCommands.Create),
        ("storage", StorageCommands.Create),
        ("settings", SettingsCommands.Create),
        ("events", EventsCommand.Create),
        ("tokens", Access.TokenCommands.Create),
        ("users", UserCommands.Create),
        ("sessions", SessionCommands.Create),
        ("audit", AuditCommand.Create),
        ("doctor", DoctorCommand.Create),
        ("completion", CompletionCommand.Create),
    ];

    /// <summary>The names of all.</summary>
    public static IEnumerable<string> Names => All.Select(c => c.Name);

    /// <summary>The root with the command that is called, or with all where the first word is none of them.</summary>
    /// <param name="arguments">The command line.</param>
    public static RootCommand Build(IReadOnlyList<string> arguments)
    {
        var root = new RootCommand("Watches live streams, sees the chat surge, and keeps the minute that caused it.");
        var called = arguments.Count > 0 ? All.Where(c => c.Name == arguments[0]) : [];
        foreach (var command in called.Any() ? called : All) root.Subcommands.Add(command.Create());
        HelpWithExamples.Use(root);
        return root;
    }
}
