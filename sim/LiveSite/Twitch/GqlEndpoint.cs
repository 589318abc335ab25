using System.Text.Json;
using System.Text.RegularExpressions;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Faults;

namespace StreamClips.LiveSite.Twitch;

/// <summary>The GQL endpoint as far as watchers need it: the persisted query PlaybackAccessToken, and the live status by
/// <c>user(login:)</c>. One operation or a batch of at most <see cref="MaxBatch"/>. As strict as the platform's.</summary>
public static partial class GqlEndpoint
{
    /// <summary>The client id that the platform's own player sends; no other is taken.</summary>
    public const string ClientId = "kimne78kx3ncx6brgo4mv6wki5h1ko";

    /// <summary>The hash of the only persisted query.</summary>
    public const string PlaybackAccessTokenHash = "ed230aa1e33e07eebb8928504583da78a5173989fadfb1ac94be06a04f3cdbe9";

    /// <summary>Operations a request may hold.</summary>
    public const int MaxBatch = 35;

    private const int MaxBodyBytes = 256 * 1024;

    /// <summary>Maps the path.</summary>
    /// <param name="app">The site.</param>
    public static void MapGql(this IEndpointRouteBuilder app) => app.MapPost("/gql", AnswerAsync);

    private static async Task AnswerAsync(HttpContext context, ChannelDirectory channels, PlaybackTokens tokens, Responder responder, TimeProvider time)
    {
        var clientId = context.Request.Headers["Client-ID"].ToString();
        if (clientId != ClientId)
        {
            var fault = clientId.Length == 0 ? "missing from the request" : "invalid";
            await SendAsync(context, responder, null, 400, Refusal($"The \"Client-ID\" header is {fault}."));
            return;
        }
        if (await ReadAsync(context.Request) is not { } document)
        {
            await SendAsync(context, responder, null, 400, Refusal("The body is not valid JSON."));
            return;
        }
        using (document)
        {
            var root = document.RootElement;
            var isBatch = root.ValueKind == JsonValueKind.Array;
            List<JsonElement> operations = isBatch ? [.. root.EnumerateArray()] : [root];
            if (operations.Count is 0 or > MaxBatch || operations.Exists(o => o.ValueKind != JsonValueKind.Object))
            {
                await SendAsync(context, responder, null, 400, Refusal($"The body has to be an operation or an array of 1 to {MaxBatch} of them."));
                return;
            }
            var asked = new List<Channel>();
            var answers = operations.ConvertAll(o => Answer(o, channels, tokens, asked));
            var struck = asked.Find(c => c.Faults.All(time.GetUtcNow()).Any(f => f.Target.HasFlag(FaultTarget.Gql))) ?? asked.FirstOrDefault();
            await SendAsync(context, responder, struck, 200, isBatch ? answers : answers[0]);
        }
    }

    private static object Answer(JsonElement operation, ChannelDirectory channels, PlaybackTokens tokens, List<Channel> asked)
    {
        var name = Text(operation, "operationName");
        var variables = operation.TryGetProperty("variables", out var v) && v.ValueKind == JsonValueKind.Object ? v : default;
        if (Text(operation, "query") is { } query) return AnswerUsers(query, variables, channels, asked);
        if (name != "PlaybackAccessToken" || PersistedHash(operation) != PlaybackAccessTokenHash) return Errors("PersistedQueryNotFound");
        if (Text(variables, "login") is not { Length: > 0 } login) return Errors("Variable \"login\" has to be a string.");

        var channel = channels.Find(login);
        if (channel is not null) asked.Add(channel);
        if (channel?.Live is null) return new { data = new { streamPlaybackAccessToken = (object?)null }, extensions = Extensions(name) };
        var (value, signature) = tokens.Issue(channel);
        var token = new { value, signature, authorization = new { isForbidden = false, forbiddenReasonCode = "NONE" }, __typename = "PlaybackAccessToken" };
        return new { data = new { streamPlaybackAccessToken = token }, extensions = Extensions(name) };
    }

    /// <summary>Answers every <c>user(login: …)</c> of a query, with its alias, by all fields that we know; unknown names are null.</summary>
    private static object AnswerUsers(string query, JsonElement variables, ChannelDirectory channels, List<Channel> asked)
    {
        var data = new Dictionary<string, object?>();
        foreach (Match match in UserField().Matches(query))
        {
            var login = match.Groups["literal"].Success ? match.Groups["literal"].Value : Text(variables, match.Groups["variable"].Value);
            var alias = match.Groups["alias"].Success ? match.Groups["alias"].Value : "user";
            var channel = channels.Find(login);
            if (channel is not null) asked.Add(channel);
            data[alias] = channel is null ? null : Describe(channel);
        }
        return data.Count == 0 ? Errors("Only user(login:) can be queried.") : new { data, extensions = Extensions("") };
    }

    private static object Describe(Channel channel) => new
    {
        id = channel.UserId,
        login = channel.Name,
        displayName = channel.Name,
        stream = channel.Live is not { } live ? null : new
        {
            id = $"{40_000_000_000 + live.Id}",
            title = $"{channel.Name} live from the simulator",
            type = "live",
            game = new { id = "509658", name = "Just Chatting" },
            viewersCount = 1000 + ChannelNames.Hash(channel.Name) % 9000,
            createdAt = live.StartedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"),
        },
    };

    private static async Task<JsonDocument?> ReadAsync(HttpRequest request)
    {
        try
        {
            if (request.ContentLength > MaxBodyBytes) return null;
            return await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Task SendAsync(HttpContext context, Responder responder, Channel? channel, int status, object body) =>
        responder.SendAsync(context, channel, FaultTarget.Gql, status, "application/json", JsonSerializer.Serialize(body));

    private static string? PersistedHash(JsonElement operation) =>
        operation.TryGetProperty("extensions", out var extensions) && extensions.ValueKind == JsonValueKind.Object
        && extensions.TryGetProperty("persistedQuery", out var persisted) ? Text(persisted, "sha256Hash") : null;

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;

    private static object Refusal(string message) => new { error = "Bad Request", status = 400, message };

    private static object Errors(string message) => new { errors = new[] { new { message } }, extensions = Extensions("") };

    private static object Extensions(string operationName) => new { durationMilliseconds = 1, operationName, requestID = "SIMULATED" };

    [GeneratedRegex("""(?:(?<alias>\w+)\s*:\s*)?\buser\s*\(\s*login\s*:\s*(?:"(?<literal>[^"]*)"|\$(?<variable>\w+))""", RegexOptions.None, 1000)]
    private static partial Regex UserField();
}
