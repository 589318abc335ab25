using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace StreamClips.Storage.Tests.S3;

/// <summary>A request as it came over the wire.</summary>
/// <param name="Method">GET and so on.</param>
/// <param name="Path">The path as it was sent, percent-encoded.</param>
/// <param name="Query">Names and values, decoded; in any order.</param>
/// <param name="Headers">Names in lower case, and values.</param>
/// <param name="BodySha256">SHA-256 of the body, lower-case hex.</param>
internal sealed record SignedRequest(string Method, string Path, IReadOnlyList<KeyValuePair<string, string>> Query, IReadOnlyDictionary<string, string> Headers, string BodySha256)
{
    public string? Asked(string name) => Query.Where(q => q.Key == name).Select(q => q.Value).FirstOrDefault();
}

/// <summary>
/// AWS Signature Version 4 as S3 verifies it, by "Authenticating Requests (AWS Signature Version 4)" of the Amazon S3 API reference: in the Authorization header, and in the query
/// of a presigned address. Nothing is taken from the client's library, so that it cannot agree with itself.
/// </summary>
/// <param name="accessKey">The only key that is known.</param>
/// <param name="secretKey">Its secret.</param>
/// <param name="region">The region that requests must be signed for.</param>
internal sealed class SignatureV4(string accessKey, string secretKey, string region)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Unsigned = "UNSIGNED-PAYLOAD";
    private const string TimeForm = "yyyyMMdd'T'HHmmss'Z'";
    private const int MostExpiresS = 604_800;
    private static readonly TimeSpan MostSkew = TimeSpan.FromMinutes(15);

    /// <summary>Why a request is refused, as S3's error code; null: it is let in.</summary>
    public string? Refusal(SignedRequest request, DateTimeOffset now)
    {
        var header = request.Headers.GetValueOrDefault("authorization");
        var presigned = request.Asked("X-Amz-Algorithm") is not null;
        if (header is not null && presigned) return "InvalidArgument";
        return presigned ? PresignedRefusal(request, now) : header is not null ? HeaderRefusal(request, header, now) : "AccessDenied";
    }

    private string? HeaderRefusal(SignedRequest request, string header, DateTimeOffset now)
    {
        if (!header.StartsWith(Algorithm + " ", StringComparison.Ordinal)) return "InvalidRequest";
        var parts = header[Algorithm.Length..].Split(',').Select(p => p.Trim().Split('=', 2)).Where(p => p.Length == 2).ToDictionary(p => p[0], p => p[1]);
        if (!parts.TryGetValue("Credential", out var credential) || !parts.TryGetValue("SignedHeaders", out var signed) || !parts.TryGetValue("Signature", out var signature)) return "AuthorizationHeaderMalformed";
        if (!request.Headers.TryGetValue("x-amz-date", out var time) || !TryTime(time, out var at)) return "AccessDenied";
        if (ScopeFault(credential, time) is { } fault) return fault == "scope" ? "AuthorizationHeaderMalformed" : fault;
        if ((now - at).Duration() > MostSkew) return "RequestTimeTooSkewed";
        if (!request.Headers.TryGetValue("x-amz-content-sha256", out var payload)) return "InvalidRequest";
        // The form that sends signed chunks is not used here.
        if (payload != Unsigned && payload.Length != 64) return "NotImplemented";
        if (AreUnsigned(request, signed)) return "AccessDenied";
        if (!Same(signature, Sign(request, request.Query, signed, payload, time))) return "SignatureDoesNotMatch";
        return payload != Unsigned && payload != request.BodySha256 ? "XAmzContentSHA256Mismatch" : null;
    }

    private string? PresignedRefusal(SignedRequest request, DateTimeOffset now)
    {
        const string Malformed = "AuthorizationQueryParametersError";
        if (request.Asked("X-Amz-Algorithm") != Algorithm || request.Asked("X-Amz-Credential") is not { } credential || request.Asked("X-Amz-Date") is not { } time || !TryTime(time, out var at)
            || request.Asked("X-Amz-SignedHeaders") is not { } signed || request.Asked("X-Amz-Signature") is not { } signature
            || !int.TryParse(request.Asked("X-Amz-Expires"), NumberStyles.None, CultureInfo.InvariantCulture, out var expires) || expires is < 1 or > MostExpiresS)
        {
            return Malformed;
        }

        if (ScopeFault(credential, time) is { } fault) return fault == "scope" ? Malformed : fault;
        if (at - now > MostSkew || now > at.AddSeconds(expires)) return "AccessDenied";
        if (AreUnsigned(request, signed)) return "AccessDenied";
        var query = request.Query.Where(q => q.Key != "X-Amz-Signature").ToList();
        return Same(signature, Sign(request, query, signed, Unsigned, time)) ? null : "SignatureDoesNotMatch";
    }

    private string? ScopeFault(string credential, string time)
    {
        var scope = credential.Split('/');
        if (scope.Length != 5) return "scope";
        if (scope[0] != accessKey) return "InvalidAccessKeyId";
        return scope[1] == time[..8] && scope[2] == region && scope[3] == "s3" && scope[4] == "aws4_request" ? null : "scope";
    }

    // The host, and every x-amz- header that is there, must be signed.
    private static bool AreUnsigned(SignedRequest request, string signed)
    {
        var names = signed.Split(';').ToHashSet();
        return !names.Contains("host") || request.Headers.Keys.Any(h => h.StartsWith("x-amz-", StringComparison.Ordinal) && !names.Contains(h));
    }

    private string Sign(SignedRequest request, IEnumerable<KeyValuePair<string, string>> query, string signed, string payload, string time)
    {
        var path = string.Join('/', request.Path.Split('/').Select(p => Encode(Uri.UnescapeDataString(p))));
        var asked = string.Join('&', query.Select(q => (Name: Encode(q.Key), Value: Encode(q.Value))).OrderBy(q => q.Name, StringComparer.Ordinal).ThenBy(q => q.Value, StringComparer.Ordinal).Select(q => $"{q.Name}={q.Value}"));
        var headers = string.Concat(signed.Split(';').Select(name => $"{name}:{Trimmed(request.Headers.GetValueOrDefault(name) ?? "")}\n"));
        var canonical = $"{request.Method}\n{path}\n{asked}\n{headers}\n{signed}\n{payload}";
        var scope = $"{time[..8]}/{region}/s3/aws4_request";
        var text = $"{Algorithm}\n{time}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + secretKey), (k, part) => HMACSHA256.HashData(k, Encoding.UTF8.GetBytes(part)));
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }

    private static string Trimmed(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static bool Same(string one, string other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    private static bool TryTime(string text, out DateTimeOffset at) => DateTimeOffset.TryParseExact(text, TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out at);

    // The reference's UriEncode: everything but A-Z a-z 0-9 - . _ ~, by upper-case hex of its UTF-8.
    private static string Encode(string text)
    {
        var encoded = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || (char)b is '-' or '.' or '_' or '~') encoded.Append((char)b);
            else encoded.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }
}
