namespace StreamClips.ClipWorker.Platforms;

/// <summary>Where Twitch is. The real addresses, unless the environment names others.</summary>
/// <param name="Gql">GraphQL: tokens and live status (TWITCH_GQL_URL).</param>
/// <param name="Usher">Master playlists (TWITCH_USHER_URL).</param>
/// <param name="Chat">The chat: ws, wss, irc or ircs (TWITCH_CHAT_URL).</param>
internal sealed record TwitchEndpoints(Uri Gql, Uri Usher, Uri Chat)
{
    /// <summary>Reads the environment.</summary>
    /// <param name="variable">Gives a variable's value, or null.</param>
    /// <param name="faults">Where what is wrong is put, with the name of the variable.</param>
    public static TwitchEndpoints Read(Func<string, string?> variable, ICollection<string> faults)
    {
        return new(
            Address("TWITCH_GQL_URL", "https://gql.twitch.tv/gql", "http", "https"),
            Address("TWITCH_USHER_URL", "https://usher.ttvnw.net", "http", "https"),
            Address("TWITCH_CHAT_URL", "wss://irc-ws.chat.twitch.tv:443", "ws", "wss", "irc", "ircs"));

        Uri Address(string name, string standard, params string[] schemes)
        {
            var value = variable(name) is { Length: > 0 } given ? given : standard;
            if (Uri.TryCreate(value, UriKind.Absolute, out var uri) && schemes.Contains(uri.Scheme)) return uri;
            faults.Add($"{name} is '{value}': give an address that begins with {string.Join(" or ", schemes.Select(s => s + "://"))}");
            return new Uri(standard);
        }
    }
}
