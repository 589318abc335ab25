using System.Globalization;

namespace StreamClips.ClipWorker.Commands;

/// <summary>
/// A file that is read by a replay, and says on standard error how far that is: in place on a terminal that shows nothing else, elsewhere a line every 5 s.
/// What takes less than a second says nothing.
/// </summary>
/// <param name="input">The file, or standard input.</param>
/// <param name="errors">Where it says so.</param>
/// <param name="inPlace">Whether a line can be written over.</param>
/// <param name="time">The clock.</param>
internal sealed class ReplayProgress(Stream input, TextWriter errors, bool inPlace, TimeProvider time) : Stream
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenFrames = TimeSpan.FromSeconds(1);

    private readonly long _started = time.GetTimestamp();
    private readonly long? _length = input.CanSeek ? input.Length : null;
    private long _read;
    private TimeSpan _shown;
    private bool _stands;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>A replay's file with its progress on the console.</summary>
    public static ReplayProgress OfConsole(Stream input, TextWriter errors) =>
        new(input, errors, inPlace: !Console.IsErrorRedirected && Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"), TimeProvider.System);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var read = input.Read(buffer);
        _read += read;
        if (read == 0) Clear();
        else Show();
        return read;
    }

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Clear();
            input.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Show()
    {
        var elapsed = time.GetElapsedTime(_started);
        if (elapsed - _shown < (inPlace ? BetweenFrames : BetweenLines)) return;
        _shown = elapsed;
        // ECMA-48: EL, so that nothing of a longer line stays.
        if (inPlace) errors.Write($"\r{Words(elapsed)}\e[K");
        else errors.WriteLine(Words(elapsed));
        _stands = inPlace;
    }

    private void Clear()
    {
        if (_stands) errors.Write("\r\e[K");
        _stands = false;
    }

    private string Words(TimeSpan elapsed)
    {
        var read = (_read >> 20).ToString(CultureInfo.InvariantCulture);
        if (_length is not { } all || all < _read) return $"replay: {read} MiB";
        var left = elapsed * ((all - _read) / (double)_read);
        return string.Create(CultureInfo.InvariantCulture, $"replay: {read} of {all >> 20} MiB, {100 * _read / all} %, about {Math.Ceiling(left.TotalSeconds):0} s left");
    }
}
