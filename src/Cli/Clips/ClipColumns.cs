using System.Globalization;
using System.Text.Json.Nodes;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Clips;

/// <summary>How clips look.</summary>
public static class ClipColumns
{
    /// <summary>In a list.</summary>
    public static Column[] List { get; } =
    [
        new("Clip", c => c.Text("id")), new("Streamer", c => c.Text("streamer")), new("Moment", c => c.Time("moment_at")), new("Score", Score) { Right = true },
        new("Length", Length) { Right = true, Rank = 3 }, new("", c => c.Is("favourite") ? "★" : "") { Tone = _ => Tone.Warning }, new("Size", c => c.Size("files_bytes")) { Right = true, Rank = 4 },
        new("Tags", Tags) { Long = true, Rank = 1 }, new("Note", c => c.Text("note").Replace('\n', ' ')) { Long = true, Rank = 2 },
    ];

    /// <summary>Of those that are being removed.</summary>
    public static Column[] Removing { get; } =
    [
        new("Clip", c => c.Text("id")), new("Streamer", c => c.Text("streamer")), new("Since", c => c.Text("removal", "at") is { Length: > 0 } ? c["removal"]!.Time("at") : ""),
        new("Why", c => c.Text("removal", "reason")) { Long = true }, new("Fault", c => c.Text("removal", "fault")) { Long = true, Tone = _ => Tone.Bad },
    ];

    /// <summary>One of them.</summary>
    public static Column[] Item { get; } =
    [
        new("Clip", c => c.Text("id")), new("Streamer", c => c.Text("streamer")), new("Why", c => c.Text("reason")), new("Moment", c => c.Time("moment_at")), new("Score", Score), new("Length", Length),
        new("Missing", c => c.Number("lost_s") is > 0.05 and var lost ? $"{lost.ToString("0.0", CultureInfo.InvariantCulture)} s" : ""), new("Picture", c => c.Text("format")),
        new("Favourite", c => c.Is("favourite") ? "yes" : "no"), new("Tags", Tags), new("Note", c => c.Text("note")), new("Goes", c => c.Time("goes_at")),
        new("Being removed", c => c["removal"] is { } removal ? string.Join("; ", ((string[])[removal.Text("reason"), removal.Text("fault")]).Where(t => t.Length > 0)) : "") { Tone = _ => Tone.Bad },
        new("Cut on", c => c.Text("node")), new("Process", c => c.Text("process_id")), new("Saved", c => c.Time("saved_at")),
        new("Cut more than once", c => c["duplicates"] is JsonArray { Count: > 0 } others ? string.Join(", ", others.OfType<JsonNode>().Select(o => $"on {o.Text("node_id")}")) : ""),
        new("Files", c => c["files"] is JsonArray files ? string.Join(", ", files.OfType<JsonNode>().Select(f => $"{f.Text("kind")} {f.Size("size_bytes")}")) : ""),
        new("SHA-256", c => File(c, "video")?.Text("sha256") ?? ""),
    ];

    /// <summary>One of a clip's files; null where it has none of the kind.</summary>
    public static JsonNode? File(JsonNode clip, string kind) => (clip["files"] as JsonArray)?.FirstOrDefault(f => f?.Text("kind") == kind);

    private static string Tags(JsonNode clip) => clip["tags"] is JsonArray tags ? string.Join(", ", tags.Select(t => t?.ToString())) : "";

    private static string Score(JsonNode clip) => clip.Number("score") is { } score ? $"×{score.ToString("0.0", CultureInfo.InvariantCulture)}" : "";

    private static string Length(JsonNode clip) => clip.Number("duration_s") is { } length ? Values.Span(TimeSpan.FromSeconds(Math.Round(length))) : "";
}
