using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Contexts;
using StreamClips.Cli.Output;
using StreamClips.Shared;
using StreamClips.Shared.Settings;

namespace StreamClips.Cli.Streamers;

/// <summary>Adds, changes and removes streamers.</summary>
public static class StreamerEdits
{
    private const string UrlMeaning = "The channel's page or playlist, as https://www.twitch.tv/ada.";
    private static readonly Argument<string> Name = new("NAME") { Description = "What to call it." };
    private static readonly Argument<string?> Url = new("URL") { Description = UrlMeaning + " An RTMP address has a key in it: give - and write it to standard input, or --url-file.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> NewName = new("--name") { Description = "What to call it.", HelpName = "NAME" };
    private static readonly Option<string?> NewUrl = new("--url") { Description = UrlMeaning + " An RTMP address has a key in it: --url-file.", HelpName = "URL" };
    private static readonly Option<string?> UrlFile = new("--url-file") { Description = "A file that holds the address; - for standard input.", HelpName = "FILE" };
    private static readonly Option<string?> Chat = new("--chat") { Description = "A channel whose chat is read instead; none: the platform's own.", HelpName = "URL" };
    private static readonly Option<bool> Inactive = new("--inactive") { Description = "Does not watch it yet." };
    private static readonly Option<string[]> Set = new("--set") { Description = "A setting of its own, as surge_threshold=2.5; without a value the default again. More than once.", HelpName = "KEY=VALUE", AllowMultipleArgumentsPerToken = false };

    /// <summary><c>add</c>.</summary>
    public static Command Add()
    {
        ApiOptions.Checked(Set, text => SettingFault(text));
        return ApiCommand.Create("add", "Adds a streamer; it starts by itself as soon as a node has room.", [Name, Url, UrlFile, Chat, Inactive, Set], AddAsync,
            "streamers add ada https://www.twitch.tv/ada", "streamers add ada https://www.twitch.tv/ada --set surge_threshold=2.5 --set vertical=true",
            "streamers add studio --url-file rtmp-address   # rtmp://HOST/APP/KEY");
    }

    /// <summary><c>edit</c>.</summary>
    public static Command Edit(Argument<string> one) => ApiCommand.Create(
        "edit", "Changes what is said of a streamer; what is not named stays as it is.", [one, NewName, NewUrl, UrlFile, Chat, Set], call => EditAsync(call, one),
        "streamers edit ada --name Ada --url https://www.twitch.tv/ada_l", "streamers edit ada --set clip_duration=45 --set vertical=   # vertical as by default");

    /// <summary><c>activate</c> and <c>deactivate</c>.</summary>
    public static Task SetActiveAsync(ApiCall call, Argument<string[]> some, bool active)
    {
        var streamers = new NamedStreamers(call, call.Value(some)!);
        return Each.DoAsync(call, active ? "activating" : "deactivating", streamers.Given, async given => await SetActiveAsync(call, await streamers.FindAsync(given), active));
    }

    /// <summary>Has one watched, or no longer.</summary>
    public static async Task<(string Line, JsonNode Document)> SetActiveAsync(ApiCall call, JsonNode streamer, bool active)
    {
        var body = Body(streamer);
        body["active"] = active;
        return ($"{CellText.Clean(streamer.Text("name"))} is {(active ? "active" : "inactive")}", await PutAsync(call, streamer, body));
    }

    /// <summary><c>remove</c>.</summary>
    public static async Task RemoveAsync(ApiCall call, Argument<string[]> some)
    {
        var names = call.Value(some)!;
        call.Confirm(names.Length == 1 ? $"Remove the streamer {names[0]}?" : $"Remove {names.Length} streamers: {string.Join(", ", names)}?");
        var streamers = new NamedStreamers(call, names);
        await Each.DoAsync(call, "removing", names, async given =>
        {
            var streamer = await streamers.FindAsync(given);
            await call.Api.DeleteAsync($"/streamers/{streamer.Text("id")}", call.Cancellation, ApiClient.VersionOf(streamer));
            return ($"{CellText.Clean(streamer.Text("name"))} is removed", new JsonObject { ["id"] = streamer.Text("id"), ["name"] = streamer.Text("name"), ["removed"] = true });
        });
    }

    private static async Task AddAsync(ApiCall call)
    {
        var url = await AddressAsync(call, call.Value(Url)) ?? throw new CommandException("the address is missing: give URL or --url-file.", ExitCode.WrongUsage);
        var body = new JsonObject { ["name"] = call.Value(Name), ["url"] = url, ["active"] = !call.Value(Inactive) };
        if (call.Value(Chat) is { Length: > 0 } chat) body["chat_url"] = chat;
        if (call.Value(Set) is { Length: > 0 } some) body["settings"] = Settings([], some);
        var added = await call.Api.PostAsync("/streamers", body, call.Cancellation);
        call.Print.Line($"{CellText.Clean(added.Text("name"))} is added{(added.Is("active") ? "; what becomes of it: streamclips streamers show " + Quoted(added.Text("name")) : ", inactive")}", added);
    }

    private static async Task EditAsync(ApiCall call, Argument<string> one)
    {
        if (call.Value(NewName) is null && call.Value(NewUrl) is null && call.Value(UrlFile) is null && call.Value(Chat) is null && call.Value(Set) is not { Length: > 0 })
            throw new CommandException("nothing to change is named: give --name, --url, --url-file, --chat or --set.", ExitCode.WrongUsage);
        var url = await AddressAsync(call, call.Value(NewUrl));
        var streamer = await NameOrId.StreamerAsync(call.Api, call.Value(one)!, call.Cancellation);
        var body = Body(streamer);
        if (call.Value(NewName) is { } name) body["name"] = name;
        if (url is not null) body["url"] = url;
        if (call.Value(Chat) is { } chat) body["chat_url"] = chat.Length == 0 || chat == "none" ? null : chat;
        if (call.Value(Set) is { Length: > 0 } some) body["settings"] = Settings(body["settings"]?.AsObject() ?? [], some);
        var changed = await PutAsync(call, streamer, body);
        call.Print.Line($"{CellText.Clean(changed.Text("name"))} is changed", changed);
    }

    /// <summary>What a change sends: all that is said of it, as it is.</summary>
    private static JsonObject Body(JsonNode streamer) => new()
    {
        ["name"] = streamer.Text("name"), ["url"] = streamer.Text("url"), ["chat_url"] = streamer["chat_url"]?.DeepClone(), ["active"] = streamer.Is("active"), ["settings"] = streamer["settings"]?.DeepClone() ?? new JsonObject(),
    };

    /// <summary>What somebody else changed meanwhile is not overwritten.</summary>
    private static Task<JsonNode> PutAsync(ApiCall call, JsonNode streamer, JsonObject body) =>
        call.Api.PutAsync($"/streamers/{streamer.Text("id")}", body, ApiClient.VersionOf(streamer), call.Cancellation);

    /// <summary>The address from the command line, a file or standard input.</summary>
    private static async Task<string?> AddressAsync(ApiCall call, string? given)
    {
        if (call.Value(UrlFile) is { } file) return given is null ? await SecretInput.OfFileAsync(file, call.Cancellation) : throw new CommandException("the address is given twice: give it, or --url-file.", ExitCode.WrongUsage);
        if (given == "-") return await SecretInput.OfFileAsync("-", call.Cancellation);
        if (given is not null && RtmpAddress.Is(given) && !given.Contains(RtmpAddress.Hidden, StringComparison.Ordinal))
            throw new CommandException("an RTMP address holds a key, and every user of this machine sees a command line: write it into a file and give --url-file FILE, or - and standard input.", ExitCode.WrongUsage);
        return given;
    }

    private static string? SettingFault(string text)
    {
        var parts = text.Split('=', 2);
        if (parts.Length < 2) return $"'{text}' has no '=': give it as surge_threshold=2.5";
        if (SettingDefinition.Find(parts[0]) is not { } definition) return $"there is no setting '{parts[0]}'.{Words.DidYouMean(parts[0], SettingDefinition.All.Select(d => d.Name))}";
        return parts[1].Length == 0 ? null : definition.Read(ClipSettings.Default, parts[1]).Fault?.Message;
    }

    private static JsonObject Settings(JsonObject before, IEnumerable<string> some)
    {
        var own = (JsonObject)before.DeepClone();
        foreach (var parts in some.Select(s => s.Split('=', 2)))
        {
            own.Remove(parts[0]);
            if (parts[1].Length == 0) continue;
            own[parts[0]] = SettingDefinition.Find(parts[0])!.Kind switch
            {
                SettingKind.Number => JsonValue.Create(double.Parse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture)),
                SettingKind.Flag => JsonValue.Create(bool.Parse(parts[1])),
                _ => JsonValue.Create(parts[1]),
            };
        }

        return own;
    }

    private static string Quoted(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || "-_.".Contains(c, StringComparison.Ordinal)) ? name : $"'{CellText.Clean(name)}'";
}
