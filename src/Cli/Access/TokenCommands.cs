using System.CommandLine;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Contexts;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Access;

/// <summary><c>tokens</c>: what programs use the API with. Join tokens of nodes are <c>nodes token</c>.</summary>
public static class TokenCommands
{
    private static readonly Argument<string> Name = new("NAME") { Description = "What it is for." };
    private static readonly Argument<string> One = ServerNames.Tokens(new Argument<string>("TOKEN") { Description = "Its name, or the beginning of its id." });
    private static readonly Option<string> Scope = new("--scope") { Description = "What it may do: read, operate or admin; never more than you.", HelpName = "SCOPE", DefaultValueFactory = _ => "read" };
    private static readonly Option<int> Days = new("--days") { Description = "How long it is good for, 1 to 366.", HelpName = "N", DefaultValueFactory = _ => 90 };
    private static readonly Option<bool> All = new("--all") { Description = "Those of all users; for admins." };

    private static readonly Column[] Columns =
    [
        new("Name", t => t.Text("name")), new("User", t => t.Text("user")) { Rank = 3 }, new("Scope", t => t.Text("scope")),
        new("Until", t => t.Is("expired") ? $"{t.Time("expires_at")} (over)" : t.Time("expires_at")) { Tone = t => t.Is("expired") ? Tone.Faint : Tone.Plain },
        new("Last used", t => t.Time("last_used_at")) { Rank = 2 }, new("From", t => t.Text("last_address")) { Rank = 4 }, new("Begins", t => t.Text("prefix")) { Rank = 5 }, new("Id", t => t.Text("id")) { Rank = 1 },
    ];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Scope.CompletionSources.Add("read", "operate", "admin");
        return new("tokens", "API tokens, for programs. What lets servers become nodes is streamclips nodes token.")
        {
            ApiCommand.Create("list", "Your tokens, or those of all.", [All], async call =>
                call.Print.List(await call.Api.ListAsync(Query.Of("/tokens").With("all", call.Value(All)).ToString(), call.Cancellation), "There is no token: streamclips tokens create NAME", Columns), "tokens list --all"),
            ApiCommand.Create("create", "Makes one for you, and shows it once. Asks for your password, as a token must not make another.", [Name, Scope, Days], CreateAsync,
                "tokens create grafana", "tokens create deploy --scope operate --days 30 > token"),
            ApiCommand.Create("revoke", "Makes one useless at once.", [One, All, ApiOptions.Yes], RevokeAsync, "tokens revoke grafana"),
        };
    }

    private static Task CreateAsync(ApiCall call) => SignedIn.RunAsync(call, async (api, _, _) =>
    {
        var made = await api.PostAsync("/tokens", new { name = call.Value(Name), scope = call.Value(Scope), expires_in_days = call.Value(Days) }, call.Cancellation);
        call.Print.Line(made.Text("token"), made);
        // On standard error, so that `tokens create NAME > file` holds the token and nothing else.
        if (!call.Print.Json) await Console.Error.WriteLineAsync($"good until {made.Time("expires_at")}, scope {made.Text("scope")}; shown only now. Programs send it as: Authorization: Bearer TOKEN; this command takes it from STREAMCLIPS_TOKEN, with STREAMCLIPS_URL={api.Server}");
    });

    private static async Task RevokeAsync(ApiCall call)
    {
        var listed = Query.Of("/tokens").With("all", call.Value(All)).ToString();
        var token = await NameOrId.OfListAsync(call.Api, call.Value(One)!, "token", listed, "name", "streamclips tokens list", call.Cancellation);
        var (id, name) = (token.Text("id"), CellText.Clean(token.Text("name")));
        call.Confirm($"Revoke the token '{name}' (scope {token.Text("scope")}, {(token.At("last_used_at") is { } at ? "last used " + Values.Time(at) : "never used")})? What uses it is shut out at once.");
        if (await MayAsync(call, id)) await call.Api.DeleteAsync($"/tokens/{id}", call.Cancellation);
        else await SignedIn.RunAsync(call, (api, _, _) => api.DeleteAsync($"/tokens/{id}", call.Cancellation));
        call.Print.Line($"token {name} is revoked", new JsonObject { ["id"] = id, ["name"] = token.Text("name"), ["revoked"] = true });
    }

    /// <summary>Whether this command's own token may revoke that one: an admin's any, another only itself.</summary>
    private static async Task<bool> MayAsync(ApiCall call, string id)
    {
        var me = await call.Api.GetAsync("/users/me", call.Cancellation);
        return me.Text("may") == "admin" || string.Equals(me.Text("credential_id"), id, StringComparison.OrdinalIgnoreCase);
    }
}
