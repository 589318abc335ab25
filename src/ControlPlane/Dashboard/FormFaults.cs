using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Dashboard;

/// <summary>Faults as one reads them beside a field: without its technical name.</summary>
public static class FormFaults
{
    /// <summary>The faults by field.</summary>
    public static IReadOnlyDictionary<string, string[]> Of(params Faults[] faults) =>
        faults.SelectMany(f => f.ByField()).GroupBy(f => f.Key).ToDictionary(f => f.Key, f => f.SelectMany(g => g.Value).Select(m => Beside(f.Key, m)).ToArray());

    /// <summary>One fault beside its field.</summary>
    public static IReadOnlyDictionary<string, string[]> One(string field, string message) => new Dictionary<string, string[]> { [field] = [Beside(field, message)] };

    private static string Beside(string field, string message)
    {
        var name = field[(field.LastIndexOf('.') + 1)..];
        var text = message.StartsWith(name + " ", StringComparison.Ordinal) ? "This" + message[name.Length..] : message;
        return $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
    }
}
