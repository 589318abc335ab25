namespace StreamClips.Storage;

/// <summary>
/// A stored file as a stream that can seek: it fetches block after block, the next ones larger while it is read in order, so that a jump
/// in a video costs little and a whole one few questions.
/// </summary>
/// <param name="length">Length of the file in bytes.</param>
/// <param name="fetch">Gives up to so many bytes from an offset; an empty answer means that the file has become shorter.</param>
/// <param name="close">What is left to do at the end.</param>
public sealed class BlockStream(long length, Func<long, int, CancellationToken, Task<ReadOnlyMemory<byte>>> fetch, Func<ValueTask> close) : Stream
{
    private const int FirstBytes = 64 << 10;
    private const int MostBytes = 1 << 20;
    private ReadOnlyMemory<byte> _block;
    private long _blockAt;
    private long _position;
    private int _next = FirstBytes;
    private bool _closed;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= length || buffer.Length == 0) return 0;
        if (_position < _blockAt || _position >= _blockAt + _block.Length)
        {
            _next = _position == _blockAt + _block.Length ? Math.Min(_next * 2, MostBytes) : FirstBytes;
            _block = await fetch(_position, (int)Math.Min(_next, length - _position), cancellationToken);
            _blockAt = _position;
            if (_block.Length == 0) throw new IOException($"the stored file ends after {_position} of {length} bytes");
        }

        var from = (int)(_position - _blockAt);
        var count = Math.Min(buffer.Length, _block.Length - from);
        _block.Span.Slice(from, count).CopyTo(buffer.Span);
        _position += count;
        return count;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
    {
        var to = offset + origin switch { SeekOrigin.Current => _position, SeekOrigin.End => length, _ => 0 };
        ArgumentOutOfRangeException.ThrowIfNegative(to, nameof(offset));
        return _position = to;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!_closed)
        {
            _closed = true;
            await close();
        }

        await base.DisposeAsync();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read it asynchronously");

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException("it is read only");

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException("it is read only");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("it is read only");
}
