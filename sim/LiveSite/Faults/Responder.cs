using System.Text;
using Microsoft.Net.Http.Headers;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Control;
using StreamClips.LiveSite.Playlists;

namespace StreamClips.LiveSite.Faults;

/// <summary>Sends every answer of the platform: counts it, and lets the channel's faults strike it first.</summary>
/// <param name="traffic">Counts.</param>
/// <param name="time">The clock.</param>
public sealed class Responder(Traffic traffic, TimeProvider time)
{
    /// <summary>Where redirects lead: the same site is there once more.</summary>
    public const string MovedBase = "/moved";

    private const int SliceMilliseconds = 100;

    /// <summary>Sends a text.</summary>
    /// <param name="context">The request.</param>
    /// <param name="channel">Whose faults strike; null: none.</param>
    /// <param name="target">What was asked for.</param>
    /// <param name="status">The status.</param>
    /// <param name="mediaType">The media type.</param>
    /// <param name="text">The body.</param>
    public Task SendAsync(HttpContext context, Channel? channel, FaultTarget target, int status, string mediaType, string text) =>
        SendAsync(context, channel, target, status, mediaType, Encoding.UTF8.GetBytes(text));

    /// <summary>Sends bytes; a range of them where the request asks for one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="channel">Whose faults strike; null: none.</param>
    /// <param name="target">What was asked for.</param>
    /// <param name="status">The status.</param>
    /// <param name="mediaType">The media type.</param>
    /// <param name="body">The body.</param>
    /// <param name="offset">Where it begins in a greater file, of which ranges are asked for.</param>
    public async Task SendAsync(
        HttpContext context, Channel? channel, FaultTarget target, int status, string mediaType, ReadOnlyMemory<byte> body, long offset = 0)
    {
        var now = time.GetUtcNow();
        var faults = channel?.Faults;
        if (!context.Request.PathBase.HasValue && faults?.Take(FaultKind.Redirect, target, now) is not null)
        {
            (status, body) = (StatusCodes.Status302Found, ReadOnlyMemory<byte>.Empty);
            context.Response.Headers.Location = $"{MovedBase}{context.Request.Path}{context.Request.QueryString}";
        }
        if (faults?.Take(FaultKind.Status, target, now) is { } error)
        {
            (status, mediaType) = ((int)error.Number, "text/plain");
            body = Encoding.UTF8.GetBytes($"simulated {error.Number}");
        }
        else if (status == 200 && faults?.Take(FaultKind.BadPlaylist, target, now) is { } bad)
        {
            (mediaType, body) = BadPlaylists.Make(bad.Shape, body);
        }
        var drop = faults?.Take(FaultKind.Drop, target, now);
        var slow = faults?.Take(FaultKind.Slow, target, now);

        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = mediaType;
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers.AccessControlAllowOrigin = "*";
        if (status == 200 && target == FaultTarget.Segment) body = TakeRange(context, body, offset);
        response.ContentLength = body.Length;

        traffic.Begin(channel?.Name, target);
        var sent = 0L;
        try
        {
            if (drop is not null) body = body[..(int)Math.Min(drop.Number, body.Length)];
            if (!HttpMethods.IsHead(context.Request.Method)) sent = await WriteAsync(response, body, slow?.Number, context.RequestAborted);
            if (drop is not null)
            {
                if (sent > 0) await response.Body.FlushAsync(context.RequestAborted);
                context.Abort();
            }
        }
        finally
        {
            traffic.End(channel?.Name, target, drop is null ? response.StatusCode : 0, sent);
        }
    }

    private async Task<long> WriteAsync(HttpResponse response, ReadOnlyMemory<byte> body, long? bytesASecond, CancellationToken cancellation)
    {
        if (bytesASecond is not { } rate)
        {
            await response.Body.WriteAsync(body, cancellation);
            return body.Length;
        }
        var slice = (int)Math.Max(1, rate * SliceMilliseconds / 1000);
        for (var sent = 0; sent < body.Length; sent += slice)
        {
            await response.Body.WriteAsync(body.Slice(sent, Math.Min(slice, body.Length - sent)), cancellation);
            await response.Body.FlushAsync(cancellation);
            await Task.Delay(TimeSpan.FromMilliseconds(SliceMilliseconds), time, cancellation);
        }
        return body.Length;
    }

    // One range only; what cannot be met is answered whole, as RFC 9110 section 14.2 allows, or with 416.
    private static ReadOnlyMemory<byte> TakeRange(HttpContext context, ReadOnlyMemory<byte> body, long offset)
    {
        context.Response.Headers.AcceptRanges = "bytes";
        if (!RangeHeaderValue.TryParse(context.Request.Headers.Range.ToString(), out var header) || header.Ranges.Count != 1) return body;
        var range = header.Ranges.First();
        if (offset > 0) return TakeFrom(context, body, offset, range);
        long from = range.From ?? Math.Max(0, body.Length - range.To ?? 0);
        long to = range.From is null ? body.Length - 1 : Math.Min(range.To ?? body.Length - 1, body.Length - 1);
        if (from > to)
        {
            context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            context.Response.Headers.ContentRange = $"bytes */{body.Length}";
            return ReadOnlyMemory<byte>.Empty;
        }
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        context.Response.Headers.ContentRange = $"bytes {from}-{to}/{body.Length}";
        return body.Slice((int)from, (int)(to - from + 1));
    }

    // The whole length of a file that still grows is not known.
    private static ReadOnlyMemory<byte> TakeFrom(HttpContext context, ReadOnlyMemory<byte> body, long offset, RangeItemHeaderValue range)
    {
        if (range.From is not { } from || range.To is not { } to || from < offset || to >= offset + body.Length)
        {
            context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            return ReadOnlyMemory<byte>.Empty;
        }
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        context.Response.Headers.ContentRange = $"bytes {from}-{to}/*";
        return body.Slice((int)(from - offset), (int)(to - from + 1));
    }
}

/// <summary>Things that servers send in place of a playlist.</summary>
public static class BadPlaylists
{
    /// <summary>The shapes that <see cref="Make"/> knows.</summary>
    public static readonly IReadOnlyList<string> Shapes = ["html", "empty", "binary", "truncated", "huge"];

    private const int HugeBytes = 100 * 1024 * 1024;

    /// <summary>A bad playlist.</summary>
    /// <param name="shape">One of <see cref="Shapes"/>.</param>
    /// <param name="real">The playlist that it stands for.</param>
    /// <returns>Media type and body.</returns>
    public static (string MediaType, ReadOnlyMemory<byte> Body) Make(string? shape, ReadOnlyMemory<byte> real) => shape switch
    {
        "html" => ("text/html", "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"u8.ToArray()),
        "binary" => (PlaylistWriter.MediaType, Enumerable.Range(0, 4096).Select(i => (byte)(i * 37 + 128)).ToArray()),
        "truncated" => (PlaylistWriter.MediaType, real[..(real.Length * 2 / 3)]),
        "huge" => (PlaylistWriter.MediaType, Huge()),
        _ => (PlaylistWriter.MediaType, ReadOnlyMemory<byte>.Empty),
    };

    private static byte[] Huge()
    {
        var body = new byte[HugeBytes];
        body.AsSpan().Fill((byte)'#');
        "#EXTM3U\n"u8.CopyTo(body);
        for (var i = 127; i < body.Length; i += 128) body[i] = (byte)'\n';
        return body;
    }
}
