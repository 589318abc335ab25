namespace StreamClips.ClipWorker.Chat;

/// <summary>
/// Makes lines of bytes that come in pieces: a read may end anywhere, and may hold many lines. A line ends with LF; a CR
/// before it is no part of it. A line that is longer than the bound is passed over and counted.
/// </summary>
/// <param name="maxLineBytes">The longest line that is handed on, in bytes.</param>
internal sealed class LineSplitter(int maxLineBytes)
{
    private byte[] _buffer = new byte[Math.Min(maxLineBytes + 3, 4096)];
    private int _start;
    private int _end;
    private bool _skipping;

    /// <summary>Lines that were longer than the bound.</summary>
    public long TooLong { get; private set; }

    /// <summary>Where the next bytes may be written to: at least two, as one may be needed for a line end. Take all lines first.</summary>
    public Memory<byte> Free()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        // The longest line and its CR LF fit, and still a byte is free before the LF comes.
        if (_buffer.Length - _end < 2 && _buffer.Length < maxLineBytes + 3)
            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, maxLineBytes + 3));
        if (_buffer.Length - _end < 2)
        {
            // The beginning of a line that is too long: forget it, and the rest of it when it comes.
            if (!_skipping) TooLong++;
            _skipping = true;
            _end = 0;
        }

        return _buffer.AsMemory(_end);
    }

    /// <summary>Says how many bytes were written to what <see cref="Free"/> gave.</summary>
    public void Written(int bytes) => _end += bytes;

    /// <summary>The next whole line without its end. It is good until the next call of <see cref="Free"/>.</summary>
    public bool TryTake(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            var rest = _buffer.AsSpan(_start.._end);
            var length = rest.IndexOf((byte)'\n');
            if (length < 0)
            {
                line = default;
                return false;
            }

            _start += length + 1;
            if (_skipping)
            {
                _skipping = false;
                continue;
            }

            line = rest[..length];
            if (line is [.., (byte)'\r']) line = line[..^1];
            if (line.Length <= maxLineBytes) return true;
            TooLong++;
        }
    }

    /// <summary>What is left when no more bytes will come: a last line that lacks its end.</summary>
    public ReadOnlySpan<byte> Rest() => _skipping ? default : _buffer.AsSpan(_start.._end);
}
