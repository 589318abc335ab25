using System.CommandLine;
using StreamClips.Cli;
using StreamClips.Cli.Contexts;
using StreamClips.Cli.Nodes;
using StreamClips.Cli.Running;

// The `streamclips` script runs this for the commands that start servers. `watch` and `replay` are the clip worker's own.
var root = new RootCommand("Runs StreamClips on this machine.")
{
    RunCommand.Create("demo", "Everything on this machine with simulated channels; the first clip comes within 90 s.", simulated: true),
    RunCommand.Create("up", "Everything on this machine for real channels: Postgres, control plane, dashboard, one node agent.", simulated: false),
    LoginCommand.Login(),
    LoginCommand.Logout(),
    LoginCommand.Contexts(),
    NodeCommands.Create(),
};

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync($"streamclips: {error.Message}");
    await Console.Error.WriteLineAsync($"`./streamclips {parsed.CommandResult.Command.Name} --help` shows the options.");
    return ExitCode.WrongUsage;
}

// Signals are handled by the stack itself: it needs longer than the library would give it.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
