using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Storages;

/// <summary><c>storage</c>: whether what lies in the storages is what the clips' rows say.</summary>
public static class StorageCommands
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly Argument<string> Name = new("STORAGE") { Description = "The storage's name (STORAGE_NAME)." };
    private static readonly Option<string?> Only = new("--storage") { Description = "Only this storage, by its name; otherwise all.", HelpName = "NAME" };
    private static readonly Option<bool> Remove = new("--remove") { Description = "Removes files that no clip has, where that is safe, and what uploads left that were cut short." };
    private static readonly Option<bool> RemoveClips = new("--remove-clips") { Description = "Removes clips whose video is not in the storage any more." };
    private static readonly Option<bool> Force = new("--force") { Description = "Also where more than half of all would go." };

    private static readonly Option<string> OlderThan = ApiOptions.Checked(new Option<string>("--older-than") { Description = "Files that are younger stay; at least 1h.", HelpName = "TIME", DefaultValueFactory = _ => "1d" },
        text => Duration.TryParse(text, out var time) ?? (time < TimeSpan.FromHours(1) ? $"'{text}' is less than 1h: clips on their way need their time" : null));

    private static readonly Column[] Columns =
    [
        new("What", f => f.Text("kind")), new("Storage", f => f.Text("storage")) { Rank = 2 }, new("Name", f => f.Text("name")), new("Size", f => f.Size("size_bytes")) { Right = true },
        new("Written", f => f.Time("changed_at")) { Rank = 1 }, new("Goes", f => f.Is("goes") ? "yes" : "no") { Tone = f => f.Is("goes") ? Tone.Warning : Tone.Faint }, new("Why", f => f.Text("reason")) { Long = true },
    ];

    /// <summary>The command.</summary>
    public static Command Create() => new("storage", "The storages: files that no clip has, clips whose files are gone, and storages that are gone.")
    {
        ApiCommand.Create("check", "Compares what lies in the storages with what the clips' rows say. Without --remove it only looks.", [Only, OlderThan, Remove, RemoveClips, Force, ApiOptions.Limit, ApiOptions.Yes], CheckAsync,
            "storage check", "storage check --storage box --older-than 7d --remove", "storage check --remove-clips --yes"),
        ApiCommand.Create("show", "The newest check and what it found.", [ApiOptions.Limit], async call => await ShowAsync(call, await call.Api.GetAsync("/storage/check", call.Cancellation)), "storage show --limit 0"),
        ApiCommand.Create("forget", "Gives up the files of clips that are being removed in a storage that is gone for good. Should it come back, a check finds them as files that no clip has.", [Name, ApiOptions.Yes], ForgetAsync,
            "storage forget old-box"),
    };

    private static async Task CheckAsync(ApiCall call)
    {
        Duration.TryParse(call.Value(OlderThan)!, out var olderThan);
        var (remove, clips) = (call.Value(Remove), call.Value(RemoveClips));
        if (remove || clips) call.Confirm($"Remove {string.Join(" and ", ((string[])[remove ? "files that no clip of this control plane has" : "", clips ? "clips whose video is gone" : ""]).Where(t => t.Length > 0))}?");
        var input = new JsonObject { ["older_than_h"] = (int)Math.Ceiling(olderThan.TotalHours), ["remove_files"] = remove, ["remove_clips"] = clips, ["force"] = call.Value(Force) };
        if (call.Value(Only) is { } only) input["storage"] = only;
        var check = await call.Api.PostAsync("/storage/check", input, call.Cancellation);
        var (id, told) = (check.Text("id"), call.Time.GetTimestamp());
        while (check.Text("state") == "running")
        {
            await Task.Delay(Pause, call.Time, call.Cancellation);
            check = await call.Api.GetAsync("/storage/check", call.Cancellation);
            if (check.Text("id") != id) throw new CommandException("somebody has started another check meanwhile: streamclips storage show");
            if (call.Time.GetElapsedTime(told) < TimeSpan.FromSeconds(10)) continue;
            told = call.Time.GetTimestamp();
            call.Print.Hint($"… {Count(check, "files")} files so far");
        }

        await ShowAsync(call, check);
        if (check.Text("state") == "lost") throw new CommandException("the program that ran the check has ended: begin again.");
        if (check.Text("fault") is { Length: > 0 } fault) throw new CommandException(CellText.Clean(fault));
    }

    private static async Task ShowAsync(ApiCall call, JsonNode check)
    {
        var found = await call.Api.ListAsync("/storage/check/findings", call.Limit, call.Cancellation);
        if (call.Print.Json)
        {
            var document = check.DeepClone();
            document["findings"] = found.Items.DeepClone();
            call.Print.Line("", document);
            return;
        }

        if (found.Items.Count > 0) call.Print.List(found, "", Columns);
        var size = (string field) => check["counts"] is { } counts ? counts.Size(field) : "";
        call.Print.Hint($"{Count(check, "files")} files ({size("files_bytes")}); clips name {Count(check, "rows")}. No clip has {Count(check, "orphans")} ({size("orphan_bytes")}); cut-short uploads: {Count(check, "temporary")}; "
            + $"others' files: {Count(check, "foreign")}; not there: {Count(check, "missing")}; of another length: {Count(check, "damaged")}.");
        if (check.Is("remove_files") || check.Is("remove_clips")) call.Print.Hint($"Removed: {Count(check, "removed_files")} files, {Count(check, "removed_clips")} clips.");
    }

    private static async Task ForgetAsync(ApiCall call)
    {
        var name = call.Value(Name)!;
        call.Confirm($"Give up what is to be removed from storage {name}? Whatever lies there stays there.");
        var answer = await call.Api.PostAsync($"/storage/{Uri.EscapeDataString(name)}/forget", null, call.Cancellation);
        call.Print.Line($"{answer.Text("files")} files of {answer.Text("clips")} clips in storage {name} are given up", answer);
    }

    private static string Count(JsonNode check, string field) => check["counts"]?.Number(field)?.ToString("0", CultureInfo.InvariantCulture) ?? "0";
}
