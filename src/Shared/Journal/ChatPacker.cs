namespace StreamClips.Shared.Journal;

/// <summary>
/// Packs seconds of a chat, about three bytes each, into one buffer that is used again: nothing is allocated for a second. Version 1 is a
/// row of numbers (LEB128; signed ones as zigzag) after each other:
/// <code>
/// said*4 + 0  not counted, weight                       the second after the one before
/// said*4 + 1  gap, not counted, weight                  so many silent seconds lie between
/// said*4 + 2  gap, not counted, weight, early, n, n * (ago, count, weight)
/// 3           heard until, resumed at                   a pause: ticks of 100 ns since the line's beginning
/// </code>
/// </summary>
public sealed class ChatPacker
{
    /// <summary>How it packs.</summary>
    public const int Version = 1;

    /// <summary>The most bytes of a line.</summary>
    public const int MaxBytes = 16 << 10;

    /// <summary>So many seconds ago something can have been said that is taken back.</summary>
    public const int MostAgo = 127;

    /// <summary>More messages in a second than this are no chat's.</summary>
    public const int MostMessages = 10_000_000;

    // A second with a number of each kind of the longest sort.
    private const int LongestSecond = 40 + (MostAgo + 1) * 12;
    private const long MostWeight = 1_000_000_000;
    private static readonly long LastSecond = DateTimeOffset.MaxValue.UtcTicks / TimeSpan.TicksPerSecond;

    private readonly byte[] _bytes = new byte[MaxBytes];
    private int _length;
    private long _first;
    private long _next;

    /// <summary>Whether nothing was packed since the last <see cref="Take"/>.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>Whether there may be no room for another second.</summary>
    public bool IsFull => _length + LongestSecond > MaxBytes;

    /// <summary>The first second that is packed.</summary>
    public DateTimeOffset From => new(_first * TimeSpan.TicksPerSecond, TimeSpan.Zero);

    /// <summary>Packs a second, which must be later than those before it.</summary>
    /// <exception cref="InvalidOperationException">It is full.</exception>
    public void Add(in ChatSecond second)
    {
        var at = Begin(second.At);
        if (second.Pause is { } pause)
        {
            Write(3);
            WriteSigned(pause.HeardUntil.UtcTicks - _first * TimeSpan.TicksPerSecond);
            WriteSigned(pause.ResumedAt.UtcTicks - _first * TimeSpan.TicksPerSecond);
            return;
        }

        var gap = at - _next;
        var rare = second.Early > 0 || second.TakenBack.Count > 0;
        Write((ulong)second.Said << 2 | (rare ? 2u : gap > 0 ? 1u : 0u));
        if (rare || gap > 0) Write((ulong)gap);
        Write((ulong)(second.Said - second.Counted));
        WriteSigned(second.Weight);
        if (rare)
        {
            Write((ulong)second.Early);
            Write((ulong)second.TakenBack.Count);
            foreach (var taken in second.TakenBack)
            {
                Write((ulong)taken.Ago);
                Write((ulong)taken.Count);
                WriteSigned(taken.Weight);
            }
        }

        _next = at + 1;
    }

    /// <summary>What was packed; the next second begins anew.</summary>
    public byte[] Take()
    {
        var packed = _bytes.AsSpan(0, _length).ToArray();
        _length = 0;
        return packed;
    }

    /// <summary>Unpacks.</summary>
    /// <param name="bytes">What was packed.</param>
    /// <param name="from">The first second of it.</param>
    /// <returns>The seconds; null: that is not how seconds are packed.</returns>
    public static IReadOnlyList<ChatSecond>? TryRead(ReadOnlySpan<byte> bytes, DateTimeOffset from)
    {
        if (bytes.Length > MaxBytes || from.UtcTicks % TimeSpan.TicksPerSecond != 0) return null;
        var reader = new Reader(bytes, from.UtcTicks);
        var seconds = new List<ChatSecond>();
        while (!reader.AtEnd)
        {
            if (reader.Next() is not { } second) return null;
            seconds.Add(second);
        }

        return seconds;
    }

    private long Begin(DateTimeOffset at)
    {
        if (IsFull) throw new InvalidOperationException("the line is full");
        var second = at.UtcTicks / TimeSpan.TicksPerSecond;
        if (IsEmpty) _first = _next = second;
        return second;
    }

    private void WriteSigned(long value) => Write((ulong)(value << 1 ^ value >> 63));

    private void Write(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _bytes[_length++] = (byte)(value | 0x80);
        _bytes[_length++] = (byte)value;
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes, long fromTicks)
    {
        private ReadOnlySpan<byte> _rest = bytes;
        private long _next = fromTicks / TimeSpan.TicksPerSecond;
        private bool _wrong;

        public readonly bool AtEnd => _rest.IsEmpty;

        /// <summary>The next second; null where there is none.</summary>
        public ChatSecond? Next()
        {
            var head = Number(ulong.MaxValue);
            if (head == 3) return Pause();
            var (kind, said) = (head & 3, head >> 2);
            var at = _next + (kind == 0 ? 0 : (long)Number((ulong)LastSecond));
            var (skipped, weight) = (Number(said), Signed(MostWeight));
            if (_wrong || kind == 3 || said > MostMessages || at >= LastSecond) return null;
            _next = at + 1;
            var second = new ChatSecond { At = new(at * TimeSpan.TicksPerSecond, TimeSpan.Zero), Said = (int)said, Counted = (int)(said - skipped), Weight = (int)weight };
            return kind == 2 ? Rare(second) : second;
        }

        private ChatSecond? Rare(in ChatSecond second)
        {
            var early = (int)Number((ulong)second.Said);
            var taken = new ChatTakenBack[Number(MostAgo + 1)];
            for (var i = 0; i < taken.Length && !_wrong; i++) taken[i] = new((int)Number(MostAgo), (int)Number(MostMessages), (int)Signed(MostWeight));
            return _wrong ? null : second with { Early = early, TakenBack = taken };
        }

        private ChatSecond? Pause()
        {
            var (heard, resumed) = (Time(), Time());
            return _wrong || resumed < heard ? null : new ChatSecond { At = new(Math.Min(_next, LastSecond) * TimeSpan.TicksPerSecond, TimeSpan.Zero), Pause = new(heard, resumed) };
        }

        private DateTimeOffset Time()
        {
            var ticks = fromTicks + Signed(DateTimeOffset.MaxValue.UtcTicks / 2);
            _wrong |= ticks < 0 || ticks > DateTimeOffset.MaxValue.UtcTicks;
            return _wrong ? default : new(ticks, TimeSpan.Zero);
        }

        private long Signed(long most)
        {
            var number = Number(ulong.MaxValue);
            var value = (long)(number >> 1) ^ -(long)(number & 1);
            if (value >= -most && value <= most) return value;
            _wrong = true;
            return 0;
        }

        private ulong Number(ulong most)
        {
            ulong number = 0;
            for (var shift = 0; shift < 64 && !_rest.IsEmpty; shift += 7)
            {
                var part = _rest[0];
                _rest = _rest[1..];
                number |= (ulong)(part & 0x7f) << shift;
                if (part >= 0x80) continue;
                if (number <= most) return number;
                break;
            }

            _wrong = true;
            return 0;
        }
    }
}
