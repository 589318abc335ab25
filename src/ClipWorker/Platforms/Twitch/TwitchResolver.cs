using System.Text.Json;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms.Twitch;

/// <summary>
/// A Twitch channel: a playback token from GraphQL, a master playlist from the usher for it, and of that the wanted variant.
/// This is what public players do; it needs no account.
/// </summary>
internal sealed class TwitchResolver(string channel, PlatformTools tools) : IResolver
{
    private const int MaxAnswerBytes = 256 << 10;

    // The public web player's own client id, and the hash of its query.
    private const string ClientId = "kimne78kx3ncx6brgo4mv6wki5h1ko";
    private const string TokenQueryHash = "ed230aa1e33e07eebb8928504583da78a5173989fadfb1ac94be06a04f3cdbe9";

    private Uri Gql => tools.Endpoints[TwitchPlatform.Gql];

    /// <inheritdoc/>
    public async Task<Resolution> ResolveAsync(CancellationToken ct)
    {
        var (token, failure) = await TokenAsync(ct);
        if (failure is not null) return failure;
        if (token is null) return await WhyNoTokenAsync(ct);
        return await MasterAsync(token, ct);
    }

    private async Task<(PlaybackToken? Token, Resolution? Failure)> TokenAsync(CancellationToken ct)
    {
        var query = $$$"""
            {"operationName":"PlaybackAccessToken","extensions":{"persistedQuery":{"version":1,"sha256Hash":"{{{TokenQueryHash}}}"}},"variables":{"isLive":true,"login":"{{{channel}}}","isVod":false,"vodID":"","playerType":"embed","platform":"site"} }
            """;
        var (answer, failure) = await AskAsync(query, ct);
        var token = answer?.Data?.StreamPlaybackAccessToken;
        return token is { Value: "" } or { Signature: "" }
            ? (null, new Resolution.Unreachable($"{PlaylistText.ForLogs(Gql)} gave a token without its value or signature"))
            : (token, failure);
    }

    /// <summary>No token: the channel is offline, or there is none of that name.</summary>
    private async Task<Resolution> WhyNoTokenAsync(CancellationToken ct)
    {
        const string Query = """{"query":"query($login:String!){user(login:$login){id login stream{id}}}","variables":{"login":""";
        var (answer, failure) = await AskAsync($"{Query}\"{channel}\"}}}}", ct);
        if (failure is not null) return failure;
        return answer?.Data?.User is null
            ? new Resolution.Wrong($"the channel '{channel}' does not exist on Twitch: check the name")
            : Offline();
    }

    private async Task<(GqlAnswer? Answer, Resolution? Failure)> AskAsync(string query, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Gql)
        {
            Content = new StringContent(query, System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Client-ID", ClientId);
        var answer = await StreamHttp.SendAsync(tools.Http, request, MaxAnswerBytes, tools.Clock, ct);
        var name = PlaylistText.ForLogs(Gql);
        if (Turned(answer.Status)) return (null, new Resolution.Refused($"{name} {answer.Describe()}"));
        if (!answer.Ok) return (null, new Resolution.Unreachable($"{name} {answer.Describe()}"));
        try
        {
            var parsed = JsonSerializer.Deserialize(answer.Body, TwitchJson.Default.GqlAnswer);
            if (parsed?.Errors is { Count: > 0 } errors) return (null, new Resolution.Refused($"{name} refuses: {errors[0]?.Message}"));
            return parsed?.Data is null ? (null, new Resolution.Unreachable($"{name} gave an answer without data")) : (parsed, null);
        }
        catch (JsonException)
        {
            var first = System.Text.Encoding.UTF8.GetString(answer.Body!).Split('\n')[0].Trim();
            return (null, new Resolution.Unreachable($"{name} gave no JSON: its answer begins with {PlaylistText.Quote(first)}"));
        }
    }

    private async Task<Resolution> MasterAsync(PlaybackToken token, CancellationToken ct)
    {
        var address = new Uri(tools.Endpoints[TwitchPlatform.Usher], $"/api/v2/channel/hls/{channel}.m3u8?platform=web&p={tools.Random.Next(1_000_000)}&allow_source=true&allow_audio_only=true"
            + $"&playlist_include_framerate=true&supported_codecs=h264&sig={Uri.EscapeDataString(token.Signature)}&token={Uri.EscapeDataString(token.Value)}&fast_bread=true");
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Referrer = new Uri("https://player.twitch.tv");
        request.Headers.Add("Origin", "https://player.twitch.tv");
        var answer = await StreamHttp.SendAsync(tools.Http, request, PlaylistText.MaxBytes, tools.Clock, ct);
        if (answer.Status == 404) return Offline();
        var name = PlaylistText.ForLogs(address);
        if (Turned(answer.Status)) return new Resolution.Refused($"{name} {answer.Describe()}{UsherError(answer.Body)}");
        if (!answer.Ok) return new Resolution.Unreachable($"{name} {answer.Describe()}{UsherError(answer.Body)}");
        return WantedQuality.Of(answer, name, tools.Quality);
    }

    /// <summary>Whether Twitch turns us away rather than being out of order: another program may get through.</summary>
    private static bool Turned(int? status) => status is 401 or 403 or 429;

    private Resolution.Offline Offline() => new($"the channel '{channel}' is offline");

    private static string UsherError(byte[]? body)
    {
        try
        {
            var errors = body is null ? null : JsonSerializer.Deserialize(body, TwitchJson.Default.ListUsherError);
            return errors is [{ Error.Length: > 0 } first, ..] ? $": {first.Error}" : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
