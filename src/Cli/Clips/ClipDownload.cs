using System.CommandLine;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Clips;

/// <summary><c>clips get</c>: videos into a directory, one after the other.</summary>
public static class ClipDownload
{
    /// <summary>Fetches the clips that are named, or all that the options say, one after the other.</summary>
    /// <exception cref="CommandException">A clip could not be fetched; the others were.</exception>
    public static async Task RunAsync(ApiCall call, Argument<string[]> named, Option<string> to)
    {
        var ids = call.Value(named) is { Length: > 0 } some ? await FindAsync(call, some) : await ListedAsync(call);
        var directory = Path.GetFullPath(call.Value(to)!);
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{directory} cannot be made: {e.Message}");
        }

        if (ids.Count == 0) call.Print.Line("There is no such clip.", new JsonObject { ["items"] = new JsonArray() });
        else await Each.DoAsync(call, "fetching", ids, (id, step) => FetchAsync(call, id, directory, step));
    }

    private static async Task<IReadOnlyList<string>> FindAsync(ApiCall call, IReadOnlyList<string> given)
    {
        var (ids, clips) = (new List<string>(), new ClipIds(call));
        foreach (var one in given) ids.Add(await clips.FindAsync(one));
        return ids;
    }

    private static async Task<IReadOnlyList<string>> ListedAsync(ApiCall call)
    {
        var list = await call.Api.ListAsync((await ClipFilterOptions.QueryAsync(call)).With("fields", "id").ToString(), call.Limit, call.Cancellation);
        if (list.Next is not null) await Console.Error.WriteLineAsync($"streamclips: there are more clips than these {list.Items.Count}: --limit 0 for all");
        return [.. list.Items.OfType<JsonObject>().Select(i => i.Text("id"))];
    }

    private static async Task<(string Line, JsonNode Document)> FetchAsync(ApiCall call, string id, string directory, Action<double, string> step)
    {
        var clip = await call.Api.GetAsync($"/clips/{id}", call.Cancellation);
        if (ClipColumns.File(clip, "video") is not { } video || video.Number("size_bytes") is not { } size) throw new CommandException($"clip {id} has no video.");
        var path = Path.Combine(directory, ClipFileName.Of(clip));
        var already = await new ResumedFile(path, (long)size, video.Text("sha256")).FetchAsync(
            (from, stop) => ClipSource.OpenAsync(call.Api, $"/clips/{id}/video", from, stop),
            (done, all) => step(all > 0 ? (double)done / all : 0, $"{Path.GetFileName(path)}, {Values.Size(done)} of {Values.Size(all)}"), call.Time, call.Cancellation);
        return ($"{(already ? "there already" : "fetched")}: {path}", new JsonObject { ["id"] = id, ["path"] = path, ["size_bytes"] = (long)size, ["sha256"] = video.Text("sha256"), ["there_already"] = already });
    }
}

/// <summary>What a clip's file is called on this machine.</summary>
public static class ClipFileName
{
    private const int LongestName = 60;

    /// <summary>The streamer's name, the moment in UTC, and the beginning of the id; whatever else the control plane may say, it is one name without a path.</summary>
    public static string Of(JsonNode clip)
    {
        var streamer = string.Concat(clip.Text("streamer").Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : '-')).Trim('-');
        if (streamer.Length > LongestName) streamer = streamer[..LongestName];
        var id = string.Concat(clip.Text("id").Where(char.IsAsciiHexDigit));
        var moment = clip.At("moment_at") is { } at ? $"-{at.UtcDateTime:yyyyMMdd-HHmmss}" : "";
        return $"{(streamer.Length == 0 ? "clip" : streamer)}{moment}-{(id.Length > 8 ? id[^8..] : id)}.mp4";
    }
}
