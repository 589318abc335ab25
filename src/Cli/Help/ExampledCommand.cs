using System.CommandLine;

namespace StreamClips.Cli.Help;

/// <summary>A command whose help shows how it is used.</summary>
/// <param name="name">What it is called.</param>
/// <param name="description">What it does.</param>
/// <param name="examples">Whole command lines without the program's name; what follows <c>#</c> says what they do.</param>
internal sealed class ExampledCommand(string name, string description, params IReadOnlyList<string> examples) : Command(name, description)
{
    /// <summary>Whole command lines without the program's name.</summary>
    public IReadOnlyList<string> Examples => examples;
}
