using System.Buffers.Binary;
using System.Text;

namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>
/// A segment of packed audio (RFC 8216 section 3.4): AAC in ADTS frames behind an ID3 tag whose private frame holds the time of the
/// first one. AC-3 and MP3, which may be packed too, are not read.
/// </summary>
internal static class PackedSound
{
    private const int HeaderBytes = 10;

    /// <summary>The time's name in the tag.</summary>
    private static ReadOnlySpan<byte> Owner => "com.apple.streaming.transportStreamTimestamp\0"u8;

    /// <summary>Whether a segment begins like packed audio.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes) => bytes.StartsWith("ID3"u8) || (bytes.Length > 1 && bytes[0] == 0xFF && (bytes[1] & 0xF6) == 0xF0);

    /// <summary>Reads a segment.</summary>
    /// <returns>Its frames; null where it has no time, or is not AAC.</returns>
    public static SoundFrames? Read(ReadOnlySpan<byte> bytes)
    {
        long? time = null;
        while (bytes.StartsWith("ID3"u8) && bytes.Length >= HeaderBytes)
        {
            var length = Synchsafe(bytes[6..]);
            if (length > bytes.Length - HeaderBytes) return null;
            time ??= TimeIn(bytes.Slice(HeaderBytes, length), whole: bytes[3] >= 4);
            bytes = bytes[(HeaderBytes + length)..];
        }

        return time is { } pts ? SoundFrames.Of(pts & TransportPacket.TimeMask, bytes.ToArray()) : null;
    }

    /// <summary>The time in a tag's frames (ID3 2.3 and 2.4; the latter counts a frame's bytes by sevens of bits).</summary>
    private static long? TimeIn(ReadOnlySpan<byte> frames, bool whole)
    {
        while (frames.Length > HeaderBytes && frames[0] != 0)
        {
            var length = whole ? Synchsafe(frames[4..]) : BinaryPrimitives.ReadInt32BigEndian(frames[4..]);
            if (length < 0 || length > frames.Length - HeaderBytes) return null;
            var content = frames.Slice(HeaderBytes, length);
            if (Encoding.Latin1.GetString(frames[..4]) == "PRIV" && content.StartsWith(Owner) && content.Length >= Owner.Length + 8)
                return BinaryPrimitives.ReadInt64BigEndian(content[Owner.Length..]);
            frames = frames[(HeaderBytes + length)..];
        }

        return null;
    }

    private static int Synchsafe(ReadOnlySpan<byte> bytes) => (bytes[0] & 0x7F) << 21 | (bytes[1] & 0x7F) << 14 | (bytes[2] & 0x7F) << 7 | bytes[3] & 0x7F;
}
