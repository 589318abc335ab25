using System.Net.Security;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using StreamClips.Cli.Api;
using StreamClips.Cli.Contexts;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Doctor;

/// <summary>The way to a control plane, and what that says of itself.</summary>
/// <param name="context">Which, and who asks.</param>
/// <param name="time">The clock.</param>
public sealed class ConnectionChecks(ServerContext context, TimeProvider time)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ReportDeadline = TimeSpan.FromSeconds(20);

    /// <summary>Looks at all of it; what cannot be looked at because something before failed is left out.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellation)
    {
        var server = ServerAddress.Check(context.Server);
        var found = new List<Finding>();
        if (!await ReachAsync(server, found, cancellation)) return found;
        using var api = new ApiClient(server, context.Token, ReportDeadline);
        if (!await ReadyAsync(api, found, cancellation)) return found;
        try
        {
            await SignInAsync(api, found, cancellation);
            await ReportAsync(api, found, cancellation);
        }
        catch (ApiException e)
        {
            found.Add(e.Status == System.Net.HttpStatusCode.Unauthorized
                ? Finding.Fail(Finding.Connection, "sign-in", "the token is not let in: it ended, or was revoked", $"streamclips login {server}")
                : Finding.Fail(Finding.Connection, "sign-in", e.Message, ""));
        }

        return found;
    }

    /// <summary>Whether anybody answers, with which certificate, and what time it is there.</summary>
    private async Task<bool> ReachAsync(Uri server, List<Finding> found, CancellationToken cancellation)
    {
        (DateTimeOffset Until, string? Fault)? certificate = null;
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, ConnectTimeout = Deadline,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, shown, _, errors) =>
                {
                    if (shown is X509Certificate2 leaf) certificate = (new DateTimeOffset(leaf.NotAfter).ToUniversalTime(), Words(errors, leaf));
                    // No secret goes over this connection.
                    return errors == SslPolicyErrors.None;
                },
            },
        };
        using var http = new HttpClient(handler) { BaseAddress = server, Timeout = Deadline, MaxResponseContentBufferSize = 1 << 20 };
        var (asked, started) = (time.GetUtcNow(), time.GetTimestamp());
        try
        {
            using var response = await http.GetAsync("/health/live", cancellation);
            var took = time.GetElapsedTime(started);
            if (!response.IsSuccessStatusCode)
            {
                found.Add(Finding.Fail(Finding.Connection, "reachable", $"{server} answered {(int)response.StatusCode} to /health/live", "check the address: this is no control plane, or a proxy that does not reach one"));
                return false;
            }

            found.Add(ConnectionRules.Answer(server, took));
            if (certificate is { } shown) found.Add(ConnectionRules.Certificate(shown.Until, asked, shown.Fault));
            if (response.Headers.Date is { } date) found.Add(ConnectionRules.Clock(asked + (took / 2) - date.AddSeconds(0.5)));
            return true;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            if (certificate is { } shown) found.Add(ConnectionRules.Certificate(shown.Until, asked, shown.Fault));
            else found.Add(Finding.Fail(Finding.Connection, "reachable", e is HttpRequestException ? $"{server} does not answer: {e.Message.TrimEnd('.')}" : $"{server} did not answer within {Deadline.TotalSeconds:0} s", "see that it runs, that the address is right, and what is between"));
            return false;
        }
    }

    private static async Task<bool> ReadyAsync(ApiClient api, List<Finding> found, CancellationToken cancellation)
    {
        try
        {
            await api.GetAsync("/health/ready", cancellation);
            return true;
        }
        catch (ApiException e)
        {
            found.Add(Finding.Fail(Finding.Server, "ready", e.Message, e.Status == System.Net.HttpStatusCode.ServiceUnavailable
                ? "see that its database runs (the server of DATABASE_URL, or the private one below its data directory), is reachable from there and takes changes; its log says more"
                : "see what listens at this address"));
            return false;
        }
    }

    private async Task SignInAsync(ApiClient api, List<Finding> found, CancellationToken cancellation)
    {
        var me = await api.GetAsync("/users/me", cancellation);
        var token = (await api.ListAsync("/tokens", cancellation)).OfType<JsonObject>().FirstOrDefault(t => t.Text("id") == me.Text("credential_id"));
        found.Add(ConnectionRules.Token(CellText.Clean(me.Text("username")), CellText.Clean(me.Text("may")), token?.At("expires_at"), time.GetUtcNow(), api.Server));
    }

    private static async Task ReportAsync(ApiClient api, List<Finding> found, CancellationToken cancellation)
    {
        try
        {
            var report = await api.GetAsync("/doctor", cancellation);
            found.Add(ConnectionRules.Version(typeof(ConnectionChecks).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "", CellText.Clean(report.Text("version"))));
            found.AddRange((report["checks"] as JsonArray ?? []).OfType<JsonObject>().Select(Finding.OfServer));
        }
        catch (ApiException e) when (e.Status is System.Net.HttpStatusCode.Forbidden)
        {
            found.Add(Finding.Warn(Finding.Server, "its own checks", "only operators see them", "sign in as one, or with a token of scope operate"));
        }
        catch (ApiException e) when (e.Status is System.Net.HttpStatusCode.NotFound)
        {
            found.Add(Finding.Warn(Finding.Connection, "version", "the control plane has no checks of its own: it is older than this command", "upgrade it"));
        }
        catch (ApiException e)
        {
            found.Add(Finding.Fail(Finding.Server, "its own checks", e.Message, ""));
        }
    }

    private static string? Words(SslPolicyErrors errors, X509Certificate2 certificate) => errors switch
    {
        SslPolicyErrors.None => null,
        _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) => $"is for another host: {certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false)}",
        _ => $"is not trusted here: issued by {certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true)}, good until {Values.Time(new DateTimeOffset(certificate.NotAfter))}",
    };
}
