using System.Text.Json.Nodes;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Api;

/// <summary>Finds what a person names: by its name in any case, by its id, or by the beginning of its id where only one begins so.</summary>
public static class NameOrId
{
    private const int LeastPrefix = 4;
    private const int MostShown = 5;
    private const int MostFound = 50;
    private const int LongestSearch = 100;
    private const string Streamer = "streamer";
    private const string ListStreamers = "streamclips streamers list";

    /// <summary>The streamer of this name or id.</summary>
    /// <exception cref="CommandException">There is none, or more than one; the message says what there is.</exception>
    public static async Task<JsonNode> StreamerAsync(ApiClient api, string given, CancellationToken cancellation)
    {
        if (Guid.TryParse(given, out var id)) return await api.GetAsync($"/streamers/{id}", cancellation);
        // Mostly it is a whole name: one small answer, where all of them may be thousands.
        if (given.Length is > 0 and <= LongestSearch && await NamedAsync(api, given, cancellation) is { } exact) return exact;
        return Choose(given, Streamer, "name", await api.ListAsync("/streamers", cancellation), ListStreamers);
    }

    /// <summary>The streamer of just this name; null: there is none, or the search takes the control plane too long.</summary>
    private static async Task<JsonNode?> NamedAsync(ApiClient api, string name, CancellationToken cancellation)
    {
        try
        {
            var few = await api.ListAsync(Query.Of("/streamers").With("q", name).ToString(), MostFound, cancellation);
            return few.Items.FirstOrDefault(s => s!.Text("name") == name);
        }
        catch (ApiException e) when (e.Status == System.Net.HttpStatusCode.UnprocessableEntity)
        {
            return null;
        }
    }

    /// <summary>The streamer of this name or id, out of all that were read.</summary>
    /// <inheritdoc cref="StreamerAsync" path="/exception"/>
    public static JsonNode StreamerOf(string given, JsonArray all) => Choose(given, Streamer, "name", all, ListStreamers);

    /// <summary>The process of this id, of its beginning, or the one that runs for the streamer of this name.</summary>
    /// <inheritdoc cref="StreamerAsync" path="/exception"/>
    public static async Task<JsonNode> ProcessAsync(ApiClient api, string given, CancellationToken cancellation)
    {
        if (Guid.TryParse(given, out var id)) return await api.GetAsync($"/stream-clips/{id}", cancellation);
        return Choose(given, "process", "streamer", await api.ListAsync("/stream-clips", cancellation), "streamclips processes list; those that are over are known by their whole id");
    }

    /// <summary>The id of one item of a list.</summary>
    /// <param name="api">The control plane.</param>
    /// <param name="given">What somebody typed.</param>
    /// <param name="what">What it should be, in a word.</param>
    /// <param name="path">The list.</param>
    /// <param name="name">The field that names an item.</param>
    /// <param name="remedy">The command that lists them.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <inheritdoc cref="StreamerAsync" path="/exception"/>
    public static async Task<JsonNode> OfListAsync(ApiClient api, string given, string what, string path, string name, string remedy, CancellationToken cancellation) =>
        Choose(given, what, name, await api.ListAsync(path, cancellation), remedy);

    /// <summary>Chooses. Pure.</summary>
    /// <param name="given">What somebody typed.</param>
    /// <param name="what">What it should be, in a word.</param>
    /// <param name="name">The field that names an item.</param>
    /// <param name="items">All there are.</param>
    /// <param name="remedy">The command that lists them.</param>
    /// <inheritdoc cref="StreamerAsync" path="/exception"/>
    public static JsonNode Choose(string given, string what, string name, JsonArray items, string remedy)
    {
        var all = items.OfType<JsonObject>().ToList();
        if (all.Find(i => i.Text(name) == given || i.Text("id") == given) is { } exact) return exact;
        var found = all.FindAll(i => i.Text(name).Equals(given, StringComparison.OrdinalIgnoreCase));
        if (found.Count == 0 && given.Length >= LeastPrefix) found = all.FindAll(i => i.Text("id").StartsWith(given, StringComparison.OrdinalIgnoreCase));
        if (found.Count == 1) return found[0];
        if (found.Count == 0) throw new CommandException($"there is no {what} '{CellText.Clean(given)}'.{Words.DidYouMean(given, all.Select(i => CellText.Clean(i.Text(name))).Distinct())} All: {remedy}");
        var some = found.Take(MostShown).Select(i => $"{i.Text("id")} ({CellText.Clean(i.Text(name))})");
        throw new CommandException($"'{CellText.Clean(given)}' may be {string.Join(", ", some)}{(found.Count > MostShown ? ", …" : "")}: give more of the id");
    }
}

/// <summary>The streamers that one command names: where they are several, all are read once.</summary>
/// <param name="call">The command.</param>
/// <param name="given">What somebody typed.</param>
public sealed class NamedStreamers(ApiCall call, IReadOnlyList<string> given)
{
    private JsonArray? _all;

    /// <summary>What somebody typed.</summary>
    public IReadOnlyList<string> Given => given;

    /// <summary>The streamer of this name or id.</summary>
    /// <inheritdoc cref="NameOrId.StreamerAsync" path="/exception"/>
    public async Task<JsonNode> FindAsync(string name)
    {
        if (given.Count == 1 || Guid.TryParse(name, out _)) return await NameOrId.StreamerAsync(call.Api, name, call.Cancellation);
        return NameOrId.StreamerOf(name, _all ??= await call.Api.ListAsync("/streamers", call.Cancellation));
    }
}
