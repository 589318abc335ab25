using System.CommandLine;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Help;

/// <summary>What is said to a wrong command line: everything that is wrong with it, what may have been meant, and where to read on.</summary>
public static class WrongUsage
{
    /// <summary>Says it.</summary>
    /// <returns>The exit code.</returns>
    public static int Tell(ParseResult parsed, TextWriter errors)
    {
        var command = parsed.CommandResult.Command;
        var path = Path(parsed);
        var strange = command.Subcommands.Count > 0 ? parsed.UnmatchedTokens.FirstOrDefault(t => !t.StartsWith('-')) : null;
        if (strange is not null)
        {
            errors.WriteLine($"streamclips: there is no command '{CellText.Clean($"{path} {strange}".TrimStart())}'.{Words.DidYouMean(strange, command.Subcommands.Select(c => c.Name))}");
        }
        else if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
        {
            errors.WriteLine($"streamclips: {(path.Length > 0 ? $"'{path}' is several commands" : "give a command")}: {string.Join(", ", command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}");
        }
        else
        {
            foreach (var message in parsed.Errors.Select(e => e.Message).Distinct()) errors.WriteLine($"streamclips: {CellText.Clean(Better(message, parsed))}");
        }

        errors.WriteLine($"`{HelpWithExamples.Program} {(path.Length > 0 ? path + " " : "")}--help` shows {(command.Subcommands.Count > 0 ? "the commands" : "the options")}.");
        return ExitCode.WrongUsage;
    }

    /// <summary>An option that nobody knows, with the one that may have been meant.</summary>
    private static string Better(string message, ParseResult parsed)
    {
        var strange = parsed.UnmatchedTokens.FirstOrDefault(t => message.Contains($"'{t}'", StringComparison.Ordinal));
        if (strange is null) return message;
        var command = parsed.CommandResult.Command;
        return strange.StartsWith('-')
            ? $"there is no option '{strange}'.{Words.DidYouMean(strange, command.Options.Select(o => o.Name))}"
            : $"'{strange}' is one word too many{(strange.Contains(' ', StringComparison.Ordinal) ? "" : ": put what belongs together into quotes")}";
    }

    private static string Path(ParseResult parsed)
    {
        var names = new List<string>();
        for (SymbolPlace? at = new(parsed.CommandResult); at is not null; at = at.Parent) names.Insert(0, at.Name);
        return string.Join(' ', names.Skip(1));
    }

    private sealed record SymbolPlace(System.CommandLine.Parsing.CommandResult Result)
    {
        public string Name => Result.Command.Name;

        public SymbolPlace? Parent => Result.Parent is System.CommandLine.Parsing.CommandResult above ? new(above) : null;
    }
}
