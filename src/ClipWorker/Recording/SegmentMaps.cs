using System.Net;
using System.Net.Http.Headers;

namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// The initialization sections of fragmented MP4 (EXT-X-MAP, RFC 8216 4.3.2.5), in clear. The newest is kept: segment after
/// segment has the same. Safe for several threads.
/// </summary>
internal sealed class SegmentMaps(HttpClient client, SegmentKeys keys, TimeProvider clock)
{
    private const int MaxMapBytes = 1 << 20;
    private volatile Held? _held;

    /// <summary>The bytes of a section; none where a segment has no section.</summary>
    /// <exception cref="IOException">It cannot be had; the message says why.</exception>
    public async Task<byte[]> GetAsync(SegmentMap? map, CancellationToken ct)
    {
        if (map is null) return [];
        if (_held is { } known && known.Map == map) return known.Bytes;
        using var request = new HttpRequestMessage(HttpMethod.Get, map.Uri);
        if (map.Range is { } range) request.Headers.Range = new RangeHeaderValue(range.Offset, range.Offset + range.Length - 1);
        var answer = await StreamHttp.SendAsync(client, request, MaxMapBytes, clock, ct);
        var name = $"the initialization section {PlaylistText.ForLogs(map.Uri)}";
        if (!answer.Ok) throw new IOException($"{name} {answer.Describe()}");
        if (map.Range is not null && answer.Status != (int)HttpStatusCode.PartialContent) throw new IOException($"{name} comes whole: the server ignores byte ranges");
        var bytes = answer.Body!;
        if (map.Key is { } key)
        {
            var held = await keys.GetAsync(key.Uri!, ct);
            bytes = SegmentCipher.Read(bytes, held.Key ?? throw new IOException($"{name}: {held.Fault}"), key.Iv!.Value)
                ?? throw new IOException($"{name} is not encrypted by the key that the playlist names");
        }

        _held = new(map, bytes);
        return bytes;
    }

    // In one object, as several hands read and write it.
    private sealed record Held(SegmentMap Map, byte[] Bytes);
}
