using StreamClips.LiveSite.Faults;

namespace StreamClips.LiveSite.Control;

/// <summary>What a request for a fault asks for: a fault in force for a time or a number of requests, or something that happens once.</summary>
/// <param name="Kind">The word of the request.</param>
/// <param name="Fault">The fault; null: something that happens once.</param>
/// <param name="DurationSeconds">For advertisements: their length.</param>
/// <param name="Text">For chat events: the user or text that it is about.</param>
public sealed record FaultRequest(string Kind, Fault? Fault, double DurationSeconds, string Text)
{
    /// <summary>The kinds of faults, as requests name them.</summary>
    public static readonly IReadOnlyList<string> Kinds =
    [
        "stall", "status", "drop", "slow", "bad_playlist", "skew", "ads", "discontinuity", "encoder_crash",
        "redirect", "lost_quality", "sequence_reset", "resize", "timestamp_wrap", "expire",
        "chat_silence", "chat_refuse", "chat_disconnect", "chat_reconnect", "chat_clear", "chat_delete", "chat_notice",
    ];

    private static readonly string[] Once =
        ["ads", "discontinuity", "encoder_crash", "sequence_reset", "resize", "timestamp_wrap", "expire", "chat_disconnect", "chat_reconnect", "chat_clear", "chat_delete", "chat_notice"];

    private static readonly Dictionary<string, FaultTarget> Targets = new()
    {
        ["gql"] = FaultTarget.Gql, ["usher"] = FaultTarget.Usher, ["playlist"] = FaultTarget.Playlist, ["segment"] = FaultTarget.Segment, ["key"] = FaultTarget.Key,
        ["kick"] = FaultTarget.Kick, ["youtube"] = FaultTarget.YouTube, ["live_chat"] = FaultTarget.Chat,
        ["all"] = FaultTarget.Gql | FaultTarget.Usher | FaultTarget.Playlist | FaultTarget.Segment | FaultTarget.Kick | FaultTarget.YouTube,
    };

    /// <summary>Reads a request.</summary>
    /// <param name="fields">Its fields; gathers their faults.</param>
    /// <param name="now">The time.</param>
    public static FaultRequest? Read(FieldReader fields, DateTimeOffset now)
    {
        var kind = fields.Word("kind", Kinds);
        if (kind is null) return null;
        var duration = fields.Number("duration", 0.1, 3600, kind is "ads" or "timestamp_wrap" ? 10 : null);
        if (Once.Contains(kind)) return new FaultRequest(kind, null, duration ?? 0, fields.Text("text", "hello from the simulator"));
        var count = fields.Number("count", 1, 1_000_000);
        if (count is not null && (kind is "stall" or "skew" or "lost_quality" or "chat_silence")) fields.Fault("count", "has no meaning here; give a duration.");
        var (target, number, shape) = ReadDetails(kind, fields);
        var until = duration is { } seconds ? now + TimeSpan.FromSeconds(seconds) : (DateTimeOffset?)null;
        return new FaultRequest(kind, new Fault(KindOf(kind), target, until, (int?)count, (long)number, shape), duration ?? 0, "");
    }

    private static (FaultTarget Target, double Number, string? Shape) ReadDetails(string kind, FieldReader fields)
    {
        switch (kind)
        {
            case "status":
                return (Target(fields, [.. Targets.Keys]), fields.Number("status", 400, 599, 503)!.Value, null);
            case "drop":
                return (Target(fields, [.. Targets.Keys]), fields.Number("after_bytes", 0, int.MaxValue, 0)!.Value, null);
            case "slow":
                return (Target(fields, [.. Targets.Keys]), fields.Number("bytes_per_second", 10, 1e9, 1000)!.Value, null);
            case "redirect":
                return (Target(fields, ["usher", "playlist", "segment", "key"]), 0, null);
            case "bad_playlist":
                return (Target(fields, ["usher", "playlist"]), 0, fields.Word("shape", BadPlaylists.Shapes));
            case "skew":
                var of = fields.Word("of", ["video", "chat", "both"], required: false) ?? "both";
                var target = of switch { "video" => FaultTarget.Playlist, "chat" => FaultTarget.Chat, _ => FaultTarget.Playlist | FaultTarget.Chat };
                return (target, fields.Number("milliseconds", -86_400_000, 86_400_000, 5_000)!.Value, null);
            default:
                return (kind switch { "stall" => FaultTarget.Playlist, "lost_quality" => FaultTarget.Usher, _ => FaultTarget.Chat }, 0, null);
        }
    }

    private static FaultTarget Target(FieldReader fields, IReadOnlyList<string> possible) =>
        fields.Word("target", possible) is { } word ? Targets[word] : FaultTarget.None;

    private static FaultKind KindOf(string kind) => kind switch
    {
        "stall" => FaultKind.Stall,
        "status" => FaultKind.Status,
        "drop" => FaultKind.Drop,
        "slow" => FaultKind.Slow,
        "bad_playlist" => FaultKind.BadPlaylist,
        "redirect" => FaultKind.Redirect,
        "lost_quality" => FaultKind.LostQuality,
        "skew" => FaultKind.Skew,
        "chat_refuse" => FaultKind.ChatRefuse,
        _ => FaultKind.ChatSilence,
    };
}
