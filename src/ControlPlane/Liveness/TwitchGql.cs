using System.Text.Json;

namespace StreamClips.ControlPlane.Liveness;

/// <summary>Twitch as its own pages ask it: GraphQL, without credentials. Several operations a request.</summary>
public sealed class TwitchGql(StatusHttp http, Uri address) : IStatusSource
{
    // What the player on the pages sends; public, the same for everybody.
    private const string ClientId = "kimne78kx3ncx6brgo4mv6wki5h1ko";
    private const string Query = "query($login:String!){user(login:$login){stream{id type}}}";
    private const int MostBytes = 1 << 20;

    /// <inheritdoc/>
    public string Platform => PlatformName.Twitch;

    /// <summary>Operations that one request may hold.</summary>
    public int MostChannels => 35;

    /// <inheritdoc/>
    public double CallsPerS => 2;

    /// <inheritdoc/>
    public int MostAtOnce => 2;

    /// <inheritdoc/>
    public async Task<StatusAnswer> AskAsync(IReadOnlyList<string> channels, CancellationToken cancellation)
    {
        var operations = channels.Select(login => new { query = Query, variables = new { login } });
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(operations)) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("Client-ID", ClientId);
        var reply = await http.SendAsync(request, MostBytes, cancellation);
        if (reply.Fault is not null) return reply.ToFailure();
        using var json = reply.Json();
        if (json?.RootElement is not { ValueKind: JsonValueKind.Array } answers || answers.GetArrayLength() != channels.Count)
            return StatusAnswer.Failed("Twitch's GraphQL does not answer as it used to");
        var known = new Dictionary<string, ChannelAnswer>(StringComparer.Ordinal);
        foreach (var (login, answer) in channels.Zip(answers.EnumerateArray()))
            if (Read(login, answer) is { } found) known[login] = found;
        return known.Count > 0 ? new(known) : StatusAnswer.Failed("Twitch's GraphQL answers with errors alone: it may want an integrity check; give TWITCH_CLIENT_ID and TWITCH_CLIENT_SECRET");
    }

    /// <returns>Null where the answer is an error or none that we know.</returns>
    private static ChannelAnswer? Read(string login, JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object || answer.TryGetProperty("errors", out _)) return null;
        if (!answer.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object || !data.TryGetProperty("user", out var user)) return null;
        if (user.ValueKind == JsonValueKind.Null) return ChannelAnswer.Missing("Twitch", login);
        if (user.ValueKind != JsonValueKind.Object || !user.TryGetProperty("stream", out var stream)) return null;
        // A rerun is told with another type.
        return new(stream.ValueKind == JsonValueKind.Object && (!stream.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String || type.GetString() == "live"));
    }
}
