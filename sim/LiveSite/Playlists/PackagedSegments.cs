using System.Globalization;
using System.Text;
using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.Playlists;

/// <summary>What a media playlist says of its segments besides their times: addresses, sections, ranges and keys.</summary>
/// <param name="channel">The channel.</param>
/// <param name="broadcast">The broadcast.</param>
/// <param name="rendition">The quality's id.</param>
/// <param name="root">What stands before a segment's name.</param>
/// <param name="suffix">What stands behind it.</param>
public sealed class PackagedSegments(Channel channel, Broadcast broadcast, string rendition, string root, string suffix = "")
{
    /// <summary>The longest segment in seconds.</summary>
    public int TargetSeconds => channel.Packaging.TargetSeconds;

    /// <summary>The version of the protocol that the tags need.</summary>
    public int Version => channel.Packaging is { Fragmented: true } or { Ranges: true } ? 7 : 3;

    /// <summary>The address of a segment by its number, which may still be made.</summary>
    /// <param name="id">The number.</param>
    public string Address(long id) => $"{root}/{id}.{channel.Packaging.Extension}{suffix}";

    /// <summary>The address of a listed segment.</summary>
    /// <param name="segment">The segment.</param>
    public string Address(Segment segment) => channel.Packaging.Ranges ? Run(segment) : Address(segment.Id);

    /// <summary>Writes the tags that a segment needs before its EXTINF.</summary>
    /// <param name="text">The playlist.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="last">The one before it; null: it is the first.</param>
    public void AppendTags(StringBuilder text, Segment segment, Segment? last)
    {
        var packaging = channel.Packaging;
        var newKey = packaging.Encrypted && (last is null || SegmentCrypt.IndexOf(packaging, last) != SegmentCrypt.IndexOf(packaging, segment));
        if (packaging.Fragmented && last?.Run != segment.Run)
        {
            if (packaging.Encrypted) AppendKey(text, 0, SegmentCrypt.SectionVector(broadcast.Name));
            var section = broadcast.SectionLength(segment, rendition);
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MAP:URI=\"{(packaging.Ranges ? Run(segment) : $"{root}/init-{segment.Run}.mp4{suffix}")}\"");
            text.Append(packaging.Ranges ? $",BYTERANGE=\"{section}@0\"\n" : "\n");
            newKey = packaging.Encrypted;
        }

        if (newKey)
        {
            var index = SegmentCrypt.IndexOf(packaging, segment);
            AppendKey(text, index, SegmentCrypt.NamedVector(packaging, broadcast.Name, index));
        }

        if (!packaging.Ranges) return;
        var (offset, length) = segment.Ranges[rendition];
        // The offset may be left out where the range follows the last one: that is done where it can be.
        var follows = last is not null && last.Run == segment.Run && last.Ranges[rendition] is var before && before.Offset + before.Length == offset;
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-BYTERANGE:{length}{(follows ? "" : $"@{offset}")}\n");
    }

    private string Run(Segment segment) => $"{root}/run-{segment.Run}.{channel.Packaging.Extension}{suffix}";

    private void AppendKey(StringBuilder text, long index, byte[]? vector)
    {
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-KEY:METHOD=AES-128,URI=\"{root}/key-{index}.bin{suffix}\"");
        text.Append(vector is null ? "\n" : $",IV=0x{Convert.ToHexString(vector)}\n");
    }
}
