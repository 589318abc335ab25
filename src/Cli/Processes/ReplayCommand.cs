using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Output;
using StreamClips.Cli.Running;

namespace StreamClips.Cli.Processes;

/// <summary>
/// <c>replay --process</c>: runs the clip worker's replay over what the control plane keeps of a process's chat. The script runs
/// this one where a process is named, and the worker's own for files.
/// </summary>
public static class ReplayCommand
{
    // So much before --since is learned from: what is usual in this chat, and how often it makes clips.
    private static readonly TimeSpan RunIn = TimeSpan.FromHours(2);

    // What detectors decide by.
    private static readonly string[] Deciding = ["clip_duration", "window_timespan", "sample_interval", "baseline_duration", "surge_threshold", "detector", "clips_per_hour"];

    private static readonly Option<string> Process = ServerNames.Streamers(new Option<string>("--process") { Description = "A streamer's name, or the beginning of the process's id.", HelpName = "PROCESS", Required = true });
    private static readonly Option<string[]> Set = new("--set") { Description = "A setting in place of the streamer's, as surge_threshold=3; may be repeated.", HelpName = "key=value", DefaultValueFactory = _ => [] };
    private static readonly Option<string?> Plot = new("--plot") { Description = "Write a page with the chat's rate, what is usual, and the clips over time.", HelpName = "FILE.html" };
    private static readonly Option<string?> Format = new Option<string?>("--format") { Description = "table, or ndjson: one JSON object a clip." }.AcceptOnlyFromAmong("table", "ndjson");

    /// <summary>The command.</summary>
    public static Command Create() => ApiCommand.Create(
        "replay", "What a detector would have clipped of a process's chat, by the streamer's settings of now or others. Of a recorded chat: replay FILE.",
        [Process, ApiOptions.Since, ApiOptions.Until, Set, Format, Plot], RunAsync,
        "replay --process ada", "replay --process ada --since 6h --set clips_per_hour=20", "replay --process ada --set detector=surge --format ndjson");

    private static async Task RunAsync(ApiCall call)
    {
        var process = await NameOrId.ProcessAsync(call.Api, call.Value(Process)!, call.Cancellation);
        var since = call.Moment(ApiOptions.Since);
        List<string> arguments = ["replay", "-", "--format", call.Value(Format) ?? (call.Print.Json ? "ndjson" : "table")];
        foreach (var setting in (await SettingsAsync(call, process)).Concat(call.Value(Set)!)) arguments.AddRange(["--set", setting]);
        if (call.Value(Plot) is { } plot) arguments.AddRange(["--plot", plot]);
        if (since is not null) arguments.AddRange(["--since", since]);
        var from = since is null ? null : (DateTimeOffset.Parse(since, CultureInfo.InvariantCulture) - RunIn).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var code = await ChildProgram.FeedAsync(
            ProgramPaths.ClipWorker, arguments, to => ChatRateCommands.CopyHistoryAsync(call, process.Text("id"), from, call.Moment(ApiOptions.Until), to), call.Cancellation);
        // It has said what is wrong.
        if (code != 0) throw new CommandException("", code);
    }

    /// <summary>The settings of the process's streamer; those of its defaults where it is gone.</summary>
    private static async Task<IEnumerable<string>> SettingsAsync(ApiCall call, JsonNode process)
    {
        try
        {
            var settings = (await call.Api.GetAsync($"/streamers/{process.Text("streamer_id")}/settings", call.Cancellation))["settings"] as JsonObject ?? [];
            return Deciding.Where(settings.ContainsKey).Select(name => $"{name}={settings[name]!.Text("value")}");
        }
        catch (ApiException e) when (e.Status == System.Net.HttpStatusCode.NotFound)
        {
            var defaults = (await call.Api.GetAsync("/settings", call.Cancellation))["settings"] as JsonObject ?? [];
            return Deciding.Where(defaults.ContainsKey).Select(name => $"{name}={DefaultOf(defaults[name]!)}");
        }
    }

    private static string DefaultOf(JsonNode setting) => setting is JsonObject one ? one.Text("value") : setting.ToString();
}
