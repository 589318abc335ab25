using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace StreamClips.ClipWorker.Recording;

/// <summary>Whether a segment of fragmented MP4 came whole: boxes, one after the other, the last of which ends where the segment does (ISO/IEC 14496-12 4.2).</summary>
internal static class SegmentBoxes
{
    // A fragment is two boxes; low-latency segments hold a hundred.
    private const int MaxBoxes = 20_000;

    /// <summary>Looks at the heads of the boxes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="from">Where the segment begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <returns>What is wrong, for people; null where it is whole.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string? Fault(SafeFileHandle file, long from, long end)
    {
        Span<byte> head = stackalloc byte[16];
        var content = false;
        for (var boxes = 0; from < end; boxes++)
        {
            if (boxes == MaxBoxes) return $"it has more than {MaxBoxes} boxes";
            var read = RandomAccess.Read(file, head[..(int)Math.Min(head.Length, end - from)], from);
            if (read < 8) return "it ends in the middle of a box";
            if (!IsType(head.Slice(4, 4))) return "it is no fragmented MP4";
            var size = (long)BinaryPrimitives.ReadUInt32BigEndian(head);
            if (size == 1) size = read < 16 ? 0 : BinaryPrimitives.ReadInt64BigEndian(head[8..]);
            // 0 is only right of the last box of a file, and a segment has none that is the last.
            if (size < 8) return "it has a box without a size";
            content |= head.Slice(4, 4).SequenceEqual("moof"u8);
            if (size > end - from) return "it ends in the middle of a box";
            from += size;
        }

        return content ? null : "it has no fragment (moof)";
    }

    private static bool IsType(ReadOnlySpan<byte> type)
    {
        foreach (var b in type)
            if (b is < 0x20 or > 0x7E) return false;
        return true;
    }
}
