using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Clips;

/// <summary><c>clips</c>: what was kept of the streams.</summary>
public static class ClipCommands
{
    /// <summary>Most clips that the API changes in one request.</summary>
    private const int MostAtOnce = 200;

    private static readonly Argument<string> One = ServerNames.Clips(new Argument<string>("CLIP") { Description = "Its id, or the beginning of it where it is one of the newest 500." });
    private static readonly Argument<string[]> Some = ServerNames.Clips(new Argument<string[]>("CLIP") { Description = "Ids, or beginnings of them.", Arity = ArgumentArity.OneOrMore });
    private static readonly Argument<string[]> Any = ServerNames.Clips(new Argument<string[]>("CLIP") { Description = "Ids, or beginnings of them; none: all that the options say.", Arity = ArgumentArity.ZeroOrMore });
    private static readonly Option<string[]> Tag = new("--tag", "-t") { Description = "The tag; more than once: several.", HelpName = "TAG", Required = true };
    private static readonly Argument<string> Text = new("TEXT") { Description = "The note; - for standard input, and nothing to take it away." };
    private static readonly Option<string> To = new("--to") { Description = "The directory for the files.", HelpName = "DIR", DefaultValueFactory = _ => "." };

    /// <summary>The command.</summary>
    public static Command Create() => new("clips", "What was kept of the streams: find, fetch, mark and delete clips.")
    {
        ApiCommand.Create("list", "Clips, newest first.", [.. ClipFilterOptions.All, ClipFilterOptions.Sort, ClipFilterOptions.Removing, ApiOptions.Limit, ApiOptions.Watch], ListAsync,
            "clips list", "clips list --streamer ada --since 7d --favourite", "clips list --sort=-score --limit 10", "clips list --removing   # what the storage does not let go"),
        ApiCommand.Create("show", "One clip.", [One], async call => call.Print.Item(await ClipIds.GetAsync(call, call.Value(One)!), ClipColumns.Item), "clips show 0193a1b2"),
        ApiCommand.Create("get", "Fetches videos: goes on where it was cut short, and checks each by its hash.", [Any, .. ClipFilterOptions.All, To, ApiOptions.Limit], call => ClipDownload.RunAsync(call, Any, To),
            "clips get 0193a1b2 --to clips", "clips get --since 1d --streamer ada --favourite --to clips --limit 0"),
        ApiCommand.Create("favourite", "Keeps clips for ever: retention leaves them alone.", [Some], call => ChangeAsync(call, new JsonObject { ["favourite"] = true }, "is a favourite"), "clips favourite 0193a1b2"),
        ApiCommand.Create("unfavourite", "Lets clips go when their time is up.", [Some], call => ChangeAsync(call, new JsonObject { ["favourite"] = false }, "is no favourite"), "clips unfavourite 0193a1b2"),
        ApiCommand.Create("tag", "Files clips under tags.", [Some, Tag], call => ChangeAsync(call, new JsonObject { ["add_tags"] = Tags(call) }, "is tagged"), "clips tag 0193a1b2 0193a1b3 --tag clutch --tag 'late night'"),
        ApiCommand.Create("untag", "Takes tags off clips.", [Some, Tag], call => ChangeAsync(call, new JsonObject { ["remove_tags"] = Tags(call) }, "is without them"), "clips untag 0193a1b2 --tag clutch"),
        ApiCommand.Create("note", "Writes a note about a clip, in the place of the one it has.", [One, Text], NoteAsync, "clips note 0193a1b2 'the comeback in the last round'"),
        ApiCommand.Create("delete", "Deletes clips with their files, favourites too.", [Some, ApiOptions.Yes], DeleteAsync, "clips delete 0193a1b2 --yes"),
    };

    private static async Task ListAsync(ApiCall call)
    {
        var removing = call.Value(ClipFilterOptions.Removing);
        var path = (await ClipFilterOptions.QueryAsync(call)).With("sort", call.Value(ClipFilterOptions.Sort)).With("removing", removing).ToString();
        await call.ShowAsync(async print => print.List(await call.Api.ListAsync(path, call.Limit, call.Cancellation),
            removing ? "No clip is being removed." : "There is no such clip. One is made when a chat surges.", removing ? ClipColumns.Removing : ClipColumns.List));
    }

    private static async Task NoteAsync(ApiCall call)
    {
        var text = call.Value(Text)!;
        if (text == "-") text = await Console.In.ReadToEndAsync(call.Cancellation);
        var id = await new ClipIds(call).FindAsync(call.Value(One)!);
        var clip = await call.Api.PatchAsync($"/clips/{id}", new JsonObject { ["note"] = text }, version: null, call.Cancellation);
        call.Print.Line(text.Length == 0 ? $"clip {id} has no note" : $"the note of clip {id} is written", clip);
    }

    private static Task DeleteAsync(ApiCall call)
    {
        var given = call.Value(Some)!;
        call.Confirm(given.Length == 1 ? $"Delete the clip {given[0]} with its files?" : $"Delete {given.Length} clips with their files?");
        var clips = new ClipIds(call);
        return Each.DoAsync(call, "deleting", given, async one =>
        {
            var id = await clips.FindAsync(one);
            var left = await call.Api.DeleteAsync($"/clips/{id}", call.Cancellation);
            return left["removal"] is { } removal
                ? ($"clip {id} is in no list any more, and its files go as soon as the storage lets them{(removal.Text("fault") is { Length: > 0 } fault ? $": {CellText.Clean(fault)}" : "")}", left)
                : ($"clip {id} is deleted", (JsonNode)new JsonObject { ["id"] = id, ["deleted"] = true });
        });
    }

    /// <summary>Changes some clips, as many in a request as it takes.</summary>
    private static async Task ChangeAsync(ApiCall call, JsonObject change, string done)
    {
        var (given, clips, items) = (call.Value(Some)!, new ClipIds(call), new List<JsonNode>());
        await Progress.OfConsole(call.Print.Json, call.Time).RunAsync("changing", async state =>
        {
            foreach (var some in given.Chunk(MostAtOnce))
            {
                state.Report(items.Count, given.Length, $"{items.Count} of {given.Length}");
                var ids = new JsonArray();
                foreach (var one in some) ids.Add(await clips.FindAsync(one));
                var body = (JsonObject)change.DeepClone();
                body["ids"] = ids;
                items.AddRange(((await call.Api.PostAsync("/clips/bulk", body, call.Cancellation))["items"]?.AsArray() ?? []).OfType<JsonObject>());
            }
        }, call.Cancellation);
        if (call.Print.Json) call.Print.Line("", new JsonObject { ["items"] = new JsonArray([.. items.Select(i => i.DeepClone())]) });
        foreach (var item in items.Where(i => i.Text("result") == "done")) call.Print.Hint($"clip {CellText.Clean(item.Text("id"))} {done}");
        var failed = items.FindAll(i => i.Text("result") != "done");
        foreach (var item in failed) await Console.Error.WriteLineAsync($"streamclips: {CellText.Clean(item.Text("fault"))}");
        if (failed.Count > 0) throw new CommandException($"{failed.Count.ToString(CultureInfo.InvariantCulture)} of {items.Count} failed.");
    }

    private static JsonArray Tags(ApiCall call) => [.. call.Value(Tag)!.Select(t => (JsonNode)JsonValue.Create(t))];
}

/// <summary>Which clips a command is about.</summary>
public static class ClipFilterOptions
{
    private static readonly Option<string?> Streamer = ServerNames.Streamers(new Option<string?>("--streamer", "-s") { Description = "Only of this streamer: its name, or the beginning of its id.", HelpName = "STREAMER" });
    private static readonly Option<string?> Node = ServerNames.Nodes(new Option<string?>("--node") { Description = "Only those cut on this node.", HelpName = "NODE" });
    private static readonly Option<bool> Favourite = new("--favourite", "-f") { Description = "Only favourites." };
    private static readonly Option<string?> Tag = new("--tag", "-t") { Description = "Only with this tag.", HelpName = "TAG" };
    private static readonly Option<double?> MinScore = new("--min-score") { Description = "Only with this score or a higher one.", HelpName = "N" };
    private static readonly Option<string?> Search = new("--search", "-q") { Description = "Only with this text in the streamer's name, the reason, the note or a tag.", HelpName = "TEXT" };

    /// <summary><c>--sort</c>.</summary>
    public static Option<string?> Sort { get; } = new Option<string?>("--sort") { Description = "The order: -started_at (newest first, as without it), started_at, -score or score.", HelpName = "ORDER" }
        .AcceptOnly("-started_at", "started_at", "-score", "score");

    /// <summary><c>--removing</c>.</summary>
    public static Option<bool> Removing { get; } = new("--removing") { Description = "Those that are being removed, and what is against it." };

    /// <summary>All that narrow.</summary>
    public static IReadOnlyList<Symbol> All { get; } = [Streamer, Node, Favourite, Tag, ApiOptions.Since, ApiOptions.Until, MinScore, Search];

    /// <summary>The list that the options say.</summary>
    public static async Task<Query> QueryAsync(ApiCall call)
    {
        var streamer = call.Value(Streamer) is { } name ? (await NameOrId.StreamerAsync(call.Api, name, call.Cancellation)).Text("id") : null;
        return Query.Of("/clips").With("streamer", streamer).With("node", call.Value(Node)).With("favourite", call.Value(Favourite)).With("tag", call.Value(Tag))
            .With("since", call.Moment(ApiOptions.Since)).With("until", call.Moment(ApiOptions.Until)).With("min_score", call.Value(MinScore)?.ToString(CultureInfo.InvariantCulture)).With("q", call.Value(Search));
    }

    private static Option<string?> AcceptOnly(this Option<string?> option, params string[] words)
    {
        option.CompletionSources.Add(words);
        return ApiOptions.Checked(option, text => words.Contains(text) ? null : $"'{text}' is no order: give {string.Join(", ", words)}");
    }
}

/// <summary>Finds the clips that one command names: the newest are read once for all of them.</summary>
/// <param name="call">The command.</param>
public sealed class ClipIds(ApiCall call)
{
    private JsonArray? _newest;

    /// <summary>The id of a clip: the id itself, or its beginning among the newest.</summary>
    /// <exception cref="CommandException">There is none, or more than one.</exception>
    public async Task<string> FindAsync(string given)
    {
        if (Guid.TryParse(given, out var id)) return id.ToString();
        _newest ??= (await call.Api.ListAsync(Query.Of("/clips").With("fields", "id,streamer").ToString(), ApiClient.PageSize, call.Cancellation)).Items;
        return NameOrId.Choose(given, "clip", "id", _newest, "streamclips clips list; older ones are known by their whole id").Text("id");
    }

    /// <summary>The clip itself.</summary>
    /// <inheritdoc cref="FindAsync" path="/exception"/>
    public static async Task<JsonNode> GetAsync(ApiCall call, string given) => await call.Api.GetAsync($"/clips/{await new ClipIds(call).FindAsync(given)}", call.Cancellation);
}
