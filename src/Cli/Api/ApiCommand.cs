using System.CommandLine;
using StreamClips.Cli.Contexts;
using StreamClips.Cli.Help;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Api;

/// <summary>
/// Commands that speak to a control plane: they share <c>--context</c>, <c>--json</c> and <c>--utc</c>, and how they fail. One that lists
/// adds <see cref="ApiOptions.Limit"/> or <see cref="ApiOptions.Watch"/> to its parts, one that destroys <see cref="ApiOptions.Yes"/>.
/// </summary>
public static class ApiCommand
{
    /// <summary>Makes one.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="description">What it does.</param>
    /// <param name="parts">Its arguments and options.</param>
    /// <param name="work">Does it.</param>
    /// <param name="examples">Whole command lines without the program's name, for its help; what follows <c>#</c> says what they do.</param>
    public static Command Create(string name, string description, IReadOnlyList<Symbol> parts, Func<ApiCall, Task> work, params string[] examples)
    {
        var command = new ExampledCommand(name, description, examples);
        foreach (var part in parts)
        {
            if (part is Argument argument) command.Arguments.Add(argument);
            else command.Options.Add((Option)part);
        }

        command.Options.Add(ApiOptions.Context);
        command.Options.Add(ApiOptions.Json);
        command.Options.Add(ApiOptions.Utc);
        command.SetAction((parsed, cancellation) => RunAsync(async () =>
        {
            if (parsed.GetValue(ApiOptions.Utc)) Values.Zone = TimeZoneInfo.Utc;
            var context = ContextFile.OfUser(Environment.GetEnvironmentVariable).Choose(parsed.GetValue(ApiOptions.Context), Environment.GetEnvironmentVariable);
            using var api = ApiClient.Of(context);
            var print = new Printer(Console.Out, parsed.GetValue(ApiOptions.Json), Terminal.OfConsole(Environment.GetEnvironmentVariable));
            await work(new ApiCall(api, context, print, parsed, TimeProvider.System, cancellation));
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
            // Empty: what went wrong was the answer itself.
            if (e.Message.Length > 0) await Console.Error.WriteLineAsync($"streamclips: {e.Message}");
            return e.Code;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Failed;
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or System.Text.Json.JsonException)
        {
            // A field of another kind than it should be: what answers is no control plane, or of another version.
            await Console.Error.WriteLineAsync($"streamclips: the answer cannot be understood ({e.Message.TrimEnd('.')}): streamclips doctor tells whether the control plane's version is another.");
            return ExitCode.Failed;
        }
    }
}
