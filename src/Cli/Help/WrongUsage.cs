using System.CommandLine;
using System.CommandLine.Parsing;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Help;

/// <summary>What is said to a wrong command line: everything that is wrong with it, what may have been meant, and where to read on.</summary>
public static class WrongUsage
{
    /// <summary>Whether a command line is wrong.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="line">Its words.</param>
    public static bool Is(ParseResult parsed, IReadOnlyList<string> line) => parsed.Errors.Count > 0 || Strange(parsed, line).Count > 0;

    /// <summary>
    /// Options that the command does not have: where an argument has room for them the library takes them for it, and <c>users add --generat</c> would make a user of that
    /// name. What really begins with - is given after <c>--</c>.
    /// </summary>
    private static List<string> Strange(ParseResult parsed, IReadOnlyList<string> line) =>
    [
        .. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value)
            .Where(t => t.Length > 1 && t[0] == '-' && (t[1] == '-' || char.IsAsciiLetter(t[1])) && !line.SkipWhile(w => w != "--").Contains(t)),
    ];

    /// <summary>Says it.</summary>
    /// <returns>The exit code.</returns>
    public static int Tell(ParseResult parsed, IReadOnlyList<string> line, TextWriter errors)
    {
        var command = parsed.CommandResult.Command;
        var path = Path(parsed);
        var strange = command.Subcommands.Count > 0 ? parsed.UnmatchedTokens.FirstOrDefault(t => !t.StartsWith('-')) : null;
        if (strange is not null)
        {
            errors.WriteLine($"streamclips: there is no command '{CellText.Clean($"{path} {strange}".TrimStart())}'.{Words.DidYouMean(strange, command.Subcommands.Select(c => c.Name).Concat(command is RootCommand ? Suggestions.OfScript : []))}");
        }
        else if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
        {
            errors.WriteLine($"streamclips: {(path.Length > 0 ? $"'{path}' is several commands" : "give a command")}: {string.Join(", ", command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}");
        }
        else
        {
            foreach (var option in Strange(parsed, line)) errors.WriteLine($"streamclips: {NoOption(option, command)} What begins with - and is none goes behind --.");
            foreach (var message in parsed.Errors.Select(e => e.Message).Distinct()) errors.WriteLine($"streamclips: {CellText.Clean(Better(message, parsed))}");
        }

        errors.WriteLine($"`{HelpWithExamples.Program} {(path.Length > 0 ? path + " " : "")}--help` shows {(command.Subcommands.Count > 0 ? "the commands" : "the options")}.");
        return ExitCode.WrongUsage;
    }

    /// <summary>An option that nobody knows, with the one that may have been meant.</summary>
    private static string Better(string message, ParseResult parsed)
    {
        var missing = parsed.CommandResult.Command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(a) is not { Tokens.Count: > 0 }).Select(a => a.Name).ToList();
        if (missing.Count > 0 && message.StartsWith("Required argument missing", StringComparison.Ordinal)) return $"{string.Join(" and ", missing)} {(missing.Count > 1 ? "are" : "is")} missing";
        var strange = parsed.UnmatchedTokens.FirstOrDefault(t => message.Contains($"'{t}'", StringComparison.Ordinal));
        if (strange is null) return message;
        var command = parsed.CommandResult.Command;
        return strange.StartsWith('-')
            ? NoOption(strange, command)
            : $"'{strange}' is one word too many{(strange.Contains(' ', StringComparison.Ordinal) ? "" : ": put what belongs together into quotes")}";
    }

    private static string NoOption(string strange, Command command) => $"there is no option '{CellText.Clean(strange)}'.{Words.DidYouMean(strange, command.Options.Select(o => o.Name))}";

    private static string Path(ParseResult parsed)
    {
        var names = new List<string>();
        for (SymbolPlace? at = new(parsed.CommandResult); at is not null; at = at.Parent) names.Insert(0, at.Name);
        return string.Join(' ', names.Skip(1));
    }

    private sealed record SymbolPlace(CommandResult Result)
    {
        public string Name => Result.Command.Name;

        public SymbolPlace? Parent => Result.Parent is CommandResult above ? new(above) : null;
    }
}
