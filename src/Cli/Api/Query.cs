namespace StreamClips.Cli.Api;

/// <summary>A path with its query parameters, escaped.</summary>
public sealed record Query
{
    private readonly string _text;

    private Query(string text) => _text = text;

    /// <summary>Begins with a path, which may have parameters already.</summary>
    public static Query Of(string path) => new(path);

    /// <summary>Adds a parameter; null and empty: leaves it out.</summary>
    public Query With(string name, string? value) =>
        string.IsNullOrEmpty(value) ? this : new($"{_text}{(_text.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{name}={Uri.EscapeDataString(value)}");

    /// <summary>Adds a parameter that is true; false: leaves it out.</summary>
    public Query With(string name, bool value) => With(name, value ? "true" : null);

    /// <inheritdoc/>
    public override string ToString() => _text;
}
