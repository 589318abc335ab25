using System.Buffers.Binary;
using System.Text;

namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>A track of fragmented MP4 as its initialization section tells of it (ISO/IEC 14496-12), as far as a transport stream can carry it.</summary>
internal sealed record FragmentTrack
{
    // What a box holds before the boxes inside of it: visual and audio sample entries (12.1.3, 12.2.3).
    private const int VisualEntryBytes = 86;
    private const int AudioEntryBytes = 36;

    /// <summary>Its number, which fragments name it by.</summary>
    public required uint Id { get; init; }

    /// <summary>Ticks of its times in a second.</summary>
    public required uint Scale { get; init; }

    /// <summary>What is added to its times before they are shown, in its ticks (its edit list).</summary>
    public long Shift { get; init; }

    /// <summary>What holds where a fragment says nothing: a sample's time, bytes and flags (the trex box).</summary>
    public (uint Duration, uint Size, uint Flags) Defaults { get; init; }

    /// <summary>The stream type in a transport stream: 0x1B, 0x24 or 0x0F.</summary>
    public required int Type { get; init; }

    /// <summary>Its parameter sets, each behind a start code; empty for sound.</summary>
    public byte[] ParameterSets { get; init; } = [];

    /// <summary>Bytes of the length before each unit of a picture.</summary>
    public int LengthBytes { get; init; }

    /// <summary>How its frames are headed in ADTS.</summary>
    public AdtsConfig Adts { get; init; }

    /// <summary>Whether it has pictures.</summary>
    public bool IsVideo => Type != MediaProgram.Adts;

    /// <summary>Reads the tracks that a transport stream can carry: H.264, H.265 and AAC in clear, the first of each kind.</summary>
    /// <param name="section">The initialization section.</param>
    /// <returns>None where there is none, or it cannot be read.</returns>
    public static IReadOnlyList<FragmentTrack> ReadAll(ReadOnlySpan<byte> section)
    {
        try
        {
            var movie = Mp4Boxes.Find(section, "moov");
            var tracks = new List<FragmentTrack>();
            var movieScale = MovieScale(Mp4Boxes.Find(movie, "mvhd"));
            var defaults = Mp4Boxes.Find(movie, "mvex");
            foreach (var range in Mp4Boxes.All(movie, "trak"))
                if (Read(movie[range], defaults, movieScale) is { } track && !tracks.Exists(t => t.IsVideo == track.IsVideo)) tracks.Add(track);
            return tracks;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return [];
        }
    }

    private static uint MovieScale(ReadOnlySpan<byte> box) => box.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(box[(box[0] == 1 ? 20 : 12)..]);

    private static FragmentTrack? Read(ReadOnlySpan<byte> box, ReadOnlySpan<byte> extends, uint movieScale)
    {
        var head = Mp4Boxes.Find(box, "tkhd");
        var media = Mp4Boxes.Find(box, "mdia");
        var times = Mp4Boxes.Find(media, "mdhd");
        var entry = Mp4Boxes.Find(Mp4Boxes.Find(Mp4Boxes.Find(media, "minf"), "stbl"), "stsd")[8..];
        var scale = BinaryPrimitives.ReadUInt32BigEndian(times[(times[0] == 1 ? 20 : 12)..]);
        var id = BinaryPrimitives.ReadUInt32BigEndian(head[(head[0] == 1 ? 20 : 12)..]);
        if (scale == 0) return null;
        entry = entry[..(int)Math.Min((uint)entry.Length, BinaryPrimitives.ReadUInt32BigEndian(entry))];
        FragmentTrack? track = Encoding.Latin1.GetString(entry.Slice(4, 4)) switch
        {
            "avc1" or "avc3" => Avc(Mp4Boxes.Find(entry[VisualEntryBytes..], "avcC")),
            "hvc1" or "hev1" => Hevc(Mp4Boxes.Find(entry[VisualEntryBytes..], "hvcC")),
            "mp4a" => AdtsConfig.Read(Mp4Boxes.Find(entry[AudioEntryBytes..], "esds")) is { } adts ? new() { Id = 0, Scale = 0, Type = MediaProgram.Adts, Adts = adts } : null,
            _ => null,
        };
        return track is null ? null : track with
        {
            Id = id, Scale = scale, Defaults = DefaultsOf(id, extends), Shift = ShiftOf(Mp4Boxes.Find(Mp4Boxes.Find(box, "edts"), "elst"), scale, movieScale),
        };
    }

    private static (uint, uint, uint) DefaultsOf(uint id, ReadOnlySpan<byte> extends)
    {
        foreach (var range in Mp4Boxes.All(extends, "trex"))
        {
            var box = extends[range];
            if (BinaryPrimitives.ReadUInt32BigEndian(box[4..]) != id) continue;
            return (BinaryPrimitives.ReadUInt32BigEndian(box[12..]), BinaryPrimitives.ReadUInt32BigEndian(box[16..]), BinaryPrimitives.ReadUInt32BigEndian(box[20..]));
        }

        return default;
    }

    /// <summary>What an edit list (8.6.6) does to times: empty edits put them off, the first other one says which time is shown first.</summary>
    private static long ShiftOf(ReadOnlySpan<byte> list, uint scale, uint movieScale)
    {
        if (list.Length < 8 || movieScale == 0) return 0;
        var (wide, shift) = (list[0] == 1, 0L);
        var entries = Math.Min(BinaryPrimitives.ReadUInt32BigEndian(list[4..]), 10);
        for (var (i, at) = (0, 8); i < entries; i++, at += wide ? 20 : 12)
        {
            var duration = wide ? BinaryPrimitives.ReadInt64BigEndian(list[at..]) : BinaryPrimitives.ReadUInt32BigEndian(list[at..]);
            var time = wide ? BinaryPrimitives.ReadInt64BigEndian(list[(at + 8)..]) : BinaryPrimitives.ReadInt32BigEndian(list[(at + 4)..]);
            if (time != -1) return shift - time;
            shift += (long)((double)duration * scale / movieScale);
        }

        return shift;
    }

    /// <summary>AVCDecoderConfigurationRecord (ISO/IEC 14496-15 5.3.3.1).</summary>
    private static FragmentTrack? Avc(ReadOnlySpan<byte> box)
    {
        if (box.IsEmpty) return null;
        var (sets, at) = (new List<byte>(), 6);
        at = TakeUnits(box, at, box[5] & 0x1F, sets);
        at = TakeUnits(box, at + 1, box[at], sets);
        return new() { Id = 0, Scale = 0, Type = MediaProgram.H264, ParameterSets = [.. sets], LengthBytes = (box[4] & 3) + 1 };
    }

    /// <summary>HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 8.3.3.1).</summary>
    private static FragmentTrack? Hevc(ReadOnlySpan<byte> box)
    {
        if (box.IsEmpty) return null;
        var (sets, at) = (new List<byte>(), 23);
        for (var arrays = box[22]; arrays > 0; arrays--) at = TakeUnits(box, at + 3, BinaryPrimitives.ReadUInt16BigEndian(box[(at + 1)..]), sets);
        return new() { Id = 0, Scale = 0, Type = MediaProgram.H265, ParameterSets = [.. sets], LengthBytes = (box[21] & 3) + 1 };
    }

    private static int TakeUnits(ReadOnlySpan<byte> box, int at, int count, List<byte> sets)
    {
        for (; count > 0; count--)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(box[at..]);
            sets.AddRange([0, 0, 0, 1]);
            sets.AddRange(box.Slice(at + 2, length));
            at += 2 + length;
        }

        return at;
    }
}

/// <summary>What the header of each frame of a stream of AAC says (ADTS, ISO/IEC 14496-3 1.A.2.2).</summary>
/// <param name="Profile">The audio object type, less one.</param>
/// <param name="Rate">The index of the sampling rate.</param>
/// <param name="Channels">The channel configuration.</param>
internal readonly record struct AdtsConfig(int Profile, int Rate, int Channels)
{
    /// <summary>Bytes of a header.</summary>
    public const int HeaderBytes = 7;

    private const int Mpeg4Audio = 0x40;

    /// <summary>Reads an esds box (ISO/IEC 14496-14 5.6): descriptors inside of descriptors, in the innermost the AudioSpecificConfig.</summary>
    /// <returns>Null where it is no AAC that ADTS can carry.</returns>
    public static AdtsConfig? Read(ReadOnlySpan<byte> box)
    {
        if (box.Length < 4) return null;
        var stream = Descriptor(box[4..], 3);
        if (stream.Length < 3) return null;
        var flags = stream[2];
        var skip = 3 + ((flags & 0x80) != 0 ? 2 : 0) + ((flags & 0x40) != 0 ? 1 + stream[3 + ((flags & 0x80) != 0 ? 2 : 0)] : 0) + ((flags & 0x20) != 0 ? 2 : 0);
        var decoder = Descriptor(stream[skip..], 4);
        if (decoder.Length < 13 || decoder[0] != Mpeg4Audio) return null;
        var config = Descriptor(decoder[13..], 5);
        if (config.Length < 2) return null;
        var (type, rate, channels) = (config[0] >> 3, (config[0] & 7) << 1 | config[1] >> 7, config[1] >> 3 & 0xF);
        // 5 and 29 are AAC-LC with an extension, which decoders find by themselves.
        if (type is 5 or 29) type = 2;
        return type is >= 1 and <= 4 && rate < 13 && channels is > 0 and <= 7 ? new(type - 1, rate, channels) : null;
    }

    /// <summary>Writes the header of a frame of so many bytes.</summary>
    /// <returns>False where the frame is longer than such a header can tell (13 bits).</returns>
    public bool TryWrite(Span<byte> at, int frameBytes)
    {
        var length = frameBytes + HeaderBytes;
        if (length >= 1 << 13) return false;
        (at[0], at[1], at[2]) = (0xFF, 0xF1, (byte)(Profile << 6 | Rate << 2 | Channels >> 2));
        (at[3], at[4], at[5], at[6]) = ((byte)(Channels << 6 | length >> 11), (byte)(length >> 3), (byte)(length << 5 | 0x1F), 0xFC);
        return true;
    }

    private static ReadOnlySpan<byte> Descriptor(ReadOnlySpan<byte> bytes, int tag)
    {
        while (bytes.Length >= 2)
        {
            var (found, length, at) = (bytes[0], 0, 1);
            do length = length << 7 | bytes[at] & 0x7F;
            while ((bytes[at++] & 0x80) != 0 && at < bytes.Length && at < 5);
            length = Math.Min(length, bytes.Length - at);
            if (found == tag) return bytes.Slice(at, length);
            bytes = bytes[(at + length)..];
        }

        return default;
    }
}
