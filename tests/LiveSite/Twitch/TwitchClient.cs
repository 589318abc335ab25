using System.Text.Json;
using StreamClips.LiveSite.Twitch;
using static StreamClips.LiveSite.Tests.LiveSiteFixture;

namespace StreamClips.LiveSite.Tests.Twitch;

/// <summary>Asks as the platform's player does.</summary>
internal static class TwitchClient
{
    public static object TokenQuery(string login) => new
    {
        operationName = "PlaybackAccessToken",
        extensions = new { persistedQuery = new { version = 1, sha256Hash = GqlEndpoint.PlaybackAccessTokenHash } },
        variables = new { isLive = true, login, isVod = false, vodID = "", playerType = "embed", platform = "site" },
    };

    public static async Task<(int Status, JsonElement Body)> GqlAsync(object body, string? clientId = GqlEndpoint.ClientId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/gql", UriKind.Relative));
        request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body));
        if (clientId is not null) request.Headers.Add("Client-ID", clientId);
        using var response = await Http.SendAsync(request);
        return ((int)response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.Clone());
    }

    public static async Task<(string Value, string Signature)> TokenAsync(string login)
    {
        var (_, body) = await GqlAsync(TokenQuery(login));
        var token = body.GetProperty("data").GetProperty("streamPlaybackAccessToken");
        return (token.GetProperty("value").GetString()!, token.GetProperty("signature").GetString()!);
    }

    public static async Task<(int Status, string Body)> UsherAsync(string login, string? token, string? signature)
    {
        var query = "platform=web&p=1&allow_source=true&allow_audio_only=true&playlist_include_framerate=true&supported_codecs=h264&fast_bread=true"
            + (token is null ? "" : $"&token={Uri.EscapeDataString(token)}") + (signature is null ? "" : $"&sig={signature}");
        return await GetAsync(new Uri($"/api/v2/channel/hls/{login}.m3u8?{query}", UriKind.Relative));
    }

    /// <summary>The signed address of the source's media playlist, as it is given out now.</summary>
    public static async Task<Uri> MediaAddressAsync(string login)
    {
        var (token, signature) = await TokenAsync(login);
        var (_, master) = await UsherAsync(login, token, signature);
        return new(master.Split('\n').First(l => l.StartsWith("http", StringComparison.Ordinal)));
    }

    public static async Task<(int Status, string Body)> GetAsync(Uri address)
    {
        using var response = await Http.GetAsync(address);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
