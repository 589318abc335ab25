using System.Text;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms.Sites;

/// <summary>What streamlink or yt-dlp said. Pure.</summary>
/// <param name="Address">The stream's address; null: there is a failure.</param>
/// <param name="Failure">What their complaint means.</param>
internal sealed record ToolAnswer(Uri? Address, Resolution? Failure)
{
    // An address with its signature; YouTube's have 1,000 characters.
    private const int MaxAddressLength = 8192;

    private static readonly string[] UnknownSite = ["No plugin can handle URL", "Unsupported URL", "is not a valid URL"];

    private static readonly string[] NothingOn =
        ["No playable streams found", "not currently live", "is offline", "will begin in", "has ended", "No video formats found", "is not live"];

    /// <summary>The name of a quality for streamlink: the wanted one, the one of its height, and at last the best.</summary>
    /// <param name="quality">The setting <c>quality</c>.</param>
    public static string StreamlinkQuality(string quality) =>
        Height(quality) is { } height ? string.Join(',', new[] { quality, $"{height}p", "best" }.Distinct()) : quality == "worst" ? "worst" : "best";

    /// <summary>The format for yt-dlp: one stream with picture and sound, HLS before others.</summary>
    /// <param name="quality">The setting <c>quality</c>.</param>
    public static string YtDlpFormat(string quality) =>
        quality == "worst" ? "w[protocol^=m3u8]/w" : Height(quality) is { } height ? $"b[protocol^=m3u8][height<={height}]/b[protocol^=m3u8]/b" : "b[protocol^=m3u8]/b";

    /// <summary>Reads what a program said.</summary>
    public static ToolAnswer Read(string program, ToolResult result)
    {
        var lines = Encoding.UTF8.GetString(result.Output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (result.Fault is not null) return new(null, Failed(program, [.. result.Said.Split(" | "), .. lines], result.Fault));
        if (lines is [{ Length: <= MaxAddressLength } line] && Uri.TryCreate(line, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") return new(address, null);
        return new(null, new Resolution.Wrong(lines.Length > 1 && lines.All(l => l.StartsWith("http", StringComparison.Ordinal))
            ? $"{program} found {lines.Length} addresses, as of picture and sound apart, and one with both is wanted"
            : $"{program} found no address that can be fetched: it said {PlaylistText.Quote(Shown(lines.FirstOrDefault() ?? ""))}"));
    }

    private static Resolution Failed(string program, IReadOnlyList<string> lines, string fault)
    {
        // streamlink goes on below its complaint with hints, yt-dlp above it with warnings.
        var complaint = lines.LastOrDefault(l => l.Contains("error:", StringComparison.OrdinalIgnoreCase)) ?? lines.LastOrDefault(l => l.Length > 0);
        var reason = complaint is null ? Shown(fault) : $"{program} says {PlaylistText.Quote(Shown(complaint))}";
        if (Says(UnknownSite)) return new Resolution.Wrong(reason);
        return Says(NothingOn) ? new Resolution.Offline(reason) : new Resolution.Unreachable(reason);

        bool Says(string[] words) => complaint is not null && words.Any(w => complaint.Contains(w, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Without what addresses in it may hide.</summary>
    private static string Shown(string text) =>
        string.Join(' ', text.Split(' ').Select(w => w.IndexOf("http", StringComparison.Ordinal) is var at && at >= 0 ? w[..at] + PlaylistText.ForLogs(w[at..]) : w));

    private static int? Height(string quality) =>
        quality.Split('p') is [var height, ..] && int.TryParse(height, out var lines) && lines is > 0 and < 10_000 ? lines : null;
}
