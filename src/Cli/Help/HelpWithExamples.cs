using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace StreamClips.Cli.Help;

/// <summary>The library's help under the command's own name, and examples after it.</summary>
/// <param name="usual">The library's help.</param>
public sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    /// <summary>What people type.</summary>
    public const string Program = "streamclips";

    /// <summary>Puts it into a root command.</summary>
    public static void Use(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
            if (option.Action is HelpAction usual) option.Action = new HelpWithExamples(usual);
    }

    /// <summary>Who asks for help has not yet given what a command wants.</summary>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        using var text = new StringWriter();
        parseResult.InvocationConfiguration.Output = text;
        usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        output.WriteLine(text.ToString().Replace(RootCommand.ExecutableName, Program, StringComparison.Ordinal).TrimEnd());
        output.WriteLine();
        if (parseResult.CommandResult.Command.Subcommands.Count == 0)
        {
            output.WriteLine("Exit codes: 0 done, 1 failed or refused, 2 wrong command line.");
            output.WriteLine();
        }

        if (parseResult.CommandResult.Command is not ExampledCommand { Examples: { Count: > 0 } examples }) return ExitCode.Done;
        output.WriteLine("Examples:");
        var longest = examples.Max(e => e.Split('#')[0].TrimEnd().Length);
        foreach (var example in examples)
        {
            var parts = example.Split('#', 2, StringSplitOptions.TrimEntries);
            output.WriteLine($"  {Program} {(parts.Length > 1 ? $"{parts[0].PadRight(longest)}   # {parts[1]}" : parts[0])}".TrimEnd());
        }

        output.WriteLine();
        return ExitCode.Done;
    }
}
