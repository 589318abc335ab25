using System.CommandLine;
using StreamClips.Cli.Api;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Streamers;

/// <summary><c>streamers</c>: the channels to watch.</summary>
public static class StreamerCommands
{
    private static readonly Argument<string> One = ServerNames.Streamers(new Argument<string>("STREAMER") { Description = "Its name, or the beginning of its id." });
    private static readonly Argument<string[]> Some = ServerNames.Streamers(new Argument<string[]>("STREAMER") { Description = "Names, or beginnings of ids.", Arity = ArgumentArity.OneOrMore });
    private static readonly Option<bool?> Active = new("--active") { Description = "Only those that shall be watched, or with false only the others.", HelpName = "true|false" };
    private static readonly Option<string?> Search = new("--search", "-q") { Description = "Only those whose name or address holds this text.", HelpName = "TEXT" };
    private static readonly Option<int> Limit = new("--limit", "-n") { Description = "At most so many; 0: all.", HelpName = "N" };

    /// <summary>The command.</summary>
    public static Command Create() => new("streamers", "The channels to watch.")
    {
        ApiCommand.Create("list", "All streamers, and what becomes of each.", [Active, Search, Limit, ApiOptions.Watch], call => call.ShowAsync(async print =>
                print.List(await call.Api.ListAsync(Listed(call), call.Value(Limit), call.Cancellation), Nothing(call), StreamerColumns.List)),
            "streamers list", "streamers list --watch", "streamers list --active false", "streamers list --json"),
        ApiCommand.Create("show", "One streamer.", [One, ApiOptions.Watch], call => call.ShowAsync(async print =>
            print.Item(await NameOrId.StreamerAsync(call.Api, call.Value(One)!, call.Cancellation), StreamerColumns.Item)), "streamers show ada"),
        StreamerEdits.Add(),
        StreamerEdits.Edit(One),
        ApiCommand.Create("activate", "Has streamers watched; each starts as soon as a node has room.", [Some], call => StreamerEdits.SetActiveAsync(call, Some, active: true), "streamers activate ada grace"),
        ApiCommand.Create("deactivate", "Has streamers watched no longer. Their clips stay.", [Some], call => StreamerEdits.SetActiveAsync(call, Some, active: false), "streamers deactivate ada"),
        ApiCommand.Create("start", "Starts streamers now, and says where each runs, or why it cannot.", [Some], call => StreamerStarts.StartAsync(call, Some), "streamers start ada"),
        ApiCommand.Create("stop", "Stops streamers; they stay stopped until they are started or activated.", [Some], call => StreamerStarts.StopAsync(call, Some), "streamers stop ada grace"),
        StreamerFiles.Import(),
        StreamerFiles.Export(),
        ApiCommand.Create("remove", "Removes streamers. Their clips stay.", [Some, ApiOptions.Yes], call => StreamerEdits.RemoveAsync(call, Some), "streamers remove ada --yes"),
    };

    private static string Listed(ApiCall call) =>
        Query.Of("/streamers").With("active", call.Value(Active) is { } active ? active ? "true" : "false" : null).With("q", call.Value(Search)).ToString();

    private static string Nothing(ApiCall call) =>
        call.Value(Active) is null && call.Value(Search) is null ? "There is no streamer yet: streamclips streamers add NAME URL" : "There is no such streamer.";
}
