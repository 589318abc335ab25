namespace StreamClips.ControlPlane.Dashboard.People;

/// <summary>What a browser or program calls itself, in short, so that people recognise their own.</summary>
public static class Device
{
    // Each browser claims to be those after it too.
    private static readonly (string Mark, string Name)[] Programs =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl")];

    private static readonly (string Mark, string Name)[] Systems =
        [("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux")];

    /// <summary>As <c>Firefox on Linux</c>; the first word of what is not known.</summary>
    public static string Of(string userAgent)
    {
        var program = Find(Programs, userAgent) ?? (userAgent.Split(' ', '/')[0] is { Length: > 0 } first ? first : "A program");
        return Find(Systems, userAgent) is { } system ? $"{program} on {system}" : program;
    }

    private static string? Find((string Mark, string Name)[] known, string text) =>
        known.Where(k => text.Contains(k.Mark, StringComparison.Ordinal)).Select(k => k.Name).FirstOrDefault();
}
