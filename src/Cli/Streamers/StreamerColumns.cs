using System.Text.Json.Nodes;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Streamers;

/// <summary>How streamers look.</summary>
public static class StreamerColumns
{
    /// <summary>In a list.</summary>
    public static Column[] List { get; } =
    [
        new("Streamer", s => s.Text("name")), new("State", State) { Tone = ToneOf }, new("Node", s => s.Text("process", "node")) { Rank = 1 },
        new("Address", s => s.Text("url")) { Long = true, Rank = 2 }, new("Own settings", s => s["settings"] is JsonObject { Count: > 0 } own ? $"{own.Count}" : "") { Right = true, Rank = 4 },
        new("Why", s => s.Text("waiting")) { Long = true, Rank = 3 },
    ];

    /// <summary>One of them.</summary>
    public static Column[] Item { get; } =
    [
        new("Streamer", s => s.Text("name")), new("State", State) { Tone = ToneOf }, new("Why", s => s.Text("waiting")), new("Node", s => s.Text("process", "node")),
        new("Placed", s => s.Text("process", "placement")), new("Process", s => s.Text("process", "id")), new("Address", s => s.Text("url")), new("Chat of", s => s.Text("chat_url")),
        new("Own settings", s => s["settings"] is JsonObject own ? string.Join(", ", own.Select(o => $"{o.Key}={o.Value}")) : ""),
        new("Added", s => s.Time("created_at")), new("Changed", s => s.Time("updated_at")), new("Id", s => s.Text("id")),
    ];

    /// <summary>What becomes of it, in a word or two.</summary>
    public static string State(JsonNode streamer)
    {
        if (!streamer.Is("active")) return "inactive";
        return streamer.Text("process", "state") switch
        {
            "" => "waiting",
            "running" => streamer.Text("process", "phase") is { Length: > 0 } phase ? phase == "waiting" ? "offline" : phase : "running",
            var state => state.Replace('_', ' '),
        };
    }

    private static Tone ToneOf(JsonNode streamer) => State(streamer) switch
    {
        "watching" or "clipping" or "running" => Tone.Good,
        "failed" or "lost" => Tone.Bad,
        "waiting" or "backing off" => Tone.Warning,
        "inactive" or "offline" => Tone.Faint,
        _ => Tone.Plain,
    };
}
