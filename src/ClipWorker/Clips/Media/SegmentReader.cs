using System.Buffers;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>Reads segments of the ring as transport streams, one after the other into the same memory. For one thread.</summary>
internal sealed class SegmentReader(SegmentRing ring) : IDisposable
{
    private readonly MemoryStream _converted = new();
    private byte[] _buffer = [];

    /// <summary>Reads one; the one before is void then.</summary>
    /// <param name="timed">The segment.</param>
    /// <param name="near">A time near to its own, in 90 kHz; null: none is known.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Null where the bytes are gone or cannot be read as what they should be: a hole.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task<TransportSegment?> ReadAsync(TimedSegment timed, long? near, CancellationToken ct)
    {
        if (ring.Find(timed.Segment.Number) is not { } held) return null;
        try
        {
            await using var file = new FileStream(held.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            if (_buffer.Length < file.Length)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = [];
                _buffer = ArrayPool<byte>.Shared.Rent((int)file.Length);
            }

            var bytes = _buffer.AsMemory(0, (int)file.Length);
            await file.ReadExactlyAsync(bytes, ct);
            if (timed.Segment.Map is null) return TransportSegment.Parse(bytes, near);
            _converted.SetLength(0);
            return FragmentTransport.TryWrite(bytes.Span, held.HeadBytes, _converted) ? TransportSegment.Parse(_converted.GetBuffer().AsMemory(0, (int)_converted.Length), near) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or EndOfStreamException)
        {
            // The ring let go of it since the plan was made.
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _converted.Dispose();
    }
}
