namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>
/// Reads the beginning of a coded picture as a byte stream (ITU-T H.264 annex B, H.265 annex B) up to its first slice: whether
/// decoding can begin there, and with which parameter sets.
/// </summary>
internal struct NalScan(bool hevc)
{
    // Parameter sets and the messages that matter are shorter.
    private const int MaxUnitBytes = 512;
    private readonly byte[] _unit = new byte[MaxUnitBytes];
    private int _length = -1;
    private int _zeros;
    private uint _sets;

    /// <summary>The first slice was reached: the rest tells nothing more.</summary>
    public bool Done { get; private set; }

    /// <summary>Decoding can begin here: an IDR picture or a recovery point (H.264), an intra random access point (H.265).</summary>
    public bool Key { get; private set; }

    /// <summary>Nothing after it refers to what is before it.</summary>
    public bool Idr { get; private set; }

    /// <summary>A number made of the parameter sets before the picture; 0: there are none.</summary>
    public readonly uint ParameterSets => _sets;

    /// <summary>Takes in bytes of the picture.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            if (Done) return;
            if (_zeros >= 2 && b == 1)
            {
                End();
                (_length, _zeros) = (0, 0);
                continue;
            }

            _zeros = b == 0 ? _zeros + 1 : 0;
            if (_length < 0) continue;
            if (_length == 0) Begin(b);
            if (_length < MaxUnitBytes) _unit[_length++] = b;
        }
    }

    private readonly int Type(byte header) => hevc ? header >> 1 & 0x3F : header & 0x1F;

    private void Begin(byte header)
    {
        var type = Type(header);
        if (hevc ? type >= 32 : type is 0 or > 5) return;
        Done = true;
        // H.265 table 7-1: 16 to 21 are intra random access points, 19 and 20 of them IDR.
        Idr = hevc ? type is 19 or 20 : type == 5;
        Key |= Idr || (hevc && type is >= 16 and <= 21);
    }

    private void End()
    {
        if (_length <= 1) return;
        var unit = _unit.AsSpan(0, _length);
        var type = Type(unit[0]);
        if (hevc ? type is >= 32 and <= 34 : type is 7 or 8)
        {
            // FNV-1a; the zeros before the next start code are not part of the unit.
            if (_sets == 0) _sets = 2166136261;
            foreach (var b in unit.TrimEnd((byte)0)) _sets = (_sets ^ b) * 16777619;
        }
        else if (!hevc && type == 6)
        {
            Key |= HoldsRecoveryPoint(unit[1..]);
        }
    }

    /// <summary>H.264 7.3.2.3: messages one after the other, each with its type and size in bytes of which 255 means "and more".</summary>
    private static bool HoldsRecoveryPoint(ReadOnlySpan<byte> messages)
    {
        const int recoveryPoint = 6;
        while (messages.Length > 2)
        {
            var type = Number(ref messages);
            var size = Number(ref messages);
            if (type == recoveryPoint) return true;
            if (size >= messages.Length) return false;
            messages = messages[size..];
        }

        return false;
    }

    private static int Number(ref ReadOnlySpan<byte> bytes)
    {
        var number = 0;
        while (bytes.Length > 0)
        {
            var b = bytes[0];
            bytes = bytes[1..];
            number += b;
            if (b != 255) break;
        }

        return number;
    }
}
