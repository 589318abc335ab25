using System.Buffers.Binary;
using System.Text;

namespace StreamClips.LiveSite.Video;

/// <summary>Raw pictures and samples as one AVI stream of unknown length: the simplest container that carries both through one pipe.
/// The layout is that of the AVI RIFF file reference; sizes that cannot be known are 0, which ffmpeg reads as "until the end".</summary>
public static class AviStream
{
    /// <summary>Size of one frame with its sound, in bytes.</summary>
    public static readonly int FrameBytes = 8 + PictureBytes + 8 + SoundBytes;

    private const int PictureBytes = Timing.Width * Timing.Height * 3 / 2;
    private const int SoundBytes = Timing.SamplesPerFrame * sizeof(short);

    /// <summary>The header that comes before the first frame.</summary>
    public static byte[] Header()
    {
        var video = List("strl", Chunk("strh", VideoHeader()), Chunk("strf", BitmapInfo()));
        var audio = List("strl", Chunk("strh", AudioHeader()), Chunk("strf", WaveFormat()));
        var headers = List("hdrl", Chunk("avih", MainHeader()), video, audio);
        return [.. "RIFF\0\0\0\0AVI "u8, .. headers, .. "LIST\0\0\0\0movi"u8];
    }

    /// <summary>Writes one frame and its sound.</summary>
    /// <param name="target"><see cref="FrameBytes"/> bytes.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="samples">Its <see cref="Timing.SamplesPerFrame"/> samples.</param>
    public static void WriteFrame(Span<byte> target, Picture picture, ReadOnlySpan<short> samples)
    {
        target = WriteChunkHead(target, "00dc"u8, PictureBytes);
        picture.Bytes.CopyTo(target);
        target = WriteChunkHead(target[PictureBytes..], "01wb"u8, SoundBytes);
        for (var i = 0; i < samples.Length; i++) BinaryPrimitives.WriteInt16LittleEndian(target[(2 * i)..], samples[i]);
    }

    private static Span<byte> WriteChunkHead(Span<byte> target, ReadOnlySpan<byte> name, int length)
    {
        name.CopyTo(target);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], length);
        return target[8..];
    }

    // microseconds a frame, bytes a second, padding, flags, frames, first frames, streams, buffer, width, height, four reserved
    private static byte[] MainHeader() =>
        Numbers(1_000_000 / Timing.FramesPerSecond, 0, 0, 0x100, 0, 0, 2, PictureBytes, Timing.Width, Timing.Height, 0, 0, 0, 0);

    // type, handler, flags, priority and language, first frames, scale, rate, start, length, buffer, quality, sample size, rectangle
    private static byte[] VideoHeader() =>
        [.. "vidsI420"u8, .. Numbers(0, 0, 0, 1, Timing.FramesPerSecond, 0, 0, PictureBytes, -1, 0, 0, Timing.Width | Timing.Height << 16)];

    private static byte[] AudioHeader() =>
        [.. "auds"u8, .. Numbers(1, 0, 0, 0, 1, Timing.SampleRate, 0, 0, SoundBytes, -1, sizeof(short), 0, 0)];

    private static byte[] BitmapInfo() =>
        [.. Numbers(40, Timing.Width, Timing.Height, 1 | 12 << 16), .. "I420"u8, .. Numbers(PictureBytes, 0, 0, 0, 0)];

    private static byte[] WaveFormat() =>
        Numbers(1 | 1 << 16, Timing.SampleRate, Timing.SampleRate * sizeof(short), sizeof(short) | 16 << 16);

    private static byte[] List(string kind, params byte[][] parts) =>
        Chunk("LIST", [.. Encoding.ASCII.GetBytes(kind), .. parts.SelectMany(part => part)]);

    private static byte[] Chunk(string name, byte[] content) =>
        [.. Encoding.ASCII.GetBytes(name), .. Numbers(content.Length), .. content];

    private static byte[] Numbers(params int[] values)
    {
        var bytes = new byte[values.Length * sizeof(int)];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), values[i]);
        return bytes;
    }
}
