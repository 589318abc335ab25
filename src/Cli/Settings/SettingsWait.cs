using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Settings;

/// <summary>Waits until running workers work by settings that were changed just now.</summary>
public static class SettingsWait
{
    /// <summary><c>--wait</c>.</summary>
    public static Option<bool> Wait { get; } = new("--wait") { Description = "Until every worker that runs works by them. Ctrl-C ends only the waiting." };

    /// <summary><c>--timeout</c>.</summary>
    public static Option<string?> Timeout { get; } = ApiOptions.Checked(
        new Option<string?>("--timeout") { Description = "With --wait: exit code 1 where it takes longer, as 5m; what was changed stays.", HelpName = "DURATION" }, text => Duration.TryParse(text, out _));

    /// <summary>A worker that the control plane has told nothing after so long is not touched by the change: it looks for changes every 5 s at the latest.</summary>
    public static readonly TimeSpan Told = TimeSpan.FromSeconds(12);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Refuses <c>--timeout</c> alone, before anything is changed.</summary>
    public static void Check(ApiCall call)
    {
        if (call.Value(Timeout) is not null && !call.Value(Wait)) throw new CommandException("--timeout says how long to wait: give --wait too.", ExitCode.WrongUsage);
    }

    /// <summary>Waits, where that is wanted.</summary>
    /// <param name="call">The command.</param>
    /// <param name="streamer">Whose own settings were changed; null: the defaults.</param>
    /// <param name="version">The version that they have now.</param>
    /// <exception cref="CommandException">It takes longer than it may.</exception>
    public static async Task UntilTakenUpAsync(ApiCall call, string? streamer, long version)
    {
        if (!call.Value(Wait)) return;
        TimeSpan? longest = call.Value(Timeout) is { } text && Duration.TryParse(text, out var given) is null ? given : null;
        await Progress.OfConsole(call.Print.Json, call.Time).RunAsync("taking up the settings", async state =>
        {
            var started = call.Time.GetTimestamp();
            var (answers, missing) = (started, "");
            while (true)
            {
                var elapsed = call.Time.GetElapsedTime(started);
                try
                {
                    var running = (await call.Api.ListAsync(Query.Of("/stream-clips").With("streamer", streamer).ToString(), call.Cancellation)).OfType<JsonObject>().Where(p => p.Text("state") == "running").ToList();
                    var behind = running.FindAll(p => IsAwaited(p, streamer is not null, version, call.Time.GetElapsedTime(answers)));
                    if (behind.Count == 0) return;
                    state.Report(running.Count - behind.Count, running.Count, $"{running.Count - behind.Count} of {Words.Count(running.Count, "worker")}");
                    missing = $"{behind.Count} of {Words.Count(running.Count, "worker")} did not work by them, as that of {CellText.Clean(behind[0].Text("streamer"))}";
                }
                catch (ApiException e) when (e.MayPass)
                {
                    // It starts anew, or another replica will answer: only then does it tell anybody.
                    (answers, missing) = (call.Time.GetTimestamp(), "the control plane did not answer");
                    state.Report(0, 0, "the control plane does not answer");
                }

                if (elapsed > longest) throw new CommandException($"they are set, and after {Values.Span(longest.Value)} {missing}: streamclips settings show --streamer NAME tells more");
                await Task.Delay(Pause, call.Time, call.Cancellation);
            }
        }, call.Cancellation);
    }

    /// <summary>Whether a worker that runs is yet to take up a version. Pure.</summary>
    /// <param name="process">Its process.</param>
    /// <param name="own">Whether the version is of the streamer's own settings, or of the defaults.</param>
    /// <param name="version">The version.</param>
    /// <param name="elapsed">How long ago it was made.</param>
    public static bool IsAwaited(JsonNode process, bool own, long version, TimeSpan elapsed)
    {
        if (process.Is("is_behind")) return true;
        // As 7.3: the defaults' version, and the streamer's own.
        var parts = process.Text("settings_version").Split('.');
        var told = parts.Length == 2 && long.TryParse(parts[own ? 1 : 0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= version;
        return !told && elapsed < Told;
    }
}
