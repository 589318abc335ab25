using System.CommandLine;
using System.CommandLine.Parsing;

namespace StreamClips.Cli.Completion;

/// <summary>What may follow on a command line that is being typed. The shells' functions ask for it with <c>[suggest:LENGTH] LINE</c>.</summary>
public static class Suggestions
{
    /// <summary>What the first argument begins with.</summary>
    public const string Directive = "[suggest";

    /// <summary>Commands of the script alone, which need the repository or the clip worker.</summary>
    public static IReadOnlyList<string> OfScript { get; } = ["watch", "agent-package", "control-plane-package", "test", "bench", "help"];

    /// <summary>Whether this is such a question.</summary>
    public static bool Asked(IReadOnlyList<string> arguments) => arguments.Count > 0 && arguments[0].StartsWith(Directive, StringComparison.Ordinal);

    /// <summary>Prints the answer, a line each. Whatever goes wrong, nothing is offered and nothing is said.</summary>
    /// <returns>The exit code.</returns>
    public static int Print(IReadOnlyList<string> arguments, TextWriter output)
    {
        if (arguments.Count < 2) return ExitCode.Done;
        try
        {
            foreach (var word in Of(arguments[1])) output.WriteLine(word);
        }
        catch (CommandException)
        {
            // As where the file of contexts cannot be read.
        }

        return ExitCode.Done;
    }

    /// <summary>The words that the last one may become.</summary>
    /// <param name="line">The line as far as it is typed, the program's name first.</param>
    public static IReadOnlyList<string> Of(string line)
    {
        var program = line.TrimStart().IndexOf(' ', StringComparison.Ordinal);
        if (program < 0) return [];
        var rest = line.TrimStart()[(program + 1)..].TrimStart();
        var words = CommandLineParser.SplitCommandLine(rest).ToList();
        var typed = rest.Length > 0 && !char.IsWhiteSpace(rest[^1]) && words.Count > 0 ? words[^1] : "";
        // The first word is a command only once something follows it.
        var whole = typed.Length > 0 ? words.Count - 1 : words.Count;
        if (whole > 0 && !CommandTree.Names.Contains(words[0])) return [];
        IEnumerable<string> known = CommandTree.Build(whole > 0 ? words : []).Parse(rest).GetCompletions(rest.Length).Select(c => c.InsertText ?? c.Label);
        if (whole == 0) known = known.Concat(OfScript);
        var fitting = known.Where(w => w.StartsWith(typed, StringComparison.OrdinalIgnoreCase) && w is not ("-?" or "-h" or "/?" or "/h")).Distinct().Order(StringComparer.Ordinal).ToList();
        // Options only where nothing else fits, or one was begun.
        var named = fitting.Where(w => !w.StartsWith('-')).ToList();
        return typed.StartsWith('-') || named.Count == 0 ? fitting : named;
    }
}
