namespace StreamClips.ControlPlane.Dashboard;

/// <summary>Addresses within the dashboard.</summary>
public static class Links
{
    /// <summary>A path with those of the parameters that have a value.</summary>
    public static string With(string path, params (string Name, string? Value)[] query)
    {
        var given = query.Where(q => !string.IsNullOrEmpty(q.Value)).Select(q => $"{q.Name}={Uri.EscapeDataString(q.Value!)}").ToList();
        return given.Count == 0 ? path : $"{path}?{string.Join('&', given)}";
    }
}
