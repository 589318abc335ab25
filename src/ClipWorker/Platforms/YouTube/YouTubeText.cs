using System.Text.Json;

namespace StreamClips.ClipWorker.Platforms.YouTube;

/// <summary>YouTube's texts, which come in runs of one style each.</summary>
internal static class YouTubeText
{
    /// <summary>The text of <c>{"runs":[{"text":…}]}</c> or <c>{"simpleText":…}</c>; empty where there is none.</summary>
    public static string Runs(this JsonElement? element) =>
        element is not { } text ? "" : text.Text("simpleText") ?? string.Concat(text.Items("runs").Select(r => r.Text("text")));
}
