using System.CommandLine;
using StreamClips.ClipWorker.Platforms;
using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Hosting;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;

namespace StreamClips.ClipWorker.Commands;

/// <summary><c>watch URL</c>: one worker in the foreground, for people. Clips go into the output directory, under the names that file_name makes.</summary>
internal static class WatchCommand
{
    private const int StatusIntervalMs = 1000;

    /// <summary>The command's definition.</summary>
    public static Command Create()
    {
        var url = new Argument<string?>("URL") { Description = $"What is watched: {PlatformChoice.Examples}; {WatchAddress.StandardInput}: the first line of standard input", Arity = ArgumentArity.ZeroOrOne };
        var file = new Option<string?>("--url-file") { Description = "A file whose first line is the URL: a stream's key does not belong among arguments, which every user of the machine can read", HelpName = "FILE" };
        var chat = new Option<string?>("--chat") { Description = "A channel whose chat is read instead of the stream's own", HelpName = "URL" };
        var output = new Option<string>("--output") { Description = "Where clips are put", HelpName = "DIR", DefaultValueFactory = _ => "clips" };
        var ring = new Option<string?>("--ring") { Description = "Where the video is kept that clips may need, as a tmpfs; RING_DIRECTORY, or the clips' directory", HelpName = "DIR" };
        var set = SettingsOption.Create();
        var record = new Option<string?>("--record-chat") { Description = "Write the chat down, with numbers in place of names, for `replay`", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a line: log, status, surge, clip" };
        var command = new Command("watch", "Watches one stream in the foreground and puts its clips into a directory; Ctrl-C ends it") { url, file, chat, output, ring, set, record, json };
        command.SetAction((result, _) => RunAsync(
            result.GetValue(url), result.GetValue(file), result.GetValue(chat), result.GetValue(output)!, result.GetValue(ring), result.GetValue(set)!, result.GetValue(record), result.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(string? argument, string? file, string? chat, string output, string? ring, string[] set, string? record, bool json)
    {
        var faults = new List<string>();
        var settings = SettingsOption.Read(set, Console.Error);
        var url = await WatchAddress.ReadAsync(argument, file, Console.In, faults);
        var choice = url is null ? null : PlatformChoice.Of(url, chat, faults);
        var options = WorkerOptions.Read(Environment.GetEnvironmentVariable, faults);
        foreach (var fault in faults) await Console.Error.WriteLineAsync(fault);
        if (url is null || settings is null || choice is null || faults.Count > 0) return ExitCode.Usage;

        var stop = StopSignals.Listen();
        var clips = Path.GetFullPath(output);
        IWorkerReport report = json ? new JsonReport(Console.Out) : new WatchDisplay(Console.Out, clips, inPlace: !Console.IsOutputRedirected, TimeProvider.System, () => Console.WindowWidth);
        try
        {
            Directory.CreateDirectory(clips);
            using var held = RingFolder.Open(ring ?? options.RingDirectory ?? clips, $"{Guid.NewGuid():N}", ring is null && options.RingDirectory is not null ? RingFolder.Grace : TimeSpan.Zero, TimeProvider.System.GetUtcNow());
            var folders = new SessionFolders(clips, held.Path, OwnsClips: false, clips, Path.Combine(held.Path, "rendition-queue"), record);
            return await SessionRunner.RunAsync(Spec(url, chat, choice, settings), choice, options, folders, report, stop) ? ExitCode.Done : ExitCode.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"cannot write clips to '{clips}': {e.Message}");
            return ExitCode.Failed;
        }
    }

    private static WorkerSpec Spec(string url, string? chat, PlatformChoice choice, ClipSettings settings) => new()
    {
        ProcessId = Guid.NewGuid(),
        StreamerId = Guid.NewGuid(),
        Streamer = choice.Stream.Title,
        Url = url,
        ChatUrl = chat,
        Settings = settings,
        StatusIntervalMs = StatusIntervalMs,
    };
}
