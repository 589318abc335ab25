namespace StreamClips.Shared.Trust;

/// <summary>The addresses by which agents reach the control plane's replicas, as people write them: with commas in between.</summary>
public static class AgentsAddresses
{
    /// <summary>Most addresses.</summary>
    public const int Most = 16;

    /// <summary>Most characters of all of them.</summary>
    public const int LongestText = 4096;

    private const string Remedy = "give the control plane's address for agents, as https://control.example:9443, or those of several replicas with commas in between";

    /// <summary>Reads them.</summary>
    /// <param name="variable">Where they were given.</param>
    /// <param name="text">What was given.</param>
    /// <returns>The addresses in their order, or every fault, each with the address that is meant.</returns>
    public static (IReadOnlyList<Uri> Addresses, IReadOnlyList<string> Faults) Read(string variable, string text)
    {
        if (text.Length > LongestText) return ([], [$"{variable} has {text.Length} characters: give at most {LongestText}"]);
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        if (parts.Length > Most) return ([], [$"{variable} holds {parts.Length} addresses: give at most {Most}"]);
        var (addresses, faults) = (new List<Uri>(), new List<string>());
        foreach (var part in parts)
        {
            var named = parts.Length == 1 ? $"{variable} is '{part}'" : $"{variable} holds '{part}'";
            if (!Uri.TryCreate(part, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps || address.UserInfo.Length > 0 || address.Host.Length == 0) faults.Add($"{named}: {Remedy}");
            else if (addresses.Contains(address)) faults.Add($"{named} twice: give each address once");
            else addresses.Add(address);
        }

        return faults.Count > 0 ? ([], faults) : (addresses, []);
    }
}
