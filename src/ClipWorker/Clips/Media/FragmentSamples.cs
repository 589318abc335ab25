using System.Buffers.Binary;

namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>A sample of fragmented MP4: a picture, or a frame of sound.</summary>
/// <param name="Track">Its track.</param>
/// <param name="Offset">Where its bytes begin.</param>
/// <param name="Size">How many there are.</param>
/// <param name="Dts">When it is decoded, in 90 kHz.</param>
/// <param name="Pts">When it is shown or heard, in 90 kHz.</param>
/// <param name="Sync">Whether decoding can begin with it, as its flags say.</param>
internal readonly record struct FragmentSample(FragmentTrack Track, int Offset, int Size, long Dts, long Pts, bool Sync);

/// <summary>Reads the samples of a segment of fragmented MP4 (ISO/IEC 14496-12 8.8).</summary>
internal ref struct FragmentSamples
{
    private const int MaxSamples = 200_000;
    private const uint NotSync = 0x0001_0000;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly IReadOnlyList<FragmentTrack> _tracks;
    private readonly List<FragmentSample> _samples = [];
    private readonly Dictionary<uint, long> _times = [];

    private FragmentSamples(ReadOnlySpan<byte> bytes, IReadOnlyList<FragmentTrack> tracks)
    {
        _bytes = bytes;
        _tracks = tracks;
    }

    /// <summary>Reads them.</summary>
    /// <param name="bytes">The segment; its initialization section may stand before it.</param>
    /// <param name="tracks">The tracks whose samples are wanted.</param>
    /// <returns>The samples in the order of the file; null where it cannot be read.</returns>
    public static List<FragmentSample>? Read(ReadOnlySpan<byte> bytes, IReadOnlyList<FragmentTrack> tracks)
    {
        try
        {
            var reading = new FragmentSamples(bytes, tracks);
            if (!reading.ReadFragments()) return null;
            reading._samples.Sort((a, b) => a.Offset.CompareTo(b.Offset));
            return reading._samples;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or IndexOutOfRangeException or OverflowException)
        {
            return null;
        }
    }

    private readonly bool ReadFragments()
    {
        for (var at = 0L; at + 8 <= _bytes.Length;)
        {
            var size = (long)BinaryPrimitives.ReadUInt32BigEndian(_bytes[(int)at..]);
            var head = 8;
            if (size == 1) (size, head) = (BinaryPrimitives.ReadInt64BigEndian(_bytes[((int)at + 8)..]), 16);
            if (size < head || size > _bytes.Length - at) return false;
            if (_bytes.Slice((int)at + 4, 4).SequenceEqual("moof"u8) && !ReadFragment((int)at, _bytes.Slice((int)at + head, (int)size - head))) return false;
            at += size;
        }

        return true;
    }

    private readonly bool ReadFragment(int at, ReadOnlySpan<byte> fragment)
    {
        var end = (long)at;
        foreach (var range in Mp4Boxes.All(fragment, "traf"))
        {
            var box = fragment[range];
            var head = new TrackFragment(Mp4Boxes.Find(box, "tfhd"), at, end);
            var track = _tracks.FirstOrDefault(t => t.Id == head.Track);
            var time = Mp4Boxes.Find(box, "tfdt") is { IsEmpty: false } decode
                ? decode[0] == 1 ? BinaryPrimitives.ReadInt64BigEndian(decode[4..]) : BinaryPrimitives.ReadUInt32BigEndian(decode[4..])
                : _times.GetValueOrDefault(head.Track);
            end = head.Base;
            foreach (var run in Mp4Boxes.All(box, "trun"))
                if (!ReadRun(box[run], head, track, ref time, ref end)) return false;
            _times[head.Track] = time;
        }

        return true;
    }

    private readonly bool ReadRun(ReadOnlySpan<byte> run, TrackFragment head, FragmentTrack? track, ref long time, ref long end)
    {
        var (version, flags, count) = (run[0], BinaryPrimitives.ReadUInt32BigEndian(run) & 0xFFFFFF, BinaryPrimitives.ReadUInt32BigEndian(run[4..]));
        if (count > MaxSamples - _samples.Count) return false;
        var (at, offset) = (8, end);
        if ((flags & 0x1) != 0) offset = head.Base + (int)Next(run);
        var first = (flags & 0x4) != 0 ? Next(run) : (uint?)null;
        for (var i = 0; i < count; i++)
        {
            var duration = (flags & 0x100) != 0 ? Next(run) : head.Duration ?? track?.Defaults.Duration ?? 0;
            var size = (flags & 0x200) != 0 ? Next(run) : head.Size ?? track?.Defaults.Size ?? 0;
            var how = (flags & 0x400) != 0 ? Next(run) : i == 0 && first is { } own ? own : head.Flags ?? track?.Defaults.Flags ?? 0;
            var later = (flags & 0x800) == 0 ? 0 : version == 0 ? Next(run) : (long)(int)Next(run);
            if (offset < 0 || size > _bytes.Length - offset) return false;
            if (track is not null) _samples.Add(new(track, (int)offset, (int)size, Ticks(time, track), Ticks(time + later, track), (how & NotSync) == 0));
            offset += size;
            time += duration;
        }

        end = offset;
        return true;

        uint Next(ReadOnlySpan<byte> box)
        {
            at += 4;
            return BinaryPrimitives.ReadUInt32BigEndian(box[(at - 4)..]);
        }
    }

    private static long Ticks(long time, FragmentTrack track) =>
        (long)(((Int128)(time + track.Shift) * TransportPacket.ClockHz + track.Scale / 2) / track.Scale);

    /// <summary>A tfhd box (8.8.7).</summary>
    private readonly struct TrackFragment
    {
        public TrackFragment(ReadOnlySpan<byte> box, int fragmentAt, long lastEnd)
        {
            var flags = BinaryPrimitives.ReadUInt32BigEndian(box) & 0xFFFFFF;
            Track = BinaryPrimitives.ReadUInt32BigEndian(box[4..]);
            var at = 8;
            // An offset in the whole file, of which this is a part, leads nowhere here: samples follow their fragment.
            if ((flags & 0x1) != 0) at += 8;
            Base = (flags & 0x20001) != 0 ? fragmentAt : lastEnd;
            if ((flags & 0x2) != 0) at += 4;
            Duration = Next(box, flags, 0x8, ref at);
            Size = Next(box, flags, 0x10, ref at);
            Flags = Next(box, flags, 0x20, ref at);
        }

        public uint Track { get; }

        public long Base { get; }

        public uint? Duration { get; }

        public uint? Size { get; }

        public uint? Flags { get; }

        private static uint? Next(ReadOnlySpan<byte> box, uint flags, uint bit, ref int at)
        {
            if ((flags & bit) == 0) return null;
            at += 4;
            return BinaryPrimitives.ReadUInt32BigEndian(box[(at - 4)..]);
        }
    }
}
