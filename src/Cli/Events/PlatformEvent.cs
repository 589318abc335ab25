using System.Text.Json;
using System.Text.Json.Nodes;

namespace StreamClips.Cli.Events;

/// <summary>Something that happened, as the control plane tells it on <c>/events</c>.</summary>
/// <param name="Name">What: channel.live, process.started, surge, clip.saved, node.lost, …</param>
/// <param name="At">When.</param>
/// <param name="Fields">The rest, by name.</param>
public sealed record PlatformEvent(string Name, DateTimeOffset At, JsonObject Fields)
{
    /// <summary>Reads one; null where it is not of that form.</summary>
    public static PlatformEvent? TryParse(string name, string json)
    {
        try
        {
            if (JsonNode.Parse(json) is not JsonObject fields) return null;
            if (fields["at"]?.GetValue<DateTimeOffset>() is not { } at) return null;
            fields.Remove("at");
            fields.Remove("event");
            fields.Remove("id");
            return new PlatformEvent(name, at, fields);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>A field as text; empty where it is absent.</summary>
    public string Text(string field) => Fields[field]?.ToString() ?? "";

    /// <summary>A field as a number; null where it is absent or none.</summary>
    public double? Number(string field) => Fields[field] is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;
}
