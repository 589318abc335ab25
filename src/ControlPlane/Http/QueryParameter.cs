namespace StreamClips.ControlPlane.Http;

/// <summary>What a query parameter holds.</summary>
public enum QueryType
{
    /// <summary>true or false.</summary>
    Flag,

    /// <summary>A whole number.</summary>
    Whole,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A UUID.</summary>
    Id,

    /// <summary>A time as RFC 3339 writes it.</summary>
    Time,

    /// <summary>A text.</summary>
    Text,

    /// <summary>One of some words.</summary>
    Word,

    /// <summary>Some of the words, with commas between them.</summary>
    Words,
}

/// <summary>A parameter that a route takes in its query: what reads it, and what documents it.</summary>
public sealed record QueryParameter
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, for people.</summary>
    public required string Meaning { get; init; }

    /// <summary>What it holds.</summary>
    public required QueryType Type { get; init; }

    /// <summary>An example.</summary>
    public required string Example { get; init; }

    /// <summary>The words that may be given, where it is of words.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Least number, or fewest characters.</summary>
    public double Least { get; init; }

    /// <summary>Most number, or most characters.</summary>
    public double Most { get; init; } = double.MaxValue;

    /// <summary>A yes or no.</summary>
    public static QueryParameter Flag(string name, string meaning) => new() { Name = name, Meaning = meaning, Type = QueryType.Flag, Example = "true" };

    /// <summary>A whole number within bounds.</summary>
    public static QueryParameter Whole(string name, string meaning, long least, long most) =>
        new() { Name = name, Meaning = meaning, Type = QueryType.Whole, Example = $"{least}", Least = least, Most = most };

    /// <summary>A number within bounds.</summary>
    public static QueryParameter Number(string name, string meaning, double least, double most) =>
        new() { Name = name, Meaning = meaning, Type = QueryType.Number, Example = $"{least}", Least = least, Most = most };

    /// <summary>A row's id.</summary>
    public static QueryParameter Id(string name, string meaning) =>
        new() { Name = name, Meaning = meaning, Type = QueryType.Id, Example = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b" };

    /// <summary>A time.</summary>
    public static QueryParameter Time(string name, string meaning) => new() { Name = name, Meaning = meaning, Type = QueryType.Time, Example = "2026-01-31T12:00:00Z" };

    /// <summary>A text of at most so many characters.</summary>
    public static QueryParameter Text(string name, string meaning, string example, int longest = 200) =>
        new() { Name = name, Meaning = meaning, Type = QueryType.Text, Example = example, Most = longest };

    /// <summary>One of some words.</summary>
    public static QueryParameter Word(string name, string meaning, IReadOnlyList<string> words) =>
        new() { Name = name, Meaning = meaning, Type = QueryType.Word, Example = words[0], Words = words };
}

/// <summary>The parameters of a route, on its endpoint.</summary>
/// <param name="All">The parameters.</param>
public sealed record QueryParameters(IReadOnlyList<QueryParameter> All);
