using System.Buffers.Binary;

namespace StreamClips.ClipWorker.Clips.Media;

/// <summary>
/// Makes a transport stream of a segment of fragmented MP4, so that both are cut in the same way: from the keyframe on, to the
/// picture, exactly where that is wanted. Pictures and sound stay as they are; only what is around them changes.
/// </summary>
internal static class FragmentTransport
{
    private const int TablePid = 0x1000, PicturePid = 0x100, SoundPid = 0x101;

    /// <summary>Makes it.</summary>
    /// <param name="bytes">The initialization section, and the segment behind it.</param>
    /// <param name="sectionBytes">How many bytes are the section.</param>
    /// <param name="output">Where it is written; its position is its beginning.</param>
    /// <returns>Whether it could be done: H.264 or H.265, AAC, or both, in clear.</returns>
    public static bool TryWrite(ReadOnlySpan<byte> bytes, int sectionBytes, Stream output)
    {
        var tracks = FragmentTrack.ReadAll(bytes[..sectionBytes]);
        if (tracks.Count == 0 || FragmentSamples.Read(bytes, tracks) is not { Count: > 0 } samples) return false;
        var (video, audio) = (tracks.FirstOrDefault(t => t.IsVideo), tracks.FirstOrDefault(t => !t.IsVideo));
        // What cannot be carried would be missing in the clip.
        if (tracks.Count < Mp4Boxes.All(Mp4Boxes.Find(bytes[..sectionBytes], "moov"), "trak").Count(IsMedia(bytes[..sectionBytes]))) return false;
        TransportWriter.WriteTables(output, TablePid, new(video is null ? -1 : PicturePid, video?.Type ?? 0, audio is null ? -1 : SoundPid, MediaProgram.Adts));
        using var content = new MemoryStream();
        Span<byte> header = stackalloc byte[AdtsConfig.HeaderBytes];
        foreach (var sample in samples)
        {
            content.SetLength(0);
            var data = bytes.Slice(sample.Offset, sample.Size);
            if (sample.Track.IsVideo)
            {
                if (!WritePicture(content, data, sample)) return false;
                TransportWriter.WritePes(output, PicturePid, TransportWriter.PictureId, sample.Pts, sample.Dts, content.GetBuffer().AsSpan(0, (int)content.Length));
            }
            else
            {
                if (!sample.Track.Adts.TryWrite(header, data.Length)) return false;
                content.Write(header);
                content.Write(data);
                TransportWriter.WritePes(output, SoundPid, TransportWriter.SoundId, sample.Pts, sample.Pts, content.GetBuffer().AsSpan(0, (int)content.Length));
            }
        }

        return true;
    }

    private static Func<Range, bool> IsMedia(ReadOnlySpan<byte> section)
    {
        var movie = Mp4Boxes.Find(section, "moov").ToArray();
        return range =>
        {
            var handler = Mp4Boxes.Find(Mp4Boxes.Find(movie.AsSpan(range), "mdia"), "hdlr");
            return handler.Length >= 12 && (handler.Slice(8, 4).SequenceEqual("vide"u8) || handler.Slice(8, 4).SequenceEqual("soun"u8));
        };
    }

    /// <summary>A picture as a byte stream (ITU-T H.264 annex B): start codes in place of lengths, and parameter sets before what decoding can begin with.</summary>
    private static bool WritePicture(MemoryStream content, ReadOnlySpan<byte> data, FragmentSample sample)
    {
        var hevc = sample.Track.Type == MediaProgram.H265;
        content.Write(hevc ? [0, 0, 0, 1, 35 << 1, 1, 0x50] : [0, 0, 0, 1, 9, 0xF0]);
        if (sample.Sync) content.Write(sample.Track.ParameterSets);
        while (data.Length > 0)
        {
            var lengthBytes = sample.Track.LengthBytes;
            if (data.Length < lengthBytes) return false;
            var length = 0u;
            foreach (var b in data[..lengthBytes]) length = length << 8 | b;
            data = data[lengthBytes..];
            if (length > data.Length) return false;
            var unit = data[..(int)length];
            data = data[(int)length..];
            // A delimiter of its own would stand in the middle.
            if (unit.Length == 0 || (hevc ? (unit[0] >> 1 & 0x3F) == 35 : (unit[0] & 0x1F) == 9)) continue;
            content.Write([0, 0, 0, 1]);
            content.Write(unit);
        }

        return true;
    }
}
