using System.CommandLine;
using StreamClips.ClipWorker;
using StreamClips.ClipWorker.Commands;

SocketThread.GoOnAtOnce();
var root = new RootCommand("Watches one live stream and clips what makes its chat surge")
{
    RunCommand.Create(),
    WatchCommand.Create(),
    ReplayCommand.Create(),
};

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync(error.Message);
    await Console.Error.WriteLineAsync("--help shows the usage");
    return ExitCode.Usage;
}

// Signals are the commands' own business: a clip that is being cut is finished first.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
