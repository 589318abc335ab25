using System.Globalization;
using System.Text.Json;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Control;
using StreamClips.LiveSite.Faults;

namespace StreamClips.LiveSite.Twitch;

/// <summary>The public API as far as who is live: <c>POST /oauth2/token</c> and <c>GET /helix/streams</c>, as strict as the platform's.</summary>
public static class HelixEndpoints
{
    /// <summary>Channels that a request may name.</summary>
    public const int MostLogins = 100;

    private const int UsualFirst = 20;

    /// <summary>Maps the paths.</summary>
    /// <param name="app">The site.</param>
    public static void MapHelix(this IEndpointRouteBuilder app)
    {
        app.MapPost("/oauth2/token", SendTokenAsync);
        app.MapGet("/helix/streams", SendStreamsAsync);
        app.MapPost("/control/helix", ControlAsync);
    }

    private static async Task SendTokenAsync(HttpContext context, HelixState state, Responder responder)
    {
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : null;
        string Field(string name) => form?[name].ToString() is { Length: > 0 } sent ? sent : context.Request.Query[name].ToString();
        if (Field("client_id") is not { Length: > 0 } id) await RefuseAsync(context, responder, 400, "missing client id");
        else if (id != HelixState.ClientId) await RefuseAsync(context, responder, 400, "invalid client");
        else if (Field("grant_type") != "client_credentials") await RefuseAsync(context, responder, 400, "invalid grant type");
        else if (Field("client_secret") != HelixState.ClientSecret) await RefuseAsync(context, responder, 403, "invalid client secret");
        else
        {
            var (token, seconds) = state.Issue();
            await SendAsync(context, responder, null, 200, new { access_token = token, expires_in = seconds, token_type = "bearer" });
        }
    }

    private static async Task SendStreamsAsync(HttpContext context, HelixState state, ChannelDirectory channels, Responder responder)
    {
        var request = context.Request;
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.Length == 0)
        {
            await RefuseAsync(context, responder, 401, "OAuth token is missing");
            return;
        }

        if (!authorization.StartsWith("Bearer ", StringComparison.Ordinal) || !state.Knows(authorization["Bearer ".Length..]))
        {
            await RefuseAsync(context, responder, 401, "Invalid OAuth token");
            return;
        }

        if (request.Headers["Client-Id"].ToString() != HelixState.ClientId)
        {
            await RefuseAsync(context, responder, 401, "Client ID and OAuth token do not match");
            return;
        }

        var (allowed, left, fullAt) = state.Take();
        context.Response.Headers["Ratelimit-Limit"] = state.Limit.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["Ratelimit-Remaining"] = left.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["Ratelimit-Reset"] = fullAt.ToString(CultureInfo.InvariantCulture);
        if (allowed) await AnswerAsync(context, state, channels, responder);
        else await SendAsync(context, responder, null, 429, new { error = "Too Many Requests", status = 429, message = "rate limit exceeded" });
    }

    private static async Task AnswerAsync(HttpContext context, HelixState state, ChannelDirectory channels, Responder responder)
    {
        var logins = context.Request.Query["user_login"].ToArray();
        var first = UsualFirst;
        if (logins.Length > MostLogins)
        {
            await RefuseAsync(context, responder, 400, "The number of user_login query parameters exceeds 100");
            return;
        }

        if (context.Request.Query["first"].ToString() is { Length: > 0 } text && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out first) || first is < 1 or > 100))
        {
            await RefuseAsync(context, responder, 400, "The parameter \"first\" was malformed: the value must be between 1 and 100");
            return;
        }

        if (Array.Find(logins, l => l is null || !l.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') || l.Length is 0 or > 25) is { } bad)
        {
            await RefuseAsync(context, responder, 400, $"Malformed query params: user_login {bad}");
            return;
        }

        var named = logins.Select(l => channels.Find(l!.ToLowerInvariant())).OfType<Channel>().Distinct().ToList();
        var live = state.Lies ? [] : named.Where(c => c.Live is not null).Take(first).Select(Describe).ToList();
        await SendAsync(context, responder, named.Find(c => c.Live is not null) ?? named.FirstOrDefault(), 200, new { data = live, pagination = new { } });
    }

    private static object Describe(Channel channel) => new
    {
        id = $"{40_000_000_000 + channel.Live!.Id}",
        user_id = channel.UserId,
        user_login = channel.Name,
        user_name = channel.Name,
        game_id = "509658",
        game_name = "Just Chatting",
        type = "live",
        title = $"{channel.Name} live from the simulator",
        viewer_count = 1000 + ChannelNames.Hash(channel.Name) % 9000,
        started_at = channel.Live.StartedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        language = "en",
        is_mature = false,
    };

    private static async Task<IResult> ControlAsync(HttpRequest request, HelixState state)
    {
        var (fields, problem) = await ControlEndpoints.ReadAsync(request);
        if (fields is null) return problem!;
        var limit = (int)fields.Number("limit", 0, 100_000, HelixState.UsualLimit)!.Value;
        var revokes = fields.Word("tokens", ["keep", "revoke"], required: false) == "revoke";
        var lies = fields.Word("answers", ["true", "empty"], required: false) == "empty";
        if (fields.Faults() is { Count: > 0 } faults) return Results.ValidationProblem(faults);
        state.Set(limit, revokes, lies);
        return Results.Json(new { limit, client_id = HelixState.ClientId, client_secret = HelixState.ClientSecret });
    }

    private static Task RefuseAsync(HttpContext context, Responder responder, int status, string message) => SendAsync(context, responder, null, status, new { status, message });

    private static Task SendAsync(HttpContext context, Responder responder, Channel? channel, int status, object body) =>
        responder.SendAsync(context, channel, FaultTarget.Gql, status, "application/json", JsonSerializer.Serialize(body));
}
