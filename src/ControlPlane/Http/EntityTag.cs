using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
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
        if (tags is [{ Opaque: TagList.Any }]) return null;
        expected = version;
        return tags.Any(t => !t.IsWeak && VersionOf(t.Opaque) == version) ? null : Stale(version);
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

    private static IReadOnlyList<(bool IsWeak, string Opaque)>? Tags(StringValues header) =>
        header.Sum(h => h?.Length ?? 0) <= Longest ? TagList.TryParse(string.Join(',', header.ToArray())) : null;

    private static long? VersionOf(string opaque) =>
        long.TryParse(opaque.Split('.', 2)[0], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;

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
            var tag = version is null ? hash : $"{version}.{hash}";
            response.Headers.ETag = $"\"{tag}\"";
            var reads = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
            if (reads) response.Headers.CacheControl = "private, no-cache";
            // What is not understood of If-None-Match is no condition: the whole answer does no harm.
            if (reads && Tags(request.Headers.IfNoneMatch)?.Any(t => t.Opaque == tag || t.Opaque == TagList.Any) == true)
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

/// <summary>Reads the tags of a condition (RFC 9110 sections 8.8.3 and 13.1). The framework's reader throws at some garbage.</summary>
internal static class TagList
{
    /// <summary>Stands for any tag. The tag <c>"*"</c> is none of ours, and is read as an empty one.</summary>
    public const string Any = "*";

    /// <summary>The tags, each without its quotation marks; one that is <see cref="Any"/> for <c>*</c>; null where it is no list of tags.</summary>
    public static IReadOnlyList<(bool IsWeak, string Opaque)>? TryParse(string text)
    {
        if (text.Trim(' ', '\t') == "*") return [(false, Any)];
        var (tags, at) = (new List<(bool, string)>(), 0);
        while (true)
        {
            // Empty elements are to be taken (section 5.6.1.2).
            while (at < text.Length && text[at] is (' ' or '\t' or ',')) at++;
            if (at == text.Length) return tags.Count > 0 ? tags : null;
            var weak = text.AsSpan(at).StartsWith("W/", StringComparison.Ordinal);
            if (weak) at += 2;
            if (at == text.Length || text[at] != '"' || text.IndexOf('"', at + 1) is not (> 0 and var end)) return null;
            var opaque = text[(at + 1)..end];
            if (opaque.Any(c => c is < '!' or '\u007f')) return null;
            tags.Add((weak, opaque == Any ? "" : opaque));
            at = end + 1;
            while (at < text.Length && text[at] is (' ' or '\t')) at++;
            if (at < text.Length && text[at] != ',') return null;
        }
    }
}
