using System.Text.Json;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Chat;
using StreamClips.LiveSite.Kick;

namespace StreamClips.LiveSite.Control;

/// <summary>The control endpoint: makes moments and faults, and tells the state. See README.md beside the project for every field.</summary>
public static class ControlEndpoints
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Maps the paths.</summary>
    /// <param name="app">The site.</param>
    public static void MapControl(this IEndpointRouteBuilder app)
    {
        app.MapGet("/control", (ChannelDirectory channels, ChatRooms rooms, Traffic traffic, TimeProvider time) =>
            Results.Json(ControlState.Describe(channels, rooms, traffic, time), Json));
        app.MapPost("/control/channels/{name}/surge", SurgeAsync);
        app.MapPost("/control/channels/{name}/online", (string name, ChannelDirectory channels) => Change(channels, name, c => c.GoOnline()));
        app.MapPost("/control/channels/{name}/offline", (string name, ChannelDirectory channels) => Change(channels, name, c => c.GoOffline()));
        app.MapPost("/control/channels/{name}/faults", AddFaultAsync);
        app.MapDelete("/control/channels/{name}/faults", (string name, ChannelDirectory channels) => Change(channels, name, c => c.Faults.Clear()));
    }

    private static async Task<IResult> SurgeAsync(string name, HttpRequest request, ChannelDirectory channels)
    {
        if (channels.Find(name) is not { } channel) return UnknownChannel(name, channels);
        var (fields, problem) = await ReadAsync(request);
        if (fields is null) return problem!;
        var multiplier = fields.Number("multiplier", 1.1, 100, 8)!.Value;
        var duration = fields.Number("duration", 1, 600, 25)!.Value;
        if (fields.Faults() is { Count: > 0 } faults) return Results.ValidationProblem(faults);
        var surge = channel.StartSurge(multiplier, duration);
        return Results.Json(new
        {
            moment = DateTimeOffset.FromUnixTimeMilliseconds(surge.MomentMs).UtcDateTime,
            surge.MomentMs,
            surge.Multiplier,
            duration = surge.DurationSeconds,
        }, Json);
    }

    private static async Task<IResult> AddFaultAsync(string name, HttpRequest request, ChannelDirectory channels, ChatRooms rooms, KickChat kick, TimeProvider time)
    {
        if (channels.Find(name) is not { } channel) return UnknownChannel(name, channels);
        var (fields, problem) = await ReadAsync(request);
        if (fields is null) return problem!;
        var wanted = FaultRequest.Read(fields, time.GetUtcNow());
        if (fields.Faults() is { Count: > 0 } faults || wanted is null) return Results.ValidationProblem(fields.Faults());
        if (wanted.Fault is { } fault)
        {
            channel.Faults.Add(fault);
            return Results.Json(fault, Json);
        }
        var happened = HappenOnce(wanted, channel, rooms, kick, time);

        // Signed names tell when they were made to a millisecond: what is made after the answer must be younger than what expired.
        await Task.Delay(TimeSpan.FromMilliseconds(2), time);
        return Results.Json(happened, Json);
    }

    private static object HappenOnce(FaultRequest wanted, Channel channel, ChatRooms rooms, KickChat kick, TimeProvider time)
    {
        switch (wanted.Kind)
        {
            case "ads":
                return channel.StartAds(TimeSpan.FromSeconds(wanted.DurationSeconds));
            case "discontinuity":
                channel.RequestEncoderRestart();
                break;
            case "sequence_reset":
                channel.RequestRenumbering();
                break;
            case "resize":
                channel.RequestResize();
                break;
            case "timestamp_wrap":
                channel.RequestEncoderRestart(wanted.DurationSeconds);
                break;
            case "expire":
                channel.ExpirePlaylists();
                break;
            case "encoder_crash":
                channel.RequestEncoderKill();
                break;
            default:
                ChatEvents.Happen(wanted.Kind, wanted.Text, channel, rooms, time.GetUtcNow());
                kick.Happen(wanted.Kind, wanted.Text, channel);
                if (wanted.Kind is "chat_clear" or "chat_delete")
                    channel.Moderation.Add(new ModerationAct(time.GetUtcNow().ToUnixTimeMilliseconds(), wanted.Kind, wanted.Text));
                break;
        }
        return new { kind = wanted.Kind };
    }

    private static IResult Change(ChannelDirectory channels, string name, Action<Channel> change)
    {
        if (channels.Find(name) is not { } channel) return UnknownChannel(name, channels);
        change(channel);
        return Results.Json(new { channel = name, live = channel.Live is not null }, Json);
    }

    internal static IResult UnknownChannel(string name, ChannelDirectory channels) =>
        Results.Problem($"There is no channel \"{name}\"; there are: {string.Join(", ", channels.All.Select(c => c.Name))}.", statusCode: 404, title: "Unknown channel");

    internal static async Task<(FieldReader? Fields, IResult? Problem)> ReadAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
        try
        {
            using var document = JsonDocument.Parse(string.IsNullOrWhiteSpace(text) ? "{}" : text);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return (new FieldReader(document.RootElement.Clone()), null);
            return (null, Results.Problem("The body has to be a JSON object.", statusCode: 400, title: "Malformed body"));
        }
        catch (JsonException fault)
        {
            return (null, Results.Problem($"The body is not valid JSON: {fault.Message}", statusCode: 400, title: "Malformed body"));
        }
    }
}
