using System.Globalization;

namespace StreamClips.ControlPlane.Http;

/// <summary>
/// The query of a request, read by what its route says it takes: what the route does not name is a fault, and so is a parameter that is given twice.
/// Reading one that the route does not name is a bug, so that none can be left out of the documentation.
/// </summary>
public sealed class QueryReader
{
    private readonly IQueryCollection _query;
    private readonly Dictionary<string, QueryParameter> _known;

    /// <summary>Begins to read.</summary>
    /// <param name="query">The request's query.</param>
    /// <param name="parameters">What the route takes.</param>
    public QueryReader(IQueryCollection query, IReadOnlyList<QueryParameter> parameters)
    {
        (_query, _known) = (query, parameters.ToDictionary(p => p.Name));
        foreach (var (name, values) in query)
        {
            if (!_known.ContainsKey(name)) Faults.Add(name, $"there is no parameter '{name}': {Names()}");
            else if (values.Count > 1) Faults.Add(name, $"{name} is given {values.Count} times: give it once");
        }
    }

    /// <summary>The query of a request by what its endpoint takes (<see cref="RouteDescription.Asks"/>).</summary>
    public static QueryReader Of(HttpRequest request) =>
        new(request.Query, request.HttpContext.GetEndpoint()?.Metadata.GetMetadata<QueryParameters>()?.All ?? []);

    /// <summary>What is wrong with the query so far.</summary>
    public Faults Faults { get; } = new();

    /// <summary>A yes or no; null where it is absent.</summary>
    public bool? Flag(string name)
    {
        if (Given(name, QueryType.Flag) is not { } text) return null;
        if (text is "true" or "false") return text == "true";
        Faults.Add(name, $"{name} is '{text}': give true or false");
        return null;
    }

    /// <summary>A whole number; null where it is absent.</summary>
    public long? Whole(string name)
    {
        if (Given(name, QueryType.Whole) is not { } text) return null;
        var bounds = _known[name];
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= bounds.Least && number <= bounds.Most) return number;
        Faults.Add(name, $"{name} is '{text}': give a whole number from {bounds.Least} to {bounds.Most}");
        return null;
    }

    /// <summary>A number; null where it is absent.</summary>
    public double? Number(string name)
    {
        if (Given(name, QueryType.Number) is not { } text) return null;
        var bounds = _known[name];
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= bounds.Least && number <= bounds.Most) return number;
        Faults.Add(name, $"{name} is '{text}': give a number from {bounds.Least} to {bounds.Most}");
        return null;
    }

    /// <summary>A UUID; null where it is absent.</summary>
    public Guid? Id(string name)
    {
        if (Given(name, QueryType.Id) is not { } text) return null;
        if (Guid.TryParse(text, out var id)) return id;
        Faults.Add(name, $"{name} is '{text}': give an id (a UUID)");
        return null;
    }

    /// <summary>A time; null where it is absent.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Given(name, QueryType.Time) is not { } text) return null;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)) return at;
        Faults.Add(name, $"{name} is '{text}': give a time as 2026-01-31T12:00:00Z");
        return null;
    }

    /// <summary>A text without control characters; null where it is absent.</summary>
    public string? Text(string name)
    {
        if (Given(name, QueryType.Text) is not { } text) return null;
        if (text.Length <= _known[name].Most && !text.Any(char.IsControl)) return text;
        Faults.Add(name, $"{name} has {text.Length} characters or holds a control character: give at most {_known[name].Most} plain ones");
        return null;
    }

    /// <summary>One of the parameter's words; null where it is absent.</summary>
    public string? Word(string name)
    {
        if (Given(name, QueryType.Word) is not { } text) return null;
        if (_known[name].Words.Contains(text)) return text;
        Faults.Add(name, $"{name} is '{text}': give {string.Join(", ", _known[name].Words)}");
        return null;
    }

    /// <summary>Some of the parameter's words; none where it is absent.</summary>
    public IReadOnlyList<string> Some(string name)
    {
        if (Given(name, QueryType.Words) is not { } text) return [];
        var some = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in some.Except(_known[name].Words))
            Faults.Add(name, $"{name} names '{word}': give some of {string.Join(", ", _known[name].Words)}, with commas between them");
        return some;
    }

    private string? Given(string name, QueryType type)
    {
        if (!_known.TryGetValue(name, out var parameter) || parameter.Type != type) throw new InvalidOperationException($"the route does not say that it takes {name} ({type})");
        return _query[name].ToString() is { Length: > 0 } text ? text : null;
    }

    private string Names() => _known.Count == 0 ? "this route takes none" : $"the parameters are {string.Join(", ", _known.Keys)}";
}
