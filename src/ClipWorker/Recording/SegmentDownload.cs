using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// One try to bring a segment's bytes into the ring: from the connection into a large pooled buffer, from there into the file.
/// What is not whole never gets a segment's name.
/// </summary>
internal sealed class SegmentDownload
{
    /// <summary>The largest segment, in bytes.</summary>
    public const int MaxSegmentBytes = 64 << 20;

    /// <summary>An answer that brings less than <see cref="LeastBytes"/> in so long is given up.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    /// <summary>How long a whole answer may take.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>So many bytes count as progress: a server that sends one a second has stalled.</summary>
    public const int LeastBytes = 64 << 10;

    private const int BufferBytes = 128 << 10;

    // ISO/IEC 13818-1: a transport stream is packets of 188 bytes that begin with 0x47.
    private const byte TransportSync = 0x47;
    private const int TransportPacketBytes = 188;

    // errno of Linux, which an IOException carries where the runtime has no code of its own: ENOSPC and EDQUOT.
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    private readonly HttpClient _client;
    private readonly SegmentRing _ring;
    private readonly TimeProvider _clock;
    private readonly SegmentKeys _keys;
    private readonly SegmentMaps _maps;
    private long _bytes;

    /// <summary>Makes one that fills this ring.</summary>
    public SegmentDownload(HttpClient client, SegmentRing ring, TimeProvider clock)
    {
        (_client, _ring, _clock) = (client, ring, clock);
        _keys = new(client, clock);
        _maps = new(client, _keys, clock);
    }

    /// <summary>Whether segments may be packed audio: the frames of a codec behind a tag, and no packets.</summary>
    public bool PackedSound { get; init; }

    /// <summary>Bytes fetched since the start.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Tries it.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="cut">Whether to be content with a transport stream that ends in the middle of a packet: it is kept without that one.</param>
    /// <param name="ct">Ends it early.</param>
    /// <returns>Why it failed, and whether another try is of no use; no fault where the ring holds it now.</returns>
    public async Task<DownloadResult> TryAsync(IndexedSegment segment, bool cut, CancellationToken ct)
    {
        using var idle = new CancellationTokenSource(Idle, _clock);
        using var longest = new CancellationTokenSource(Longest, _clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, longest.Token, ct);
        try
        {
            var head = await _maps.GetAsync(segment.Map, any.Token);
            var key = segment.Key is null ? null : await _keys.GetAsync(segment.Key.Uri!, any.Token);
            if (key is { Key: null }) return new(key.Fault, key.Final);
            using var file = File.OpenHandle(_ring.PartOf(segment.Number), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
            Write(file, head, 0);
            var (length, broken) = await ReceiveAsync(segment, key?.Key, file, head.Length, cut, idle, any.Token);
            if (broken is not null) return broken;
            file.Dispose();
            _ring.Put(segment.Number, length, head.Length);
            return DownloadResult.Whole;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new(longest.IsCancellationRequested ? $"not whole within {Longest.TotalSeconds:0} s" : $"stalled: less than {LeastBytes >> 10} KiB came in {Idle.TotalSeconds:0} s");
        }
        catch (CryptographicException)
        {
            return new("it is not encrypted by the key that the playlist names, or not whole", Bad: true);
        }
        catch (IOException e) when (e.HResult is NoSpace or QuotaExceeded)
        {
            return new("no disk space is left for it", NoSpace: true);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or InvalidOperationException)
        {
            // The last two: a body that is not compressed as its header says (gzip and Brotli).
            return new(e.Message, Bad: e is InvalidDataException or InvalidOperationException);
        }
    }

    private async Task<(long Length, DownloadResult? Broken)> ReceiveAsync(IndexedSegment segment, byte[]? key, SafeFileHandle file, int headBytes, bool cut, CancellationTokenSource idle, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, segment.Uri);
        if (segment.Range is { } range) request.Headers.Range = new RangeHeaderValue(range.Offset, range.Offset + range.Length - 1);
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (Refused(segment, response) is { } refused) return (0, refused);
        await using var content = await response.Content.ReadAsStreamAsync(ct);
        await using var body = key is null ? content : SegmentCipher.Open(content, key, segment.Key!.Iv!.Value);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var (received, counted, packets) = (0L, 0L, segment.Map is null);
            while (true)
            {
                var filled = 0;
                while (filled < buffer.Length && await body.ReadAsync(buffer.AsMemory(filled), ct) is var read && read > 0)
                {
                    filled += read;
                    if (received + filled - counted < LeastBytes) continue;
                    counted = received + filled;
                    idle.CancelAfter(Idle);
                }

                if (filled == 0) break;
                if (received == 0 && packets && buffer[0] != TransportSync)
                {
                    if (!PackedSound || !IsPackedSound(buffer.AsSpan(0, filled))) return (0, new("it is no MPEG transport stream", Bad: true));
                    packets = false;
                }

                if (received + filled > MaxSegmentBytes) return (0, new($"it has more than {MaxSegmentBytes} bytes", Final: true));
                Write(file, buffer.AsSpan(0, filled), headBytes + received);
                received += filled;
                Interlocked.Add(ref _bytes, filled);
            }

            if (received == 0) return (0, new("it is empty", Bad: true));
            if (segment.Map is not null && SegmentBoxes.Fault(file, headBytes, headBytes + received) is { } damage) return (0, new(damage, Bad: true));
            var rest = packets ? received % TransportPacketBytes : 0;
            if (rest > 0 && (!cut || received < TransportPacketBytes)) return (0, new("it ends in the middle of a packet", Bad: true));
            if (rest > 0) RandomAccess.SetLength(file, headBytes + received - rest);
            return (headBytes + received - rest, null);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // An ID3 tag with the time, or the syncword of AAC in ADTS.
    private static bool IsPackedSound(ReadOnlySpan<byte> bytes) => bytes.StartsWith("ID3"u8) || (bytes.Length > 1 && bytes[0] == 0xFF && (bytes[1] & 0xF6) == 0xF0);

    private static DownloadResult? Refused(IndexedSegment segment, HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (!response.IsSuccessStatusCode) return new($"answers {status} ({response.StatusCode})", Final: status is 401 or 403 or 404 or 410);
        return segment.Range is not null && response.StatusCode != HttpStatusCode.PartialContent
            ? new("the server ignores byte ranges, which this playlist needs", Final: true)
            : null;
    }

    // On the spot: the page cache takes it, and another thread would cost more than the copy.
    private static void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(file, bytes, offset);
}

/// <summary>How a try ended.</summary>
/// <param name="Fault">Why it failed, for people; null: it did not.</param>
/// <param name="Final">Whether another try is of no use.</param>
/// <param name="Bad">Whether the origin sent all that it has, and that is not usable.</param>
/// <param name="NoSpace">Whether the disk is full.</param>
internal sealed record DownloadResult(string? Fault, bool Final = false, bool Bad = false, bool NoSpace = false)
{
    /// <summary>The ring holds the segment.</summary>
    public static readonly DownloadResult Whole = new((string?)null);
}
