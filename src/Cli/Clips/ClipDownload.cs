using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using StreamClips.Cli.Api;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Clips;

/// <summary><c>clips get</c>: videos into a directory, with a bar each on a terminal.</summary>
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
        else if (call.Print.Terminal.Is && !call.Print.Json) await WithBarsAsync(call, ids, directory);
        else await WithoutBarsAsync(call, ids, directory);
    }

    private static async Task<IReadOnlyList<string>> FindAsync(ApiCall call, IReadOnlyList<string> given)
    {
        var ids = new List<string>();
        foreach (var one in given) ids.Add(await ClipIds.FindAsync(call, one));
        return ids;
    }

    private static async Task<IReadOnlyList<string>> ListedAsync(ApiCall call)
    {
        var list = await call.Api.ListAsync((await ClipFilterOptions.QueryAsync(call)).With("fields", "id").ToString(), call.Limit, call.Cancellation);
        if (list.Next is not null) await Console.Error.WriteLineAsync($"streamclips: there are more clips than these {list.Items.Count}: --limit 0 for all");
        return [.. list.Items.OfType<JsonObject>().Select(i => i.Text("id"))];
    }

    private static async Task WithoutBarsAsync(ApiCall call, IReadOnlyList<string> ids, string directory) => await Each.DoAsync(call, ids, async id =>
    {
        var file = await FetchAsync(call, id, directory, (_, _) => { });
        return (file.Line, file.Document);
    });

    private static Task WithBarsAsync(ApiCall call, IReadOnlyList<string> ids, string directory) => AnsiConsole.Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn())
        .StartAsync(async bars =>
        {
            var failed = 0;
            foreach (var id in ids)
            {
                var bar = bars.AddTask(Markup.Escape(id));
                try
                {
                    var file = await FetchAsync(call, id, directory, (done, all) => (bar.MaxValue, bar.Value) = (Math.Max(1, all), done));
                    bar.Description = Markup.Escape(Path.GetFileName(file.Path));
                    bar.Value = bar.MaxValue;
                }
                catch (CommandException e)
                {
                    failed++;
                    bar.Description = Markup.Escape($"{id}: {e.Message}");
                }

                bar.StopTask();
            }

            if (failed > 0) throw new CommandException($"{failed} of {ids.Count} failed.");
        });

    private static async Task<(string Path, string Line, JsonNode Document)> FetchAsync(ApiCall call, string id, string directory, Action<long, long> progress)
    {
        var clip = await call.Api.GetAsync($"/clips/{id}", call.Cancellation);
        if (ClipColumns.File(clip, "video") is not { } video || video.Number("size_bytes") is not { } size) throw new CommandException($"clip {id} has no video.");
        var path = Path.Combine(directory, ClipFileName.Of(clip));
        var already = await new ResumedFile(path, (long)size, video.Text("sha256")).FetchAsync(
            (from, stop) => ClipSource.OpenAsync(call.Api, $"/clips/{id}/video", from, stop), progress, call.Time, call.Cancellation);
        return (path, $"{(already ? "there already" : "fetched")}: {path}", new JsonObject { ["id"] = id, ["path"] = path, ["size_bytes"] = (long)size, ["sha256"] = video.Text("sha256"), ["there_already"] = already });
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
