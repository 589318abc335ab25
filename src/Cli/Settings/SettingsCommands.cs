using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Output;
using StreamClips.Shared.Settings;

namespace StreamClips.Cli.Settings;

/// <summary><c>settings</c>: how clips are made, by default and for one streamer, with all versions.</summary>
public static class SettingsCommands
{
    private static readonly Option<string?> Streamer = ServerNames.Streamers(new Option<string?>("--streamer", "-s") { Description = "What this streamer has of its own, instead of the defaults: its name, or the beginning of its id.", HelpName = "NAME" });
    private static readonly Argument<string[]> Values = new("KEY=VALUE") { Description = $"What to set, as surge_threshold=2.5. The settings are {string.Join(", ", ClipSettings.Names)}.", Arity = ArgumentArity.OneOrMore };
    private static readonly Argument<string[]> Keys = new("KEY") { Description = "What to set no longer.", Arity = ArgumentArity.OneOrMore };
    private static readonly Argument<int> Version = new("VERSION") { Description = "Its number, as in the history." };
    private static readonly Argument<int?> From = new("FROM") { Description = "A version.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<int?> To = new("TO") { Description = "Another one; otherwise what is in force.", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        // Otherwise help would show all completions in their place.
        (Values.HelpName, Keys.HelpName) = (Values.Name, Keys.Name);
        Values.CompletionSources.Add(context => context.WordToComplete.Split('=') is [var name, _] ? Choices(name) : ClipSettings.Names.Select(n => new CompletionItem($"{n}=")));
        Keys.CompletionSources.Add(_ => ClipSettings.Names.Select(n => new CompletionItem(n)));
        Checked(Values, text => SettingEdits.Fault(text));
        Checked(Keys, SettingEdits.NameFault);
        return new("settings", "How clips are made: the defaults, what streamers have of their own, and all versions of both.")
        {
            ApiCommand.Create("show", "What is in force; of a streamer also where each value comes from, and which its worker works by.", [Streamer], ShowAsync,
                "settings show", "settings show --streamer ada", "settings show --json"),
            ApiCommand.Create("set", "Sets some, and leaves the others as they are. Workers that run take it up without a new process.", [Values, Streamer, SettingsWait.Wait, SettingsWait.Timeout],
                call => ChangeAsync(call, before => SettingEdits.Set(before, call.Value(Values)!)), "settings set surge_threshold=2.5 clips_per_hour=6", "settings set clip_duration=45 --streamer ada", "settings set clip_duration=45 --wait   # until every worker works by it"),
            ApiCommand.Create("unset", "Has some follow the default again; of the defaults: the program's own.", [Keys, Streamer, SettingsWait.Wait, SettingsWait.Timeout],
                call => ChangeAsync(call, before => SettingEdits.Unset(before, call.Value(Keys)!)), "settings unset clip_duration --streamer ada"),
            ApiCommand.Create("diff", "What differs between two versions, between one and what is in force, or between that and what it would be without: a streamer and the defaults, the defaults and the program's own.", [From, To, Streamer], DiffAsync,
                "settings diff   # what somebody changed", "settings diff 4 7", "settings diff 4   # against what is in force", "settings diff --streamer ada   # against the defaults"),
            ApiCommand.Create("history", "All versions, newest first: who, when, from where, and what differs from the one before.", [Streamer, ApiOptions.Limit], async call =>
                call.Print.List(await call.Api.ListAsync($"{await PathAsync(call)}/versions", call.Limit, call.Cancellation), "Nobody has changed them yet: streamclips settings set surge_threshold=2.5", History),
                "settings history", "settings history --streamer ada"),
            ApiCommand.Create("rollback", "Puts an earlier version in force again, as a new one. Refused where it makes no sense any more.", [Version, Streamer, SettingsWait.Wait, SettingsWait.Timeout], RollBackAsync,
                "settings rollback 5", "settings rollback 2 --streamer ada"),
        };
    }

    /// <summary>The values of a setting that takes only some.</summary>
    private static IEnumerable<CompletionItem> Choices(string name) => SettingDefinition.Find(name) switch
    {
        { Kind: SettingKind.Flag } => [new($"{name}=true"), new($"{name}=false")],
        { Choices: { Count: > 0 } some } => some.Select(c => new CompletionItem($"{name}={c}")),
        _ => [],
    };

    private static Column[] History { get; } =
    [
        new("Version", v => v.Text("version")) { Right = true }, new("At", v => v.Time("at")), new("By", v => CellText.Clean(v.Text("by"))),
        new("What differs", v => Difference(v)) { Long = true }, new("From", v => v.Text("address")) { Rank = 2 }, new("Via", v => v.Text("via")) { Rank = 3 },
    ];

    private static async Task ShowAsync(ApiCall call)
    {
        var document = await call.Api.GetAsync(await PathAsync(call), call.Cancellation);
        if (call.Print.Json)
        {
            call.Print.Line("", document);
            return;
        }

        var rows = new JsonArray([.. document["settings"]!.AsObject().Select(s => (JsonNode)new JsonObject { ["name"] = s.Key, ["setting"] = s.Value?.DeepClone() })]);
        if (call.Value(Streamer) is null)
        {
            call.Print.List(rows, "", new("Setting", r => r.Text("name")), new("Value", r => r.Text("setting")));
            call.Print.Hint(document.Text("version") == "0" ? "the program's own; nobody has changed them yet" : $"version {document.Text("version")}, of {document.Time("updated_at")}");
            return;
        }

        call.Print.List(rows, "", new("Setting", r => r.Text("name")), new("Value", r => r.Text("setting", "value")),
            new("From", r => r.Text("setting", "source")) { Tone = r => r.Text("setting", "source") == "override" ? Tone.Good : Tone.Faint }, new("Default", r => r.Text("setting", "default")) { Rank = 1 });
        call.Print.Hint($"version {document.Text("version")} of its own, {document.Text("defaults_version")} of the defaults");
        if (document["process"] is JsonObject process) call.Print.Hint(Worker(process));
    }

    private static string Worker(JsonObject process) => process.Is("behind")
        ? $"its worker on {process.Text("node")} was told settings {process.Text("told")} at {process.Time("told_at")} ({process.Text("change")}) and works by {(process.Text("applied") is { Length: > 0 } old ? old : "older ones")} still"
        : $"its worker on {process.Text("node")} works by settings {process.Text("told")}";

    private static async Task ChangeAsync(ApiCall call, Func<JsonObject, JsonObject> edit)
    {
        SettingsWait.Check(call);
        var path = await PathAsync(call);
        var before = await call.Api.GetAsync(path, call.Cancellation);
        var own = before[call.Value(Streamer) is null ? "settings" : "overrides"]!.AsObject();
        var after = await call.Api.PutAsync(path, edit((JsonObject)own.DeepClone()), $"\"{before.Text("version")}\"", call.Cancellation);
        await TellAsync(call, path, before, after);
    }

    private static async Task RollBackAsync(ApiCall call)
    {
        SettingsWait.Check(call);
        var path = await PathAsync(call);
        var before = await call.Api.GetAsync(path, call.Cancellation);
        await TellAsync(call, path, before, await call.Api.PostAsync($"{path}/rollback", new { version = call.Value(Version) }, call.Cancellation, ApiClient.VersionOf(before)));
    }

    private static async Task TellAsync(ApiCall call, string path, JsonNode before, JsonNode after)
    {
        var version = after.Text("version");
        if (version == before.Text("version"))
        {
            call.Print.Line("they are so already: nothing changed", after);
            return;
        }

        var differs = await call.Api.GetAsync($"{path}/versions/{version}", call.Cancellation);
        var streamer = call.Value(Streamer) is null ? null : path.Split('/')[2];
        // What no worker is told of is in force at once.
        if ((differs["changes"] as JsonArray ?? []).OfType<JsonObject>().Any(c => SettingDefinition.Find(c.Text("setting"))?.Effect is not SettingEffect.None))
            await SettingsWait.UntilTakenUpAsync(call, streamer, (long)(after.Number("version") ?? 0));

        call.Print.Line($"version {version}: {Difference(differs)}", after);
    }

    private static async Task DiffAsync(ApiCall call)
    {
        var path = await PathAsync(call);
        var (from, to) = (call.Value(From), call.Value(To));
        var (before, after, heads) = from is null
            ? ([], await InForceAsync(call, path), call.Value(Streamer) is null ? ("Program's own", "In force") : ("Default", "Own"))
            : (await OfVersionAsync(call, path, from.Value), to is null ? await InForceAsync(call, path) : await OfVersionAsync(call, path, to.Value), ($"Version {from}", to is null ? "In force" : $"Version {to}"));
        // What is not set follows the default, which is worth seeing.
        var defaults = call.Value(Streamer) is null ? SettingEdits.Program() : (await call.Api.GetAsync("/settings", call.Cancellation))["settings"]!.AsObject();
        call.Print.List(SettingEdits.Differences(before, after, defaults), "Nothing differs.",
            new("Setting", d => d.Text("setting")), new(heads.Item1, d => d.Text("before")), new(heads.Item2, d => d.Text("after")));
    }

    private static async Task<JsonObject> InForceAsync(ApiCall call, string path) =>
        (await call.Api.GetAsync(path, call.Cancellation))[call.Value(Streamer) is null ? "settings" : "overrides"]!.AsObject();

    private static async Task<JsonObject> OfVersionAsync(ApiCall call, string path, int version) =>
        (await call.Api.GetAsync($"{path}/versions/{version}", call.Cancellation))["settings"]!.AsObject();

    private static async Task<string> PathAsync(ApiCall call) => call.Value(Streamer) is { } name
        ? $"/streamers/{(await NameOrId.StreamerAsync(call.Api, name, call.Cancellation)).Text("id")}/settings"
        : "/settings";

    private static string Difference(JsonNode version)
    {
        var changes = string.Join(", ", (version["changes"] as JsonArray ?? []).OfType<JsonObject>().Select(c => $"{c.Text("setting")} {Value(c, "before")} → {Value(c, "after")}"));
        return version.Text("restores") is { Length: > 0 } restored ? $"{changes} (as in version {restored})" : changes.Length > 0 ? changes : "the first one";
    }

    private static string Value(JsonObject change, string field) => change.Text(field) is { Length: > 0 } text ? CellText.Clean(text) : "default";

    private static void Checked(Argument<string[]> argument, Func<string, string?> fault) => argument.Validators.Add(result =>
    {
        foreach (var token in result.Tokens)
            if (fault(token.Value) is { } wrong) result.AddError(wrong);
    });
}
