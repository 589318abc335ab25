using System.CommandLine;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Nodes;

/// <summary><c>nodes token</c>: what lets servers become nodes.</summary>
public static class TokenCommands
{
    private static readonly Option<int> Uses = new("--uses") { Description = "How many servers it lets in, 1 to 1000.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<string> Life = new("--ttl") { Description = "How long it is good for, as 15m, 2h or 1d.", HelpName = "DURATION", DefaultValueFactory = _ => "15m" };
    private static readonly Option<string?> Node = new("--node") { Description = "The only node that it is for; one that is enrolled already is replaced.", HelpName = "NAME" };
    private static readonly Argument<string> Id = ServerNames.JoinTokens(new Argument<string>("ID") { Description = "The token's id as in the list, or its beginning." });

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Life.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && Duration.TryParse(result.Tokens[0].Value, out _) is { } fault) result.AddError($"--ttl: {fault}");
        });
        return new("token", "Join tokens: each lets so many servers in, for so long.")
        {
            ApiCommand.Create("create", "Makes one, and shows it once.", [Uses, Life, Node], CreateAsync, "nodes token create", "nodes token create --uses 10 --ttl 2h > join-token"),
            ApiCommand.Create("list", "All of them, with who used them and when.", [], async call =>
                call.Print.List(await call.Api.ListAsync("/tokens/join", call.Cancellation), "There is no join token: streamclips nodes token create",
                    new("Id", t => t.Text("id")), new("State", t => t.Text("state")) { Tone = t => t.Text("state") == "active" ? Tone.Good : Tone.Faint }, new("Used", t => $"{t.Text("used")} of {t.Text("uses")}"), new("For", t => t.Text("node_id")),
                    new("Until", t => t.Time("expires_at")) { Rank = 1 }, new("By", t => t.Text("created_by")) { Rank = 3 }, new("Used by", UsedBy) { Long = true, Rank = 2 }), "nodes token list"),
            ApiCommand.Create("revoke", "Makes one useless. Nodes that it let in stay; where it lets one in meanwhile, it is refused and told.", [Id], async call =>
            {
                var token = await NameOrId.OfListAsync(call.Api, call.Value(Id)!, "join token", "/tokens/join", "id", "streamclips nodes token list", call.Cancellation);
                var id = token.Text("id");
                await call.Api.DeleteAsync($"/tokens/join/{Uri.EscapeDataString(id)}", call.Cancellation, ApiClient.VersionOf(token));
                call.Print.Line($"join token {id} is revoked", new JsonObject { ["id"] = id, ["state"] = "revoked" });
            }, "nodes token revoke 0193a1b2"),
        };
    }

    private static async Task CreateAsync(ApiCall call)
    {
        _ = Duration.TryParse(call.Parsed.GetValue(Life)!, out var life);
        var body = new { uses = call.Parsed.GetValue(Uses), ttl_s = (long)life.TotalSeconds, node = call.Parsed.GetValue(Node) };
        var made = await call.Api.PostAsync("/tokens/join", body, call.Cancellation);
        call.Print.Line(made.Text("token"), made);
        if (call.Print.Json) return;
        // On standard error, so that `token create > file` holds the token and nothing else.
        await Console.Error.WriteLineAsync($"good for {made.Text("uses")} server{(made.Text("uses") == "1" ? "" : "s")} until {made.Time("expires_at")}; shown only now. The server's agent wants it as the file of JOIN_TOKEN_FILE, and CONTROL_PLANE_URL={made.Text("control_plane_url")}");
        if (made.Text("install") is { Length: > 0 } install) await Console.Error.WriteLineAsync($"or on the server itself, as root:\n  {install}");
    }

    private static string UsedBy(JsonNode token) =>
        string.Join(", ", (token["used_by"]?.AsArray() ?? []).Select(u => $"{u!.Text("node_id")} ({u!.Text("host_name")}, {u!.Time("at")})"));
}
