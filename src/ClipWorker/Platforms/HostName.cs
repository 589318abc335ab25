namespace StreamClips.ClipWorker.Platforms;

/// <summary>Questions about a URL's host that a trick in the URL must not be able to answer. Pure.</summary>
internal static class HostName
{
    /// <summary>
    /// Whether a URL leads to a domain or below it, at the usual port and without credentials, which can look like a host
    /// (<c>https://www.twitch.tv@evil.example/</c>).
    /// </summary>
    /// <param name="url">An http or https URL.</param>
    /// <param name="domain">In lower case, as <c>twitch.tv</c>.</param>
    public static bool IsOf(Uri url, string domain) =>
        url.IsDefaultPort && url.UserInfo.Length == 0
        && (url.Host == domain || url.Host.EndsWith($".{domain}", StringComparison.Ordinal));

    /// <summary>The parts of a URL's path, as they stand there: <c>%2F</c> is no slash.</summary>
    public static string[] Path(Uri url) => url.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
}
