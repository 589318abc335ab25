using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Threading.Channels;
using StreamClips.Shared;

namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// Fetches segments into the ring, a few at once, oldest first. When it cannot follow, the oldest that wait are given up:
/// the newest are worth more.
/// </summary>
internal sealed class SegmentFetcher
{
    /// <summary>Tries for each segment.</summary>
    public const int Attempts = 3;

    /// <summary>Segments that are fetched at once.</summary>
    public const int Parallel = 3;

    /// <summary>The largest segment, in bytes.</summary>
    public const int MaxSegmentBytes = 64 << 20;

    private const int MaxWaiting = 64;
    private static readonly Backoff Retry = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(50));

    private readonly HttpClient _client;
    private readonly SegmentRing _ring;
    private readonly IRecordingEvents _events;
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly Channel<IndexedSegment> _waiting;
    private readonly SegmentKeys _keys;
    private readonly SegmentMaps _maps;
    private long _bytes;

    /// <summary>Makes a fetcher that fills this ring.</summary>
    public SegmentFetcher(HttpClient client, SegmentRing ring, IRecordingEvents events, TimeProvider clock, Random random)
    {
        (_client, _ring, _events, _clock, _random) = (client, ring, events, clock, random);
        _keys = new(client, clock);
        _maps = new(client, _keys, clock);
        _waiting = Channel.CreateBounded<IndexedSegment>(
            new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest },
            given => Lost(given, $"more than {MaxWaiting} segments wait: the connection is too slow for this stream"));
    }

    /// <summary>Bytes fetched since the start.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Asks for a segment.</summary>
    public void Want(IndexedSegment segment) => _waiting.Writer.TryWrite(segment);

    /// <summary>Fetches until it is cancelled. A bug in one of the hands ends all, so that it is seen.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var hands = new Task[Parallel];
        for (var i = 0; i < Parallel; i++) hands[i] = FetchAllAsync(new Random(_random.Next()), together.Token);
        var first = await Task.WhenAny(hands);
        await together.CancelAsync();
        await Task.WhenAll(hands).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task FetchAllAsync(Random random, CancellationToken ct)
    {
        await foreach (var segment in _waiting.Reader.ReadAllAsync(ct))
        {
            for (var attempt = 1; ; attempt++)
            {
                var (fault, final) = await TryFetchAsync(segment, ct);
                if (fault is null) break;
                if (final || attempt == Attempts)
                {
                    Lost(segment, fault);
                    break;
                }

                await Task.Delay(Retry.Delay(attempt, random), _clock, ct);
            }
        }
    }

    private void Lost(IndexedSegment segment, string why)
    {
        _ring.Lose(segment.Number);
        _events.SegmentLost(segment.Number, PlaylistText.ForLogs(segment.Uri), why);
    }

    /// <returns>Why it failed, and whether another try is of no use.</returns>
    private async Task<(string? Fault, bool Final)> TryFetchAsync(IndexedSegment segment, CancellationToken ct)
    {
        using var deadline = new CancellationTokenSource(StreamHttp.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        try
        {
            long bytes;
            var head = await _maps.GetAsync(segment.Map, either.Token);
            await using (var file = new FileStream(_ring.PartOf(segment.Number), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                await file.WriteAsync(head, either.Token);
                if (await AppendAsync(file, segment, either.Token) is { Fault: not null } broken) return broken;
                bytes = file.Length;
            }

            _ring.Put(segment.Number, bytes, head.Length);
            return (null, false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return ($"not whole within {StreamHttp.Timeout.TotalSeconds} s", false);
        }
        catch (CryptographicException)
        {
            return ("it is not encrypted by the key that the playlist names, or not whole", false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or InvalidOperationException)
        {
            // The last two: a body that is not compressed as its header says (gzip and Brotli).
            return (e.Message, false);
        }
    }

    private async Task<(string? Fault, bool Final)> AppendAsync(FileStream file, IndexedSegment segment, CancellationToken ct)
    {
        var key = segment.Key is null ? null : await _keys.GetAsync(segment.Key.Uri!, ct);
        if (key is { Key: null }) return (key.Fault, key.Final);
        var (range, checkTransport) = (segment.Range, segment.Map is null);
        using var request = new HttpRequestMessage(HttpMethod.Get, segment.Uri);
        if (range is not null) request.Headers.Range = new RangeHeaderValue(range.Offset, range.Offset + range.Length - 1);
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        var status = (int)response.StatusCode;
        if (!response.IsSuccessStatusCode) return ($"answers {status} ({response.StatusCode})", status is 401 or 403 or 404 or 410);
        if (range is not null && response.StatusCode != HttpStatusCode.PartialContent) return ("the server ignores byte ranges, which this playlist needs", true);

        await using var content = await response.Content.ReadAsStreamAsync(ct);
        await using var body = key?.Key is { } bytes ? SegmentCipher.Open(content, bytes, segment.Key!.Iv!.Value) : content;
        var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            var begins = file.Length;
            while (await body.ReadAsync(buffer, ct) is var read && read > 0)
            {
                if (checkTransport && file.Length == 0 && buffer[0] != TransportSync) return ("it is no MPEG transport stream", false);
                if (file.Length + read > MaxSegmentBytes) return ($"it has more than {MaxSegmentBytes} bytes", true);
                await file.WriteAsync(buffer.AsMemory(0, read), ct);
                Interlocked.Add(ref _bytes, read);
            }

            var length = file.Length - begins;
            if (length == 0) return ("it is empty", false);
            return checkTransport && length % TransportPacketBytes != 0 ? ("it ends in the middle of a packet", false) : default;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // ISO/IEC 13818-1: a transport stream is packets of 188 bytes that begin with 0x47.
    private const byte TransportSync = 0x47;
    private const int TransportPacketBytes = 188;
}
