using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace StreamClips.ControlPlane.Http;

/// <summary>
/// Tags of things (RFC 9110 section 8.8.3). A tag is <c>"VERSION.HASH"</c>: the version grows with every change that somebody makes, and the hash is of
/// the answer's bytes, for these hold what machines report too. <c>If-Match</c> asks for the version, and takes <c>"VERSION"</c> alone;
/// <c>If-None-Match</c> compares the whole.
/// </summary>
public static class EntityTag
{
    /// <summary>Most characters of a header with tags.</summary>
    public const int Longest = 2000;

    /// <summary>Whether a change may go on that is conditional (RFC 9110 section 13.1.1): <c>*</c>, or a list with a strong tag of the version. Weak tags never match.</summary>
    /// <param name="request">The request.</param>
    /// <param name="version">The thing's version now.</param>
    /// <param name="expected">The version that the change must find when it is made; null: any.</param>
    /// <returns>Null where it may; otherwise the answer.</returns>
    public static IResult? Refusal(HttpRequest request, long version, out long? expected)
    {
        expected = null;
        var header = request.Headers.IfMatch;
        if (StringValues.IsNullOrEmpty(header)) return null;
        if (Tags(header) is not { } tags)
            return Problems.Of(400, $"If-Match is '{Told(header)}', which is no list of tags", "give the ETag that GET answers with, in its quotation marks, or *");
        if (tags is [{ Tag.Value: "*" }]) return null;
        expected = version;
        return tags.Any(t => !t.IsWeak && VersionOf(t) == version) ? null : Stale(version);
    }

    /// <summary>Somebody else changed the thing first.</summary>
    /// <param name="version">Its version now; null: not known.</param>
    public static IResult Stale(long? version) => Problems.Of(
        412, version is null ? "this was changed by somebody else meanwhile" : $"this was changed by somebody else meanwhile: it is of version {version} now",
        "GET it again, look at what has become of it, make your change to that, and send it with the new ETag as If-Match");

    /// <summary>An answer with a tag; 304 where the request has this very answer already (RFC 9110 section 13.1.2).</summary>
    /// <param name="view">The thing.</param>
    /// <param name="version">Its version; null: it has none, and only the hash tells.</param>
    /// <param name="created">Where it is, if it was made just now.</param>
    public static IResult Answer<T>(T view, long? version, string? created = null) => new Tagged<T>(view, version, created);

    /// <summary>The tags of a header; null where it is none, or too long.</summary>
    internal static IList<EntityTagHeaderValue>? Tags(StringValues header) =>
        header.Sum(h => h?.Length ?? 0) <= Longest && EntityTagHeaderValue.TryParseStrictList([.. header.Select(h => h ?? "")], out var tags) ? tags : null;

    private static long? VersionOf(EntityTagHeaderValue tag)
    {
        var inner = tag.Tag.AsSpan().Trim('"');
        var point = inner.IndexOf('.');
        return long.TryParse(point < 0 ? inner : inner[..point], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;
    }

    private static string Told(StringValues header) => header.ToString() is { Length: > 100 } text ? text[..100] + "…" : header.ToString();

    private sealed class Tagged<T>(T view, long? version, string? created) : IResult, IStatusCodeHttpResult
    {
        private const int HashBytes = 8;

        public int? StatusCode => created is null ? 200 : 201;

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var (request, response) = (httpContext.Request, httpContext.Response);
            var json = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
            var bytes = JsonSerializer.SerializeToUtf8Bytes(view, json);
            var hash = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, HashBytes));
            var tag = new EntityTagHeaderValue(version is null ? $"\"{hash}\"" : $"\"{version}.{hash}\"");
            response.Headers.ETag = tag.ToString();
            var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
            if (reads) response.Headers.CacheControl = "private, no-cache";
            // What is not understood of If-None-Match is no condition: the whole answer does no harm.
            if (reads && Tags(request.Headers.IfNoneMatch)?.Any(t => t.Tag == "*" || t.Compare(tag, useStrongComparison: false)) == true)
            {
                response.StatusCode = 304;
                return;
            }

            response.StatusCode = StatusCode!.Value;
            if (created is not null) response.Headers.Location = created;
            response.ContentType = "application/json; charset=utf-8";
            response.ContentLength = bytes.Length;
            await response.Body.WriteAsync(bytes, httpContext.RequestAborted);
        }
    }
}
