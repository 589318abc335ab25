using System.CommandLine;
using StreamClips.Cli.Contexts;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Api;

/// <summary>What a command that speaks to a control plane works with.</summary>
/// <param name="Api">The control plane.</param>
/// <param name="Print">Where its answer goes.</param>
/// <param name="Parsed">The command line.</param>
/// <param name="Cancellation">Ctrl-C.</param>
public sealed record ApiCall(ApiClient Api, Printer Print, ParseResult Parsed, CancellationToken Cancellation);

/// <summary>Commands that speak to a control plane: they share <c>--context</c> and <c>--json</c>, and how they fail.</summary>
public static class ApiCommand
{
    private static readonly Option<string?> Context = new("--context") { Description = "The control plane to ask, of those that you signed in to; otherwise the one you signed in to last.", HelpName = "NAME" };
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON document instead of a table." };

    /// <summary>Makes one.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="description">What it does.</param>
    /// <param name="parts">Its arguments and options.</param>
    /// <param name="work">Does it.</param>
    public static Command Create(string name, string description, IReadOnlyList<Symbol> parts, Func<ApiCall, Task> work)
    {
        var command = new Command(name, description) { Context, Json };
        foreach (var part in parts)
        {
            if (part is Argument argument) command.Arguments.Add(argument);
            else command.Options.Add((Option)part);
        }

        command.SetAction((parsed, cancellation) => RunAsync(async () =>
        {
            var context = ContextFile.OfUser(Environment.GetEnvironmentVariable).Choose(parsed.GetValue(Context), Environment.GetEnvironmentVariable);
            using var api = ApiClient.Of(context);
            await work(new ApiCall(api, new Printer(Console.Out, parsed.GetValue(Json)), parsed, cancellation));
        }, cancellation));
        return command;
    }

    /// <summary>Runs a command, and tells what went wrong on standard error.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Func<Task> work, CancellationToken cancellation)
    {
        try
        {
            await work();
            return ExitCode.Done;
        }
        catch (CommandException e)
        {
            await Console.Error.WriteLineAsync($"streamclips: {e.Message}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Failed;
        }
    }
}
