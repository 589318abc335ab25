using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>Lets agents in that show the token of <c>NODE_TOKEN_FILE</c> as a bearer token (RFC 6750 section 2.1).</summary>
/// <remarks>The file is read at each connect, so that a token can be changed without a restart.</remarks>
public sealed partial class NodeTokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemeOptions, ILoggerFactory logger, UrlEncoder encoder, ControlPlaneOptions options)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemeOptions, logger, encoder)
{
    /// <summary>Name of the scheme and of the policy that asks for it.</summary>
    public const string SchemeName = "node";

    private const int ShortestToken = 16;
    private const int Unauthenticated = 16;

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) || options.NodeTokenFile is null) return AuthenticateResult.NoResult();
        string wanted;
        try
        {
            wanted = (await File.ReadAllTextAsync(options.NodeTokenFile, Context.RequestAborted)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Unreadable(Logger, options.NodeTokenFile, e.Message);
            return AuthenticateResult.Fail($"the token file cannot be read: {e.Message}");
        }

        if (wanted.Length < ShortestToken)
        {
            TooShort(Logger, options.NodeTokenFile, ShortestToken);
            return AuthenticateResult.Fail($"the token file holds fewer than {ShortestToken} characters");
        }

        var given = header["Bearer ".Length..].Trim();
        if (!CryptographicOperations.FixedTimeEquals(Hash(given), Hash(wanted))) return AuthenticateResult.Fail("the token is wrong");
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Role, "node")], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    /// <summary>Answers as gRPC does, so that the agent reads the reason (gRPC over HTTP2, Trailers-Only).</summary>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status200OK;
        Response.ContentType = "application/grpc";
        Response.Headers["grpc-status"] = $"{Unauthenticated}";
        Response.Headers["grpc-message"] = "the node token is missing or wrong: give agent and control plane the same NODE_TOKEN_FILE";
        return Task.CompletedTask;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    [LoggerMessage(1411, LogLevel.Warning, "node.token_unreadable: no agent is let in: {File} cannot be read: {Reason}")]
    private static partial void Unreadable(ILogger log, string file, string reason);

    [LoggerMessage(1412, LogLevel.Warning, "node.token_short: no agent is let in: {File} holds fewer than {Shortest} characters: write a longer token there")]
    private static partial void TooShort(ILogger log, string file, int shortest);
}
