using Microsoft.Net.Http.Headers;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Faults;

namespace StreamClips.LiveSite.Playlists;

/// <summary>What is sent for the address of a segment, a section or a key.</summary>
/// <param name="Target">What it is.</param>
/// <param name="MediaType">Its media type.</param>
/// <param name="Body">Its bytes.</param>
/// <param name="Offset">Where the bytes begin in a greater file.</param>
public sealed record SegmentAnswer(FaultTarget Target, string MediaType, byte[] Body, long Offset = 0);

/// <summary>A request for something of a broadcast's quality. Every answer is null where there is no such thing, or no longer.</summary>
/// <param name="channel">The channel.</param>
/// <param name="broadcast">The broadcast.</param>
/// <param name="rendition">The quality's id.</param>
/// <param name="now">The time.</param>
public sealed class SegmentRequest(Channel channel, Broadcast broadcast, string rendition, DateTimeOffset now)
{
    private Packaging Packaging => channel.Packaging;

    /// <summary>A segment by its number; one that is still being made is waited for.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<SegmentAnswer?> SegmentAsync(string file, TimeProvider time, CancellationToken cancellation)
    {
        if (Number(file, "", Packaging.Extension) is not { } id || await broadcast.FindOrAwaitAsync(id, time, cancellation) is not { } segment) return null;
        return new(FaultTarget.Segment, Packaging.MediaType, await ReadAsync(segment, cancellation));
    }

    /// <summary>The segment of a run's file in which a range of bytes lies; the section where it lies before them all.</summary>
    /// <param name="file">The run's name.</param>
    /// <param name="range">The header Range; without one there is nothing, as the file has no end yet.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<SegmentAnswer?> OfRunAsync(string file, string range, CancellationToken cancellation)
    {
        if (!Packaging.Ranges || Number(file, "run-", Packaging.Extension) is not { } run) return null;
        if (!RangeHeaderValue.TryParse(range, out var header) || header.Ranges.FirstOrDefault()?.From is not { } from) return null;
        var segments = broadcast.Playlist.OfRun((int)run, now);
        if (segments.FirstOrDefault(s => from >= s.Ranges[rendition].Offset && from < s.Ranges[rendition].Offset + s.Ranges[rendition].Length) is { } segment)
            return new(FaultTarget.Segment, Packaging.MediaType, await ReadAsync(segment, cancellation), segment.Ranges[rendition].Offset);
        return Packaging.Fragmented && from == 0 ? new(FaultTarget.Segment, Packaging.MediaType, await ReadSectionAsync((int)run, cancellation)) : null;
    }

    /// <summary>The initialization section of a run.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<SegmentAnswer?> SectionAsync(string file, CancellationToken cancellation) =>
        Packaging.Fragmented && Number(file, "init-", "mp4") is { } run
            ? new(FaultTarget.Segment, Packaging.MediaType, await ReadSectionAsync((int)run, cancellation))
            : null;

    /// <summary>A key.</summary>
    /// <param name="file">Its name.</param>
    public SegmentAnswer? Key(string file) => Packaging.Encrypted && Number(file, "key-", "bin") is { } index
        ? new(FaultTarget.Key, "application/octet-stream", SegmentCrypt.Key(broadcast.Name, index))
        : null;

    private async Task<byte[]> ReadAsync(Segment segment, CancellationToken cancellation) =>
        SegmentCrypt.Segment(Packaging, broadcast.Name, segment, await File.ReadAllBytesAsync(segment.Files[rendition], cancellation));

    private async Task<byte[]> ReadSectionAsync(int run, CancellationToken cancellation)
    {
        var clear = await File.ReadAllBytesAsync(broadcast.SectionOf(run, rendition), cancellation);
        return Packaging.Encrypted
            ? SegmentCrypt.Encrypt(clear, SegmentCrypt.Key(broadcast.Name, 0), SegmentCrypt.SectionVector(broadcast.Name))
            : clear;
    }

    private static long? Number(string file, string prefix, string extension) =>
        file.StartsWith(prefix, StringComparison.Ordinal) && file.EndsWith($".{extension}", StringComparison.Ordinal)
        && long.TryParse(file.AsSpan(prefix.Length..^(extension.Length + 1)), System.Globalization.NumberStyles.None, null, out var number) ? number : null;
}
