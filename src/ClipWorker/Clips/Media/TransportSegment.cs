namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>A coded picture of a transport stream.</summary>
/// <param name="Offset">Where its first packet is, in bytes.</param>
/// <param name="Pts">When it is shown, in 90 kHz, without the wrap at 33 bits.</param>
/// <param name="Dts">When it is decoded, likewise.</param>
/// <param name="Key">Decoding can begin there: the parameter sets are with it.</param>
/// <param name="Idr">Nothing after it refers to what is before it.</param>
/// <param name="ParameterSets">A number made of the parameter sets before it; 0: none.</param>
internal readonly record struct CodedPicture(int Offset, long Pts, long Dts, bool Key, bool Idr, uint ParameterSets);

/// <summary>A PES packet of sound.</summary>
/// <param name="Offset">Where its first packet is, in bytes.</param>
/// <param name="Pts">When its first frame is heard, in 90 kHz, without the wrap.</param>
internal readonly record struct SoundPiece(int Offset, long Pts);

/// <summary>The streams of a program that a clip can take. Stream types are those of ISO/IEC 13818-1 table 2-34.</summary>
/// <param name="VideoPid">The first video stream.</param>
/// <param name="VideoType">0x1B: H.264, 0x24: H.265.</param>
/// <param name="AudioPid">The first audio stream; -1: none.</param>
/// <param name="AudioType">0x0F: AAC in ADTS.</param>
internal readonly record struct MediaProgram(int VideoPid, int VideoType, int AudioPid, int AudioType)
{
    /// <summary>The stream type of H.264.</summary>
    public const int H264 = 0x1B;

    /// <summary>The stream type of H.265.</summary>
    public const int H265 = 0x24;

    /// <summary>The stream type of AAC in ADTS frames.</summary>
    public const int Adts = 0x0F;
}

/// <summary>What pictures and sound the bytes of a segment hold, packet by packet. The bytes stay as they are.</summary>
internal sealed class TransportSegment
{
    private const int MaxPictures = 100_000;
    private readonly List<CodedPicture> _pictures = [];
    private readonly List<SoundPiece> _sound = [];
    private int _tablePid = -1;
    private long _near;
    private bool _nearKnown;

    private TransportSegment(Memory<byte> bytes) => Bytes = bytes;

    /// <summary>The segment, whole packets.</summary>
    public Memory<byte> Bytes { get; }

    /// <summary>Its streams.</summary>
    public MediaProgram Program { get; private set; } = new(-1, 0, -1, 0);

    /// <summary>The packet identifier of the program's table.</summary>
    public int TablePid => _tablePid;

    /// <summary>The pictures in the order of decoding; at least one.</summary>
    public IReadOnlyList<CodedPicture> Pictures => _pictures;

    /// <summary>The sound in the order of the file.</summary>
    public IReadOnlyList<SoundPiece> Sound => _sound;

    /// <summary>The first picture that is shown.</summary>
    public long FirstPts { get; private set; }

    /// <summary>The last picture that is shown.</summary>
    public long LastPts { get; private set; }

    /// <summary>The time of one picture, in 90 kHz: the shortest there is.</summary>
    public long PictureTicks { get; private set; }

    /// <summary>Reads a segment.</summary>
    /// <param name="bytes">Its bytes; a packet that is cut off at the end is passed over.</param>
    /// <param name="near">A time that its own are near to, where one is known: what wrapped at 33 bits goes on from there.</param>
    /// <returns>Null where it holds no H.264 or H.265 that can be read.</returns>
    public static TransportSegment? Parse(Memory<byte> bytes, long? near)
    {
        var segment = Of(bytes, near);
        return segment.Read() && segment._pictures.Count > 0 ? segment.Measure() : null;
    }

    /// <summary>Reads a segment that has sound alone: it has no pictures, and no times of pictures.</summary>
    /// <param name="bytes">Its bytes.</param>
    /// <returns>Null where it holds no sound that can be read.</returns>
    public static TransportSegment? ParseSound(Memory<byte> bytes)
    {
        var segment = Of(bytes, near: null);
        return segment.Read() && segment._sound.Count > 0 ? segment : null;
    }

    private static TransportSegment Of(Memory<byte> bytes, long? near) =>
        new(bytes[..(bytes.Length / TransportPacket.Bytes * TransportPacket.Bytes)]) { _near = near ?? 0, _nearKnown = near is not null };

    /// <summary>The last picture at or before this time with which decoding can begin; -1: none.</summary>
    public int KeyAtOrBefore(long pts) => _pictures.FindLastIndex(p => p.Key && p.Pts <= pts);

    /// <summary>The first picture with which decoding can begin; -1: none.</summary>
    public int FirstKey() => _pictures.FindIndex(p => p.Key);

    /// <summary>
    /// How many pictures, in the order of decoding, make all that is shown before a time: the fewest that leave no hole, as
    /// what comes after them is shown after them.
    /// </summary>
    public int CountUntil(long pts)
    {
        var last = _pictures.FindLastIndex(p => p.Pts < pts);
        if (last < 0) return 0;
        var earliestAfter = new long[_pictures.Count];
        for (var (i, earliest) = (_pictures.Count - 1, long.MaxValue); i >= 0; i--) (earliestAfter[i], earliest) = (earliest, Math.Min(earliest, _pictures[i].Pts));
        var shown = long.MinValue;
        for (var i = 0; i < _pictures.Count; i++)
        {
            shown = Math.Max(shown, _pictures[i].Pts);
            if (i >= last && shown < earliestAfter[i]) return i + 1;
        }

        return _pictures.Count;
    }

    private bool Read()
    {
        var bytes = Bytes.Span;
        var (scan, scanned) = (default(NalScan), -1);
        for (var at = 0; at < bytes.Length; at += TransportPacket.Bytes)
        {
            if (bytes[at] != TransportPacket.Sync || _pictures.Count > MaxPictures) return false;
            var packet = new TransportPacket(bytes.Slice(at, TransportPacket.Bytes));
            var pid = packet.Pid;
            if (pid == Program.VideoPid)
            {
                var payload = packet.Payload;
                if (packet.Begins && PesHeader.TryRead(payload, out var pts, out var dts, out var header))
                {
                    Finish(scanned, scan);
                    _pictures.Add(new(at, Unwrap(pts), Unwrap(dts), false, false, 0));
                    (scan, scanned) = (new NalScan(Program.VideoType == MediaProgram.H265), _pictures.Count - 1);
                    scan.Feed(payload[header..]);
                }
                else if (scanned >= 0 && !scan.Done)
                {
                    scan.Feed(payload);
                }
            }
            else if (pid == Program.AudioPid)
            {
                if (packet.Begins && PesHeader.TryRead(packet.Payload, out var pts, out _, out _)) _sound.Add(new(at, Unwrap(pts)));
            }
            else if (packet.Begins && (pid == 0 || pid == _tablePid))
            {
                ReadTable(packet.Payload, pid == 0);
            }
        }

        Finish(scanned, scan);
        return true;
    }

    private void Finish(int picture, NalScan scan)
    {
        if (picture >= 0) _pictures[picture] = _pictures[picture] with { Key = scan.Key && scan.ParameterSets != 0, Idr = scan.Idr, ParameterSets = scan.ParameterSets };
    }

    private long Unwrap(long time)
    {
        if (!_nearKnown) (_near, _nearKnown) = (time, true);
        // The difference, of 33 bits with a sign.
        var apart = (time - _near) << 31 >> 31;
        return _near += apart;
    }

    /// <summary>The program association table and the program map table (ISO/IEC 13818-1 2.4.4), each in one packet.</summary>
    private void ReadTable(ReadOnlySpan<byte> payload, bool association)
    {
        if (payload.Length < 1 || payload.Length < 1 + payload[0] + 12) return;
        var table = payload[(1 + payload[0])..];
        var end = Math.Min(table.Length, 3 + ((table[1] & 0x0F) << 8 | table[2]) - 4);
        if (association)
        {
            for (var at = 8; at + 4 <= end; at += 4)
            {
                if (table[at] == 0 && table[at + 1] == 0) continue;
                _tablePid = (table[at + 2] & 0x1F) << 8 | table[at + 3];
                return;
            }

            return;
        }

        if (Program.VideoPid >= 0) return;
        var program = new MediaProgram(-1, 0, -1, 0);
        for (var at = 12 + ((table[10] & 0x0F) << 8 | table[11]); at + 5 <= end; at += 5 + ((table[at + 3] & 0x0F) << 8 | table[at + 4]))
        {
            var (type, pid) = (table[at], (table[at + 1] & 0x1F) << 8 | table[at + 2]);
            if (program.VideoPid < 0 && type is MediaProgram.H264 or MediaProgram.H265) program = program with { VideoPid = pid, VideoType = type };
            else if (program.AudioPid < 0 && IsSound(type)) program = program with { AudioPid = pid, AudioType = type };
        }

        Program = program;
    }

    // MPEG-1 and MPEG-2 audio, AAC in ADTS and LATM, and what the ATSC adds: AC-3 and E-AC-3.
    private static bool IsSound(byte type) => type is 0x03 or 0x04 or MediaProgram.Adts or 0x11 or 0x81 or 0x87;

    private TransportSegment Measure()
    {
        var shown = _pictures.Select(p => p.Pts).Order().ToList();
        (FirstPts, LastPts) = (shown[0], shown[^1]);
        // Where there is one picture alone nothing is known: a thirtieth of a second.
        var shortest = long.MaxValue;
        for (var i = 1; i < shown.Count; i++)
            if (shown[i] > shown[i - 1]) shortest = Math.Min(shortest, shown[i] - shown[i - 1]);
        PictureTicks = shortest == long.MaxValue ? TransportPacket.ClockHz / 30 : shortest;
        return this;
    }
}
