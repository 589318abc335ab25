using System.CommandLine;
using StreamClips.Cli;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Help;

// The `streamclips` script runs this for all commands but `watch` and `replay FILE`, which are the clip worker's own, and those that need the repository.
if (Suggestions.Asked(args)) return Suggestions.Print(args, Console.Out);
var root = CommandTree.Build(args);
var parsed = root.Parse(args);
if (WrongUsage.Is(parsed, args)) return WrongUsage.Tell(parsed, args, Console.Error);

// demo and up handle signals themselves: they need longer than the library would give them.
var own = args is ["demo" or "up", ..];
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = own ? null : TimeSpan.FromSeconds(2), EnableDefaultExceptionHandler = own });
