using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Tests.Accounts;

[Category("Slow")]
public sealed partial class RouteAccessTests : ControlPlaneFixture
{
    /// <summary>What stands for a route that anybody may use.</summary>
    private const string Open = "open";

    /// <summary>A viewer, but not with a token.</summary>
    private const string Session = "session";

    /// <summary>An admin, but not with a token.</summary>
    private const string AdminSession = "admin in session";

    /// <summary>A viewer for their own; a token only for itself, unless it is an admin's.</summary>
    private const string Own = "own";

    /// <summary>Who may use which route. A new route wants a line here, and the thought that goes with it.</summary>
    private static readonly Dictionary<string, string> Expected = new()
    {
        ["GET /health/live"] = Open, ["GET /health/ready"] = Open, ["GET /openapi/v1.json"] = Open, ["GET /"] = Open, ["POST /auth/login"] = Open, ["POST /auth/logout"] = "viewer",
        ["GET /users"] = "admin", ["POST /users"] = AdminSession, ["GET /users/{id}"] = "admin", ["PUT /users/{id}"] = AdminSession,
        ["DELETE /users/{id}"] = "admin", ["PUT /users/{id}/password"] = AdminSession, ["GET /users/me"] = "viewer", ["PUT /users/me/password"] = Session,
        ["GET /tokens"] = "viewer", ["POST /tokens"] = Session, ["GET /tokens/{id}"] = "viewer", ["DELETE /tokens/{id}"] = Own,
        ["GET /sessions"] = "viewer", ["GET /sessions/{id}"] = "viewer", ["DELETE /sessions/{id}"] = Own, ["GET /audit"] = "admin", ["GET /events"] = "viewer", ["GET /doctor"] = "operator",
        ["POST /storage/check"] = "operator", ["GET /storage/check"] = "operator", ["GET /storage/check/findings"] = "operator", ["POST /storage/{name}/forget"] = "admin",
        ["GET /streamers"] = "viewer", ["POST /streamers"] = "operator", ["GET /streamers/{id}"] = "viewer", ["PUT /streamers/{id}"] = "operator", ["DELETE /streamers/{id}"] = "operator", ["POST /streamers/import"] = "operator", ["GET /streamers/export"] = "viewer",
        ["GET /stream-clips"] = "viewer", ["GET /stream-clips/{id}"] = "viewer", ["GET /stream-clips/{id}/endings"] = "viewer", ["POST /stream-clips/{id}/start"] = "operator", ["POST /stream-clips/{id}/stop"] = "operator",
        ["GET /processes/{id}/chat-rate"] = "viewer", ["GET /processes/{id}/chat-history"] = "viewer",
        ["GET /clips"] = "viewer", ["GET /clips/{id}"] = "viewer", ["DELETE /clips/{id}"] = "operator", ["PATCH /clips/{id}"] = "operator", ["POST /clips/bulk"] = "operator",
        ["GET /clips/{id}/video"] = "viewer", ["HEAD /clips/{id}/video"] = "viewer", ["GET /clips/{id}/poster"] = "viewer", ["HEAD /clips/{id}/poster"] = "viewer",
        ["GET /clips/{id}/preview"] = "viewer", ["HEAD /clips/{id}/preview"] = "viewer", ["GET /clips/{id}/vertical"] = "viewer", ["HEAD /clips/{id}/vertical"] = "viewer",
        ["GET /logs"] = "viewer", ["GET /logs/follow"] = "viewer", ["GET /logs/partitions"] = "viewer", ["GET /nodes"] = "viewer", ["GET /nodes/{id}"] = "viewer", ["POST /nodes/{id}/revoke"] = "admin", ["POST /nodes/{id}/retire"] = "admin", ["POST /nodes/rebalance"] = "operator",
        ["POST /nodes/{id}/drain"] = "operator", ["POST /nodes/{id}/undrain"] = "operator", ["POST /app/nodes/{id}/drain"] = "operator", ["POST /app/nodes/{id}/undrain"] = "operator",
        ["GET /install"] = Open, ["GET /install/agent.tar.gz"] = Open, ["GET /tokens/join"] = "admin", ["POST /tokens/join"] = "admin", ["GET /tokens/join/{id}"] = "admin", ["DELETE /tokens/join/{id}"] = "admin", ["GET /settings"] = "viewer", ["PUT /settings"] = "operator",
        ["GET /app/settings"] = "viewer", ["POST /app/settings"] = "operator", ["POST /app/settings/rollback/{version}"] = "operator",
        ["GET /app/streamers/{id}/settings"] = "viewer", ["POST /app/streamers/{id}/settings/rollback/{version}"] = "operator",
        ["GET /settings/versions"] = "viewer", ["GET /settings/versions/{version}"] = "viewer", ["POST /settings/rollback"] = "operator",
        ["GET /streamers/{id}/settings"] = "viewer", ["PUT /streamers/{id}/settings"] = "operator", ["GET /streamers/{id}/settings/versions"] = "viewer",
        ["GET /streamers/{id}/settings/versions/{version}"] = "viewer", ["POST /streamers/{id}/settings/rollback"] = "operator",
        ["GET /app"] = "viewer", ["GET /app/live"] = "viewer", ["GET /app/{rest}"] = "viewer", ["GET /app/assets/{name}"] = Open,
        ["GET /app/sign-in"] = Open, ["POST /app/sign-in"] = Open, ["POST /app/sign-out"] = Open,
        ["GET /app/streamers"] = "viewer", ["GET /app/streamers/new"] = "viewer", ["POST /app/streamers/new"] = "operator", ["GET /app/streamers/{id}"] = "viewer",
        ["POST /app/streamers/{id}"] = "operator", ["POST /app/streamers/{id}/activate"] = "operator", ["POST /app/streamers/{id}/deactivate"] = "operator",
        ["POST /app/streamers/{id}/delete"] = "operator", ["POST /app/streamers/{id}/start"] = "operator",
        ["GET /app/clips"] = "viewer", ["GET /app/clips/{id}"] = "viewer", ["POST /app/clips/{id}/delete"] = "operator", ["POST /app/clips/{id}/favourite"] = "operator", ["POST /app/clips/{id}/words"] = "operator", ["POST /app/clips/bulk"] = "operator",
        ["GET /app/processes/{id}"] = "viewer", ["GET /app/processes/{id}/live"] = "viewer", ["POST /app/processes/{id}/stop"] = "operator",
        ["GET /app/logs"] = "viewer", ["GET /app/logs/lines"] = "viewer", ["GET /app/nodes"] = "viewer", ["GET /app/nodes/live"] = "viewer", ["POST /app/nodes/rebalance"] = "operator",
        ["GET /app/access"] = Session, ["POST /app/access/password"] = Session, ["POST /app/access/tokens"] = Session,
        ["POST /app/access/tokens/{id}/revoke"] = Session, ["POST /app/access/sessions/{id}/end"] = Session,
        ["GET /app/users"] = AdminSession, ["POST /app/users"] = AdminSession, ["GET /app/users/{id}"] = AdminSession, ["POST /app/users/{id}/role"] = AdminSession,
        ["POST /app/users/{id}/password"] = AdminSession, ["POST /app/users/{id}/delete"] = AdminSession, ["GET /app/audit"] = "admin",
    };

    [Test]
    public void Every_route_has_a_line_here_and_every_line_a_route() =>
        Assert.That(Routes(_control).Select(r => r.Key), Is.EquivalentTo(Expected.Keys));

    [Test]
    public async Task Every_route_is_open_to_whom_it_says_and_to_nobody_else()
    {
        await _control.AddUserAsync("viewer", Role.Viewer);
        await _control.AddUserAsync("operator", Role.Operator);
        var callers = new List<(string Name, Role? Role, bool Token, HttpClient Client)>
        {
            ("nobody", null, false, _control.Stranger()),
            ("a viewer", Role.Viewer, false, await _control.SignedInAsync("viewer")),
            ("an operator", Role.Operator, false, await _control.SignedInAsync("operator")),
            ("an admin", Role.Admin, false, await _control.SignedInAsync("admin", TestControlPlane.Password)),
        };
        foreach (var scope in Roles.Scopes) callers.Add(($"a token to {scope}", Roles.OfScope(scope), true, _control.Bearing((await _control.Http.TokenAsync(scope)).Text)));
        var wrong = new List<string>();

        // Signing out comes last, as it ends what the others are asked with.
        foreach (var (key, endpoint) in Routes(_control).Where(r => Expected.ContainsKey(r.Key) && !r.Key.EndsWith("/sign-out", StringComparison.Ordinal)).OrderBy(r => r.Key == "POST /auth/logout"))
        {
            foreach (var caller in callers)
            {
                var status = await AskAsync(caller.Client, key, endpoint);
                var may = Expected[key] == Open || (caller.Role >= (Expected[key] == AdminSession ? Role.Admin : Roles.Find(Expected[key]) ?? Role.Viewer) && !(caller.Token && (Expected[key] is Session or AdminSession || (Expected[key] == Own && caller.Role < Role.Admin))));
                var let = status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden);
                if (key == "POST /auth/login") let = true; // Wrong credentials are told with 400 here.
                if (may != let || (!may && status != (caller.Role is null ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden))) wrong.Add($"{caller.Name}: {key}: {status}");
            }
        }

        foreach (var caller in callers) caller.Client.Dispose();
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public async Task A_route_that_names_no_role_is_closed_even_to_admins()
    {
        await using var control = await TestControlPlane.StartAsync(routes: app => app.MapGet("/forgotten", () => "secret"));

        Assert.That((await control.Http.GetAsync("/forgotten")).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await control.Http.GetAsync("/nowhere")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await control.Http.DeleteAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
    }

    [Test]
    public async Task A_refusal_says_what_is_needed_and_what_there_is()
    {
        await _control.AddUserAsync("vera", Role.Viewer);
        using var vera = await _control.SignedInAsync("vera");
        using var token = _control.Bearing((await _control.Http.TokenAsync("read")).Text);

        Assert.That(await RefusalAsync(vera), Does.Contain("'vera' may not do this: the role is viewer, and operator is needed"));
        Assert.That(await RefusalAsync(token), Does.Contain("it reaches the role viewer, and operator is needed"));

        static async Task<string> RefusalAsync(HttpClient client)
        {
            using var response = await client.PutAsync("/settings", new StringContent("{}", Encoding.UTF8, "application/json"));
            return await response.Content.ReadAsStringAsync();
        }
    }

    /// <summary>Every route that is not gRPC's, by method and by path with the names of ids made one.</summary>
    internal static IEnumerable<(string Key, RouteEndpoint Endpoint)> Routes(TestControlPlane control) =>
        from endpoint in control.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let path = Parameter().Replace("/" + endpoint.RoutePattern.RawText!.Trim('/'), m => m.Groups[1].Value is "streamerId" or "processId" ? "{id}" : $"{{{m.Groups[1].Value}}}")
        where !path.StartsWith("/streamclips.v1", StringComparison.Ordinal) && !path.Contains("unimplemented", StringComparison.Ordinal)
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"]
        select ($"{method} {path}", endpoint);

    private static async Task<HttpStatusCode> AskAsync(HttpClient client, string key, RouteEndpoint endpoint)
    {
        var (method, path) = (key.Split(' ')[0], key.Split(' ')[1]);
        using var request = new HttpRequestMessage(new HttpMethod(method), Parameter().Replace(path.Replace("{version}", "1"), Guid.Empty.ToString()));
        if (method is "POST" or "PUT" or "PATCH")
            request.Content = path.StartsWith("/app/", StringComparison.Ordinal) ? new FormUrlEncodedContent([]) : new StringContent("{}", Encoding.UTF8, "application/json");
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return response.StatusCode == HttpStatusCode.Redirect && response.Headers.Location!.ToString().StartsWith("/app/sign-in?", StringComparison.Ordinal) ? HttpStatusCode.Unauthorized : response.StatusCode;
    }

    [GeneratedRegex(@"\{\*{0,2}([a-zA-Z]+)(:[a-z]+)?\}")]
    private static partial Regex Parameter();
}
