namespace StreamClips.ControlPlane.Liveness;

/// <summary>Whether and where platforms are asked who is live.</summary>
public sealed record LivenessOptions
{
    /// <summary>Nobody is asked: every active streamer has a worker, which waits by itself.</summary>
    public static LivenessOptions Off { get; } = new() { IsOn = false };

    /// <summary>Whether anybody is asked. <c>LIVENESS</c>: on or off.</summary>
    public bool IsOn { get; init; } = true;

    /// <summary>Twitch's GraphQL. <c>TWITCH_GQL_URL</c>.</summary>
    public Uri TwitchGql { get; init; } = new("https://gql.twitch.tv/gql");

    /// <summary>Twitch's public API. <c>TWITCH_HELIX_URL</c>.</summary>
    public Uri TwitchHelix { get; init; } = new("https://api.twitch.tv/helix");

    /// <summary>Where applications get their tokens. <c>TWITCH_AUTH_URL</c>.</summary>
    public Uri TwitchAuth { get; init; } = new("https://id.twitch.tv/oauth2");

    /// <summary>An application's credentials for the public API; null: it is not asked. <c>TWITCH_CLIENT_ID</c>, and <c>TWITCH_CLIENT_SECRET</c> or the file of <c>TWITCH_CLIENT_SECRET_FILE</c>.</summary>
    public ClientCredentials? TwitchClient { get; init; }

    /// <summary>Kick's site. <c>KICK_API_URL</c>.</summary>
    public Uri Kick { get; init; } = new("https://kick.com");

    /// <summary>YouTube's site. <c>YOUTUBE_URL</c>.</summary>
    public Uri YouTube { get; init; } = new("https://www.youtube.com");

    /// <summary>Reads them.</summary>
    /// <param name="text">Looks up a variable; null: it is not set.</param>
    /// <param name="faults">Where every fault goes, without secrets.</param>
    public static LivenessOptions Read(Func<string, string?> text, List<string> faults)
    {
        var standard = new LivenessOptions();
        var word = text("LIVENESS") ?? "on";
        if (word is not ("on" or "off")) faults.Add($"LIVENESS is '{word}': give on, or off where every active streamer shall have a worker, live or not");
        return new()
        {
            IsOn = word != "off",
            TwitchGql = Address("TWITCH_GQL_URL", standard.TwitchGql),
            TwitchHelix = Address("TWITCH_HELIX_URL", standard.TwitchHelix),
            TwitchAuth = Address("TWITCH_AUTH_URL", standard.TwitchAuth),
            TwitchClient = Client(text, faults),
            Kick = Address("KICK_API_URL", standard.Kick),
            YouTube = Address("YOUTUBE_URL", standard.YouTube),
        };

        Uri Address(string name, Uri otherwise)
        {
            if (text(name) is not { } given) return otherwise;
            if (Uri.TryCreate(given, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0) return uri;
            faults.Add($"{name} is '{given}': give an address that begins with http:// or https://");
            return otherwise;
        }
    }

    private static ClientCredentials? Client(Func<string, string?> text, List<string> faults)
    {
        var (id, secret, file) = (text("TWITCH_CLIENT_ID"), text("TWITCH_CLIENT_SECRET"), text("TWITCH_CLIENT_SECRET_FILE"));
        if (secret is not null && file is not null) faults.Add("TWITCH_CLIENT_SECRET and TWITCH_CLIENT_SECRET_FILE are both set: give one");
        else if (file is not null)
        {
            try
            {
                secret = File.ReadAllText(file).Trim();
                if (secret.Length == 0) faults.Add($"TWITCH_CLIENT_SECRET_FILE is '{file}', which is empty: write the application's secret into it");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                faults.Add($"TWITCH_CLIENT_SECRET_FILE is '{file}', which cannot be read: {e.Message}");
                return null;
            }
        }

        if (id is null == secret is null) return id is null ? null : new(id, secret!);
        faults.Add(id is null
            ? "TWITCH_CLIENT_SECRET is set, and TWITCH_CLIENT_ID is not: give both, or neither"
            : "TWITCH_CLIENT_ID is set, and neither TWITCH_CLIENT_SECRET nor TWITCH_CLIENT_SECRET_FILE is: give both, or neither");
        return null;
    }
}
