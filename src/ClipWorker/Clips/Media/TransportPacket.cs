namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>A packet of an MPEG transport stream (ISO/IEC 13818-1 2.4.3.2): 188 bytes, seen in place.</summary>
internal readonly ref struct TransportPacket(Span<byte> bytes)
{
    /// <summary>Bytes of a packet.</summary>
    public const int Bytes = 188;

    /// <summary>The first byte of a packet.</summary>
    public const byte Sync = 0x47;

    /// <summary>The 33 bits of a time stamp, in 90 kHz.</summary>
    public const long TimeMask = (1L << 33) - 1;

    /// <summary>Ticks of a time stamp in a second.</summary>
    public const int ClockHz = 90_000;

    private readonly Span<byte> _bytes = bytes;

    /// <summary>Which stream it is of.</summary>
    public int Pid => (_bytes[1] & 0x1F) << 8 | _bytes[2];

    /// <summary>A table or a PES packet begins in it.</summary>
    public bool Begins => (_bytes[1] & 0x40) != 0;

    /// <summary>What it carries; empty where that is nothing.</summary>
    public Span<byte> Payload
    {
        get
        {
            if ((_bytes[3] & 0x10) == 0) return [];
            var at = (_bytes[3] & 0x20) != 0 ? 5 + _bytes[4] : 4;
            return at < Bytes ? _bytes[at..Bytes] : [];
        }
    }

    /// <summary>Writes the continuity counter, so that nothing seems to be missing.</summary>
    public void Count(ref byte counter)
    {
        if ((_bytes[3] & 0x10) != 0) counter = (byte)(counter + 1 & 0xF);
        _bytes[3] = (byte)(_bytes[3] & 0xF0 | counter);
    }

    /// <summary>Moves the clock reference, where there is one.</summary>
    public void ShiftClock(long ticks)
    {
        if ((_bytes[3] & 0x20) == 0 || _bytes[4] < 7 || (_bytes[5] & 0x10) == 0) return;
        var clock = (long)_bytes[6] << 25 | (long)_bytes[7] << 17 | (long)_bytes[8] << 9 | (long)_bytes[9] << 1 | (long)_bytes[10] >> 7;
        clock = clock + ticks & TimeMask;
        (_bytes[6], _bytes[7], _bytes[8], _bytes[9]) = ((byte)(clock >> 25), (byte)(clock >> 17), (byte)(clock >> 9), (byte)(clock >> 1));
        _bytes[10] = (byte)(_bytes[10] & 0x7F | (int)(clock & 1) << 7);
    }
}

/// <summary>The header of a PES packet (ISO/IEC 13818-1 2.4.3.6).</summary>
internal static class PesHeader
{
    /// <summary>Reads the times, and where the content begins.</summary>
    /// <returns>False where there is no header with a presentation time.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, out long pts, out long dts, out int length)
    {
        (pts, dts, length) = (0, 0, 0);
        if (payload.Length < 14 || payload[0] != 0 || payload[1] != 0 || payload[2] != 1 || (payload[7] & 0x80) == 0) return false;
        length = 9 + payload[8];
        var both = (payload[7] & 0x40) != 0;
        if (length > payload.Length || payload[8] < (both ? 10 : 5)) return false;
        pts = Read(payload[9..]);
        dts = both ? Read(payload[14..]) : pts;
        return true;
    }

    /// <summary>Moves the times of a header that <see cref="TryRead"/> has read.</summary>
    public static void Shift(Span<byte> payload, long ticks)
    {
        Write(payload[9..], Read(payload[9..]) + ticks);
        if ((payload[7] & 0x40) != 0) Write(payload[14..], Read(payload[14..]) + ticks);
    }

    /// <summary>Writes a time over one that is there; its marker bits stay.</summary>
    public static void Write(Span<byte> at, long time)
    {
        time &= TransportPacket.TimeMask;
        at[0] = (byte)(at[0] & 0xF0 | (int)(time >> 29) & 0x0E | 1);
        at[1] = (byte)(time >> 22);
        at[2] = (byte)(time >> 14 | 1);
        at[3] = (byte)(time >> 7);
        at[4] = (byte)(time << 1 | 1);
    }

    private static long Read(ReadOnlySpan<byte> at) =>
        (long)(at[0] >> 1 & 7) << 30 | (long)at[1] << 22 | (long)(at[2] >> 1) << 15 | (long)at[3] << 7 | (long)at[4] >> 1;
}
