namespace StreamClips.Shared;

/// <summary>
/// RTMP addresses: <c>rtmp://HOST/APP/KEY</c>. Whoever knows the key may often publish the stream, so everything behind the application is a secret,
/// and so are a query, a fragment and user and password. Pure.
/// </summary>
public static class RtmpAddress
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Hidden = "****";

    /// <summary>How an address looks, for people.</summary>
    public const string Example = "rtmp://HOST/APP/KEY";

    private static readonly string[] Schemes = ["rtmp", "rtmps"];

    /// <summary>Whether a text begins as an RTMP address, in any case.</summary>
    public static bool Is(string text) => Schemes.Any(s => text.StartsWith($"{s}://", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether an address is one of RTMP.</summary>
    public static bool Is(Uri address) => Schemes.Contains(address.Scheme);

    /// <summary>What is wrong with a whole address and what to do, to follow the name of its field; null: nothing. It tells no part of the address.</summary>
    public static string? Fault(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || !Is(address) || address.Host.Length == 0) return $"is no RTMP address: give {Example}";
        if (text.Contains(Hidden, StringComparison.Ordinal)) return $"holds {Hidden}, which stands for what is not shown: give the whole address, or the one that is shown as it is, which keeps the key";
        return Parts(address).Length switch
        {
            0 => $"names no application and no stream key: give {Example}",
            1 => $"has no stream key behind the application: give {Example}",
            _ => null,
        };
    }

    /// <summary>An address for people, logs and the database: scheme, host, port and application. What stands alone behind the host may be the key.</summary>
    public static string Masked(Uri address)
    {
        var user = address.UserInfo.Length > 0 ? $"{Hidden}@" : "";
        var path = Parts(address) switch { [] => "/", [_] => $"/{Hidden}", [var app, ..] => $"/{app}/{Hidden}" };
        return $"{address.Scheme}://{user}{address.Authority}{path}";
    }

    /// <summary>The beginning of an address, for somebody to write the rest of it again.</summary>
    public static string WithoutKey(Uri address) => $"{address.Scheme}://{address.Authority}/{(Parts(address) is [var app, _, ..] ? $"{app}/" : "")}";

    /// <summary>A text without what the address hides.</summary>
    /// <param name="address">The address.</param>
    /// <param name="text">What another program said.</param>
    public static string WithoutSecrets(Uri address, string text)
    {
        var parts = Parts(address);
        string[] secrets = [address.AbsoluteUri, address.OriginalString, address.Query.TrimStart('?'), address.Fragment.TrimStart('#'), address.UserInfo, .. parts.Length > 1 ? parts[1..] : parts];
        foreach (var secret in secrets.Concat(secrets.Select(Uri.UnescapeDataString)).Where(s => s.Length > 1).OrderByDescending(s => s.Length))
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        return text;
    }

    /// <summary>The parts of the path, as they stand there: <c>%2F</c> is no slash.</summary>
    private static string[] Parts(Uri address) => address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
}
