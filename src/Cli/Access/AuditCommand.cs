using System.CommandLine;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Access;

/// <summary><c>audit</c>: who changed what.</summary>
public static class AuditCommand
{
    private static readonly Option<string?> Actor = new("--actor") { Description = "Only changes by this user.", HelpName = "USER" };
    private static readonly Option<string?> Subject = new("--subject") { Description = "Only changes of this kind of thing: streamer, settings, user, token, session, node, clip, …", HelpName = "KIND" };
    private static readonly Option<string?> Action = new("--action") { Description = "Only these: added, changed or removed.", HelpName = "ACTION" };

    private static readonly Column[] Columns =
    [
        new("At", e => e.Time("at")), new("Who", e => e.Text("actor", "name")), new("By", e => e.Text("actor", "kind")) { Rank = 3 }, new("From", e => e.Text("address")) { Rank = 4 },
        new("Did", e => e.Text("action")), new("What", e => $"{e.Text("subject", "kind")} {(e.Text("subject", "name") is { Length: > 0 } name ? name : e.Text("subject", "id"))}") { Long = true },
        new("Change", Change) { Long = true, Rank = 2 },
    ];

    /// <summary>The command.</summary>
    public static Command Create() => ApiCommand.Create(
        "audit", "Who changed what, newest first; for admins. --json has each change with before and after.", [Actor, Subject, Action, ApiOptions.Since, ApiOptions.Until, ApiOptions.Limit],
        async call => call.Print.List(await call.Api.ListAsync(
            Query.Of("/audit").With("actor", call.Value(Actor)).With("subject", call.Value(Subject)).With("action", call.Value(Action))
                .With("from", call.Moment(ApiOptions.Since)).With("to", call.Moment(ApiOptions.Until)).ToString(), call.Limit, call.Cancellation),
            "There is no such change.", Columns),
        "audit --since 1d", "audit --actor ada --subject streamer --limit 0", "audit --json");

    /// <summary>What differs, field by field.</summary>
    private static string Change(JsonNode entry)
    {
        var (before, after) = (entry["before"] as JsonObject ?? [], entry["after"] as JsonObject ?? []);
        return entry.Text("action") != "changed" ? "" : string.Join(", ", after.Select(f => $"{f.Key}: {Short(before[f.Key])} → {Short(f.Value)}"));
    }

    private static string Short(JsonNode? value) => CellText.Cut(value is null ? "nothing" : value is JsonValue ? value.ToString() : value.ToJsonString(), 40);
}
