using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace StreamClips.Bench.Load;

/// <summary>
/// A live HLS stream on loopback: 15 segments of 2 s in the playlist, dated, and each to be had as long as RFC 8216, section
/// 6.2.2, says. Every client has an address of its own, by which its bytes are counted.
/// </summary>
internal sealed class LiveOrigin : IAsyncDisposable
{
    private const int Window = 15;
    private static readonly TimeSpan Kept = (2 * Window + 2) * SourceVideo.SegmentDuration;

    private readonly WebApplication _app;
    private readonly SourceVideo _video;
    private readonly DateTimeOffset _began;
    private readonly ConcurrentDictionary<string, long> _bytes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<long, Lazy<byte[]>> _made = new();

    private LiveOrigin(WebApplication app, SourceVideo video, DateTimeOffset began) => (_app, _video, _began) = (app, video, began);

    /// <summary>Starts it.</summary>
    public static async Task<LiveOrigin> StartAsync(SourceVideo video, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();

        // As if it had run for a while: the first playlist is full.
        var origin = new LiveOrigin(app, video, TimeProvider.System.GetUtcNow() - Window * SourceVideo.SegmentDuration);
        app.MapGet("/{client}/live.m3u8", origin.PlaylistAsync);
        app.MapGet("/{client}/{number:long}.ts", origin.SegmentAsync);
        await app.StartAsync(ct);
        return origin;
    }

    /// <summary>The playlist's address for a client.</summary>
    public string AddressOf(string client) => $"{_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}/{client}/live.m3u8";

    /// <summary>Bytes that were sent to these clients.</summary>
    public long BytesTo(IEnumerable<string> clients) => clients.Sum(c => _bytes.GetValueOrDefault(c));

    /// <summary>When the segment that holds this moment could be had first.</summary>
    public DateTimeOffset AvailableAt(DateTimeOffset moment) => _began + (Math.Floor((moment - _began) / SourceVideo.SegmentDuration) + 1) * SourceVideo.SegmentDuration;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    // The newest segment that is whole.
    private long Newest => (long)((TimeProvider.System.GetUtcNow() - _began) / SourceVideo.SegmentDuration) - 1;

    private Task PlaylistAsync(HttpContext context, string client)
    {
        var newest = Newest;
        var first = Math.Max(0, newest - Window + 1);
        var text = new StringBuilder(2048);
        text.Append(CultureInfo.InvariantCulture, $"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{first}\n");
        for (var number = first; number <= newest; number++)
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-PROGRAM-DATE-TIME:{_began + number * SourceVideo.SegmentDuration:yyyy-MM-ddTHH:mm:ss.fffZ}\n#EXTINF:2.000,\n{number}.ts\n");
        return SendAsync(context, client, "application/vnd.apple.mpegurl", Encoding.UTF8.GetBytes(text.ToString()));
    }

    private Task SegmentAsync(HttpContext context, string client, long number)
    {
        var newest = Newest;
        if (number < 0 || number > newest || (newest - number) * SourceVideo.SegmentDuration > Kept)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        foreach (var old in _made.Keys.Where(n => (newest - n) * SourceVideo.SegmentDuration > Kept)) _made.TryRemove(old, out _);
        var bytes = _made.GetOrAdd(number, n => new(() => _video.Segment(n))).Value;
        if (context.Request.Headers.Range.ToString() is not "bytes=0-0") return SendAsync(context, client, "video/mp2t", bytes);
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        context.Response.Headers.ContentRange = $"bytes 0-0/{bytes.Length}";
        return SendAsync(context, client, "video/mp2t", bytes[..1]);
    }

    private async Task SendAsync(HttpContext context, string client, string type, byte[] bytes)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        _bytes.AddOrUpdate(client, bytes.Length, (_, sum) => sum + bytes.Length);
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
