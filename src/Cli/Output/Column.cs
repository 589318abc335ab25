using System.Text.Json.Nodes;

namespace StreamClips.Cli.Output;

/// <summary>How something reads at a glance.</summary>
public enum Tone
{
    /// <summary>Like the rest.</summary>
    Plain,

    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Worth a look.</summary>
    Warning,

    /// <summary>Broken.</summary>
    Bad,

    /// <summary>Of no importance now.</summary>
    Faint,
}

/// <summary>A column of a table, or a line of an item.</summary>
/// <param name="Title">Its head.</param>
/// <param name="Text">What it says of an item; empty: nothing.</param>
public sealed record Column(string Title, Func<JsonNode, string> Text)
{
    /// <summary>What goes first where the terminal is too narrow: the greatest; 0 stays.</summary>
    public int Rank { get; init; }

    /// <summary>Whether it may be cut short before columns are left out: for reasons, addresses and the like.</summary>
    public bool Long { get; init; }

    /// <summary>Whether it stands at the right, as numbers do.</summary>
    public bool Right { get; init; }

    /// <summary>Its colour on a terminal; null: plain.</summary>
    public Func<JsonNode, Tone>? Tone { get; init; }
}
