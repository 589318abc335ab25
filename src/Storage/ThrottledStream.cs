namespace StreamClips.Storage;

/// <summary>A stream that what is written to waits for a budget first, piece by piece.</summary>
/// <param name="stream">Where it goes. Not closed.</param>
/// <param name="budget">The budget.</param>
public sealed class ThrottledStream(Stream stream, ByteBudget budget) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException("it is only written to");

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException("it is only written to");
        set => throw new NotSupportedException("it is only written to");
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            var piece = buffer[..Math.Min(buffer.Length, budget.PieceBytes)];
            await budget.TakeAsync(piece.Length, cancellationToken);
            await stream.WriteAsync(piece, cancellationToken);
            buffer = buffer[piece.Length..];
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override void Flush() => stream.Flush();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("it is only written to");

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("it is only written to");

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException("it is only written to");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("write to it asynchronously");
}
