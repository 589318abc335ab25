using System.Net;
using System.Text.Json;

namespace StreamClips.ControlPlane.Liveness;

/// <summary>An application's credentials.</summary>
/// <param name="Id">Its public id.</param>
/// <param name="Secret">Its secret.</param>
public sealed record ClientCredentials(string Id, string Secret)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{Id} (secret hidden)";
}

/// <summary>
/// Twitch's public API: <c>GET /helix/streams</c>, a hundred channels a call, with an app access token that is got by client credentials
/// (RFC 6749 section 4.4) and renewed when it is refused. It tells who is live; who is not named is not, or does not exist.
/// </summary>
public sealed class TwitchHelix(StatusHttp http, Uri api, Uri auth, ClientCredentials credentials, TimeProvider clock) : IStatusSource, IDisposable
{
    private const int MostBytes = 1 << 20;
    private const int MostTokenBytes = 64 << 10;
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(5);

    // One at a time: a burst of calls without a token asks for one.
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private Token? _token;

    /// <inheritdoc/>
    public string Platform => PlatformName.Twitch;

    /// <summary>As the API's reference says of user_login.</summary>
    public int MostChannels => 100;

    /// <summary>800 points a minute are an application's; half of them are left to others that use it.</summary>
    public double CallsPerS => 6;

    /// <inheritdoc/>
    public int MostAtOnce => 4;

    /// <inheritdoc/>
    public async Task<StatusAnswer> AskAsync(IReadOnlyList<string> channels, CancellationToken cancellation)
    {
        var reply = new StatusReply(null, [], null, null);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var (token, refusal) = await TokenAsync(cancellation);
            if (token is null) return refusal!;
            // Without first, it names 20 of them.
            var query = $"first={MostChannels}&{string.Join('&', channels.Select(c => $"user_login={Uri.EscapeDataString(c)}"))}";
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{api.AbsoluteUri.TrimEnd('/')}/streams?{query}"));
            request.Headers.Authorization = new("Bearer", token.Text);
            request.Headers.Add("Client-Id", credentials.Id);
            reply = await http.SendAsync(request, MostBytes, cancellation);
            if (reply.Status != HttpStatusCode.Unauthorized) break;
            // It was revoked, or ended early: another one, once.
            Interlocked.CompareExchange(ref _token, null, token);
        }

        return reply.Fault is null ? Read(reply, channels) : reply.ToFailure();
    }

    /// <inheritdoc/>
    public void Dispose() => _renewing.Dispose();

    private static StatusAnswer Read(StatusReply reply, IReadOnlyList<string> channels)
    {
        using var json = reply.Json();
        if (json?.RootElement is not { ValueKind: JsonValueKind.Object } root || !root.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array)
            return StatusAnswer.Failed("Twitch's API does not answer as its reference says");
        var live = data.EnumerateArray().Where(s => Text(s, "type") is "live").Select(s => Text(s, "user_login")).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        return new(channels.ToDictionary(c => c, c => new ChannelAnswer(live.Contains(c)), StringComparer.Ordinal));
    }

    private async Task<(Token? Token, StatusAnswer? Refusal)> TokenAsync(CancellationToken cancellation)
    {
        if (Volatile.Read(ref _token) is { } known && known.Until > clock.GetUtcNow()) return (known, null);
        await _renewing.WaitAsync(cancellation);
        try
        {
            if (_token is { } renewed && renewed.Until > clock.GetUtcNow()) return (renewed, null);
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{auth.AbsoluteUri.TrimEnd('/')}/token"))
            {
                // In the body, never in the address, which others write down.
                Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["client_id"] = credentials.Id, ["client_secret"] = credentials.Secret, ["grant_type"] = "client_credentials" }),
            };
            var reply = await http.SendAsync(request, MostTokenBytes, cancellation);
            if (reply.Status is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                return (null, StatusAnswer.Failed($"Twitch refuses the application '{credentials.Id}' ({(int)reply.Status}): check TWITCH_CLIENT_ID and TWITCH_CLIENT_SECRET"));
            if (reply.Fault is not null) return (null, reply.ToFailure());
            using var json = reply.Json();
            if (json?.RootElement is not { ValueKind: JsonValueKind.Object } root || Text(root, "access_token") is not { Length: > 0 } text)
                return (null, StatusAnswer.Failed("Twitch gave no access token"));
            var seconds = root.TryGetProperty("expires_in", out var life) && life.TryGetInt64(out var s) ? Math.Clamp(s, 60, 10_000_000) : 3600;
            _token = new(text, clock.GetUtcNow() + TimeSpan.FromSeconds(seconds) - (seconds > 900 ? Early : TimeSpan.Zero));
            return (_token, null);
        }
        finally
        {
            _renewing.Release();
        }
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed record Token(string Text, DateTimeOffset Until);
}
