using System.Globalization;

namespace StreamClips.LiveSite.Tests;

/// <summary>A segment as a playlist lists it.</summary>
public sealed record HlsSegment(Uri Address, DateTimeOffset Start, double Seconds, string Title, bool Discontinuity);

/// <summary>A media playlist, read just well enough for the tests.</summary>
public sealed record HlsPlaylist(long MediaSequence, IReadOnlyList<HlsSegment> Segments, IReadOnlyList<string> Prefetch, bool Ended, string Text)
{
    public static HlsPlaylist Parse(string text, Uri address)
    {
        var lines = text.Split('\n');
        Assert.That(lines[0], Is.EqualTo("#EXTM3U"));
        var segments = new List<HlsSegment>();
        var (start, seconds, title, discontinuity) = (default(DateTimeOffset), 0.0, "", false);
        foreach (var line in lines)
        {
            var value = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..];
            if (line.StartsWith("#EXT-X-PROGRAM-DATE-TIME:", StringComparison.Ordinal)) start = DateTimeOffset.Parse(value, CultureInfo.InvariantCulture);
            else if (line == "#EXT-X-DISCONTINUITY") discontinuity = true;
            else if (line.StartsWith("#EXTINF:", StringComparison.Ordinal))
            {
                seconds = double.Parse(value.Split(',')[0], CultureInfo.InvariantCulture);
                title = value.Split(',')[1];
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                segments.Add(new HlsSegment(new Uri(address, line), start, seconds, title, discontinuity));
                discontinuity = false;
            }
        }
        return new HlsPlaylist(long.Parse(Tag(lines, "#EXT-X-MEDIA-SEQUENCE:")!, CultureInfo.InvariantCulture), segments,
            [.. lines.Where(l => l.StartsWith("#EXT-X-TWITCH-PREFETCH:", StringComparison.Ordinal)).Select(l => l["#EXT-X-TWITCH-PREFETCH:".Length..])],
            lines.Contains("#EXT-X-ENDLIST"), text);
    }

    private static string? Tag(string[] lines, string name) =>
        lines.FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?[name.Length..];
}
