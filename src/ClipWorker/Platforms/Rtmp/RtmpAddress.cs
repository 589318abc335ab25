namespace StreamClips.ClipWorker.Platforms.Rtmp;

/// <summary>What of an RTMP address must not be told. Pure.</summary>
internal static class RtmpAddress
{
    private const string Hidden = "…";

    /// <summary>A text without what the address hides: user, password, query, and all of the path behind the application.</summary>
    /// <param name="address">The address.</param>
    /// <param name="text">What another program said.</param>
    public static string WithoutSecrets(Uri address, string text)
    {
        string[] secrets = [address.AbsoluteUri, address.OriginalString, address.Query.TrimStart('?'), address.UserInfo, .. HostName.Path(address).Skip(1)];
        foreach (var secret in secrets.Concat(secrets.Select(Uri.UnescapeDataString)).Where(s => s.Length > 1).OrderByDescending(s => s.Length))
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        return text;
    }
}
