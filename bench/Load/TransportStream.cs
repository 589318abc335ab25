namespace StreamClips.Bench.Load;

/// <summary>
/// An MPEG-TS segment whose time stamps (PCR, PTS, DTS; ISO/IEC 13818-1, 2.4.3) can be moved, so that a short recording
/// makes a stream without end.
/// </summary>
internal sealed class TransportStream
{
    private const int PacketBytes = 188;
    private const long Wrap = 1L << 33;
    private const int TicksPerSecond = 90_000;

    private readonly byte[] _bytes;
    private readonly List<int> _clocks = [];
    private readonly List<int> _stamps = [];

    /// <summary>Looks where the time stamps are.</summary>
    /// <exception cref="InvalidOperationException">The bytes are no transport stream.</exception>
    public TransportStream(byte[] bytes)
    {
        _bytes = bytes;
        if (bytes.Length % PacketBytes != 0) throw new InvalidOperationException("a segment is not of whole packets");
        for (var at = 0; at < bytes.Length; at += PacketBytes)
        {
            if (bytes[at] != 0x47) throw new InvalidOperationException("a packet does not begin with 0x47");
            Find(at);
        }
    }

    /// <summary>Bytes.</summary>
    public int Length => _bytes.Length;

    /// <summary>A copy whose times are later.</summary>
    public byte[] Shifted(TimeSpan by)
    {
        var copy = (byte[])_bytes.Clone();
        var ticks = (long)(by.TotalSeconds * TicksPerSecond);
        if (ticks == 0) return copy;
        foreach (var at in _clocks)
        {
            var clock = ((long)copy[at] << 25) | ((long)copy[at + 1] << 17) | ((long)copy[at + 2] << 9) | ((long)copy[at + 3] << 1) | ((long)copy[at + 4] >> 7);
            clock = (clock + ticks) % Wrap;
            (copy[at], copy[at + 1], copy[at + 2], copy[at + 3]) = ((byte)(clock >> 25), (byte)(clock >> 17), (byte)(clock >> 9), (byte)(clock >> 1));
            copy[at + 4] = (byte)((copy[at + 4] & 0x7F) | (int)((clock & 1) << 7));
        }

        foreach (var at in _stamps)
        {
            var stamp = ((long)(copy[at] & 0x0E) << 29) | ((long)copy[at + 1] << 22) | ((long)(copy[at + 2] & 0xFE) << 14) | ((long)copy[at + 3] << 7) | ((long)copy[at + 4] >> 1);
            stamp = (stamp + ticks) % Wrap;
            copy[at] = (byte)((copy[at] & 0xF1) | (int)((stamp >> 29) & 0x0E));
            copy[at + 1] = (byte)(stamp >> 22);
            copy[at + 2] = (byte)((int)((stamp >> 14) & 0xFE) | 1);
            copy[at + 3] = (byte)(stamp >> 7);
            copy[at + 4] = (byte)((int)((stamp << 1) & 0xFE) | 1);
        }

        return copy;
    }

    private void Find(int packet)
    {
        var (starts, adaptation, payload) = ((_bytes[packet + 1] & 0x40) != 0, (_bytes[packet + 3] & 0x20) != 0, (_bytes[packet + 3] & 0x10) != 0);
        var at = packet + 4;
        if (adaptation)
        {
            var length = _bytes[at];
            if (length > 0 && (_bytes[at + 1] & 0x10) != 0) _clocks.Add(at + 2);
            at += 1 + length;
        }

        // A packet of an elementary stream begins with 00 00 01 and a stream id; audio and video carry time stamps.
        if (!starts || !payload || at + 14 > packet + PacketBytes || _bytes[at] != 0 || _bytes[at + 1] != 0 || _bytes[at + 2] != 1 || _bytes[at + 3] < 0xC0) return;
        var flags = _bytes[at + 7] >> 6;
        if (flags >= 2) _stamps.Add(at + 9);
        if (flags == 3) _stamps.Add(at + 14);
    }
}
