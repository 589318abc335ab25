using System.CommandLine;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Completion;
using StreamClips.Cli.Contexts;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Access;

/// <summary><c>sessions</c>: who is signed in with a browser, from where.</summary>
public static class SessionCommands
{
    private static readonly Argument<string> One = ServerNames.Sessions(new Argument<string>("SESSION") { Description = "The beginning of its id." });
    private static readonly Option<bool> All = new("--all") { Description = "Those of all users; for admins." };

    /// <summary>The command.</summary>
    public static Command Create() => new("sessions", "Who is signed in with a browser, and from where.")
    {
        ApiCommand.Create("list", "Your sessions, or those of all.", [All], async call =>
            call.Print.List(await call.Api.ListAsync(Query.Of("/sessions").With("all", call.Value(All)).ToString(), call.Cancellation), "Nobody is signed in.",
                new("User", s => s.Text("user")), new("From", s => s.Text("address")), new("Since", s => s.Time("created_at")) { Rank = 2 }, new("Last seen", s => s.Time("last_seen_at")) { Rank = 1 },
                new("Until", s => s.Time("expires_at")) { Rank = 4 }, new("With", s => s.Text("user_agent")) { Long = true, Rank = 3 }, new("Id", s => s.Text("id"))),
            "sessions list --all"),
        ApiCommand.Create("end", "Signs somebody out at once.", [One, All, ApiOptions.Yes], async call =>
        {
            var listed = Query.Of("/sessions").With("all", call.Value(All)).ToString();
            var session = await NameOrId.OfListAsync(call.Api, call.Value(One)!, "session", listed, "id", "streamclips sessions list", call.Cancellation);
            call.Confirm($"Sign out {session.Text("user")} at {session.Text("address")}?");
            var path = $"/sessions/{session.Text("id")}";
            if ((await call.Api.GetAsync("/users/me", call.Cancellation)).Text("may") == "admin") await call.Api.DeleteAsync(path, call.Cancellation);
            else await SignedIn.RunAsync(call, (api, _, _) => api.DeleteAsync(path, call.Cancellation));
            call.Print.Line($"the session of {CellText.Clean(session.Text("user"))} is over", new JsonObject { ["id"] = session.Text("id"), ["ended"] = true });
        }, "sessions end 0199a1b2"),
    };
}
