using System.Buffers.Binary;
using System.Text;
using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>A track of an MP4 file.</summary>
/// <param name="Handler"><c>vide</c> or <c>soun</c>.</param>
/// <param name="Format">The sample entry's four letters, as <c>avc1</c>.</param>
/// <param name="Width">Width in pixels; 0 for sound.</param>
/// <param name="Height">Height in pixels; 0 for sound.</param>
/// <param name="DurationS">What its samples last together, in seconds.</param>
/// <param name="Samples">How many samples it has.</param>
/// <param name="StartS">Empty time before its first sample, in seconds (an empty edit).</param>
internal sealed record Mp4Track(string Handler, string Format, int Width, int Height, double DurationS, int Samples, double StartS);

/// <summary>
/// Reads an MP4 file's own account of itself (ISO/IEC 14496-12), which costs a thousandth of asking ffprobe. A file whose boxes
/// do not end where it ends, or whose samples lie outside of it, is a fault.
/// </summary>
/// <param name="Tracks">The tracks.</param>
/// <param name="DurationS">The length of the whole in seconds.</param>
/// <param name="FastStart">Whether the account comes before the content, so that playback begins at once.</param>
internal sealed record Mp4File(IReadOnlyList<Mp4Track> Tracks, double DurationS, bool FastStart)
{
    private const long MaxAccountBytes = 64 << 20;

    /// <summary>The first video track; null: there is none.</summary>
    public Mp4Track? Video => Tracks.FirstOrDefault(t => t.Handler == "vide");

    /// <summary>The first audio track; null: there is none.</summary>
    public Mp4Track? Audio => Tracks.FirstOrDefault(t => t.Handler == "soun");

    /// <summary>What <see cref="MediaProbe"/> tells of it.</summary>
    public MediaProbe ToProbe() => new(Math.Round(DurationS, 3), Name(Video?.Format), Name(Audio?.Format), Video?.Width ?? 0, Video?.Height ?? 0);

    /// <summary>Reads a file.</summary>
    /// <returns>The file, or what is wrong with it.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Parsed<Mp4File> Read(string path)
    {
        if (!File.Exists(path)) return Parsed<Mp4File>.Failed("no file was written");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        var (account, content, fast) = (Array.Empty<byte>(), 0L, false);
        Span<byte> head = stackalloc byte[16];
        for (var at = 0L; at < file.Length;)
        {
            file.Position = at;
            var read = file.ReadAtLeast(head, 8, throwOnEndOfStream: false);
            if (read < 8) return Parsed<Mp4File>.Failed("the file ends in the middle of a box");
            var size = (long)BinaryPrimitives.ReadUInt32BigEndian(head);
            if (size == 1 && read == 16) size = BinaryPrimitives.ReadInt64BigEndian(head[8..]);
            if (size < 8 || size > file.Length - at) return Parsed<Mp4File>.Failed("the file is shorter than its boxes");
            var type = Encoding.Latin1.GetString(head[4..8]);
            if (type == "mdat") content += size;
            if (type == "moov")
            {
                if (size > MaxAccountBytes) return Parsed<Mp4File>.Failed($"its moov box has {size} bytes");
                account = new byte[size - 8];
                file.Position = at + 8;
                file.ReadExactly(account);
                fast = content == 0;
            }

            at += size;
        }

        try
        {
            return account.Length == 0 ? Parsed<Mp4File>.Failed("there is no moov box in it: it was not finished") : Parse(account, content, fast);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException or IndexOutOfRangeException)
        {
            return Parsed<Mp4File>.Failed("its moov box cannot be read");
        }
    }

    private static Parsed<Mp4File> Parse(ReadOnlySpan<byte> moov, long content, bool fast)
    {
        var (scale, duration) = Times(Mp4Boxes.Find(moov, "mvhd"));
        if (scale == 0) return Parsed<Mp4File>.Failed("its moov box has no time scale");
        var tracks = new List<Mp4Track>();
        var sampled = 0L;
        foreach (var range in Mp4Boxes.All(moov, "trak"))
        {
            var track = moov[range];
            var media = Mp4Boxes.Find(track, "mdia");
            var table = Mp4Boxes.Find(Mp4Boxes.Find(media, "minf"), "stbl");
            var (trackScale, _) = Times(Mp4Boxes.Find(media, "mdhd"));
            var handler = Mp4Boxes.Find(media, "hdlr");
            var entry = Mp4Boxes.Find(table, "stsd")[8..];
            var (samples, bytes) = Sizes(Mp4Boxes.Find(table, "stsz"));
            sampled += bytes;
            var isVideo = Encoding.Latin1.GetString(handler.Slice(8, 4)) == "vide";
            tracks.Add(new(
                Encoding.Latin1.GetString(handler.Slice(8, 4)),
                Encoding.Latin1.GetString(entry.Slice(4, 4)),
                isVideo ? BinaryPrimitives.ReadUInt16BigEndian(entry[32..]) : 0,
                isVideo ? BinaryPrimitives.ReadUInt16BigEndian(entry[34..]) : 0,
                trackScale == 0 ? 0 : (double)Lasting(Mp4Boxes.Find(table, "stts")) / trackScale,
                samples,
                (double)EmptyBefore(Mp4Boxes.Find(Mp4Boxes.Find(track, "edts"), "elst")) / scale));
        }

        return sampled > content
            ? Parsed<Mp4File>.Failed($"its samples have {sampled} bytes, of which the file holds {content}")
            : new Mp4File(tracks, (double)duration / scale, fast);
    }

    /// <summary>The time scale and the duration of a mvhd or mdhd box.</summary>
    private static (uint Scale, long Duration) Times(ReadOnlySpan<byte> box)
    {
        if (box.IsEmpty) return default;
        return box[0] == 1
            ? (BinaryPrimitives.ReadUInt32BigEndian(box[20..]), BinaryPrimitives.ReadInt64BigEndian(box[24..]))
            : (BinaryPrimitives.ReadUInt32BigEndian(box[12..]), BinaryPrimitives.ReadUInt32BigEndian(box[16..]));
    }

    private static (int Samples, long Bytes) Sizes(ReadOnlySpan<byte> box)
    {
        var (each, count) = (BinaryPrimitives.ReadUInt32BigEndian(box[4..]), BinaryPrimitives.ReadInt32BigEndian(box[8..]));
        if (each > 0) return (count, each * (long)count);
        var bytes = 0L;
        for (var i = 0; i < count; i++) bytes += BinaryPrimitives.ReadUInt32BigEndian(box[(12 + 4 * i)..]);
        return (count, bytes);
    }

    private static long Lasting(ReadOnlySpan<byte> box)
    {
        var lasting = 0L;
        for (var (i, count) = (0, BinaryPrimitives.ReadInt32BigEndian(box[4..])); i < count; i++)
            lasting += (long)BinaryPrimitives.ReadUInt32BigEndian(box[(8 + 8 * i)..]) * BinaryPrimitives.ReadUInt32BigEndian(box[(12 + 8 * i)..]);
        return lasting;
    }

    private static long EmptyBefore(ReadOnlySpan<byte> box)
    {
        if (box.Length < 8 || BinaryPrimitives.ReadInt32BigEndian(box[4..]) == 0) return 0;
        return box[0] == 1
            ? BinaryPrimitives.ReadInt64BigEndian(box[16..]) == -1 ? BinaryPrimitives.ReadInt64BigEndian(box[8..]) : 0
            : BinaryPrimitives.ReadInt32BigEndian(box[12..]) == -1 ? BinaryPrimitives.ReadUInt32BigEndian(box[8..]) : 0;
    }

    private static string? Name(string? format) => format switch
    {
        null => null,
        "avc1" or "avc3" => "h264",
        "hvc1" or "hev1" => "hevc",
        "av01" => "av1",
        "mp4a" => "aac",
        "ac-3" => "ac3",
        "ec-3" => "eac3",
        _ => format.Trim().ToLowerInvariant(),
    };
}

/// <summary>Boxes inside of boxes (ISO/IEC 14496-12 4.2).</summary>
internal static class Mp4Boxes
{
    /// <summary>What the first box of this type holds; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> parent, string type) => All(parent, type) is [var first, ..] ? parent[first] : default;

    /// <summary>What the boxes of this type hold.</summary>
    public static IReadOnlyList<Range> All(ReadOnlySpan<byte> parent, string type)
    {
        var found = new List<Range>();
        for (var at = 0; at + 8 <= parent.Length;)
        {
            var size = BinaryPrimitives.ReadUInt32BigEndian(parent[at..]);
            if (size < 8 || size > parent.Length - at) break;
            if (Encoding.Latin1.GetString(parent.Slice(at + 4, 4)) == type) found.Add(new(at + 8, at + (int)size));
            at += (int)size;
        }

        return found;
    }
}
