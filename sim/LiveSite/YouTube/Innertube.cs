using System.Text.Json;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Faults;

namespace StreamClips.LiveSite.YouTube;

/// <summary>What all requests of the inner API have in common: JSON in a POST, a key, a context. As strict as the platform's.</summary>
public static class Innertube
{
    private const int MaxBodyBytes = 64 << 10;

    /// <summary>Reads a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="field">The text field that it must have.</param>
    /// <returns>The field's value, or what is answered instead: status, reason and words as Google's APIs have them.</returns>
    public static async Task<(string? Value, (int Status, string Code, string Message)? Refusal)> ReadAsync(HttpContext context, string field)
    {
        var request = context.Request;
        if (request.Query["key"] != YouTubeNames.ApiKey)
            return (null, (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."));
        if (request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true || request.ContentLength > MaxBodyBytes) return (null, Invalid);
        try
        {
            using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: context.RequestAborted);
            var named = Text(body.RootElement, "context", "client", "clientName") is { Length: > 0 } && Text(body.RootElement, "context", "client", "clientVersion") is { Length: > 0 };
            return named && Text(body.RootElement, field) is { Length: > 0 } value ? (value, null) : (null, Invalid);
        }
        catch (JsonException)
        {
            return (null, (400, "INVALID_ARGUMENT", "Invalid JSON payload received."));
        }
    }

    /// <summary>What is wrong with a request whose fields are wrong; the platform does not say which.</summary>
    public static (int Status, string Code, string Message) Invalid => (400, "INVALID_ARGUMENT", "Request contains an invalid argument.");

    /// <summary>Sends an answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="channel">Whose faults strike.</param>
    /// <param name="target">What was asked for.</param>
    /// <param name="body">The answer.</param>
    public static Task SendAsync(HttpContext context, Channel? channel, FaultTarget target, object body) => SendAsync(context, channel, target, 200, body);

    /// <summary>Refuses.</summary>
    /// <param name="context">The request.</param>
    /// <param name="channel">Whose faults strike.</param>
    /// <param name="target">What was asked for.</param>
    /// <param name="refusal">Why.</param>
    public static Task RefuseAsync(HttpContext context, Channel? channel, FaultTarget target, (int Status, string Code, string Message) refusal) =>
        SendAsync(context, channel, target, refusal.Status, new { error = new { code = refusal.Status, message = refusal.Message, status = refusal.Code } });

    private static Task SendAsync(HttpContext context, Channel? channel, FaultTarget target, int status, object body) =>
        context.RequestServices.GetRequiredService<Responder>().SendAsync(context, channel, target, status, "application/json; charset=UTF-8", JsonSerializer.Serialize(body));

    private static string? Text(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element)) return null;
        return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }
}
