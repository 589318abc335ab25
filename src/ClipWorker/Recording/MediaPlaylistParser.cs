namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// Reads media playlists (RFC 8216). Pure, bounded in size and time; what it does not know it passes over, as section
/// 6.3.1 asks; what would lead to a broken clip is a fault.
/// </summary>
internal static class MediaPlaylistParser
{
    /// <summary>The most segments that a playlist may have.</summary>
    public const int MaxSegments = 10_000;

    private const double MaxSegmentSeconds = 3600;

    /// <summary>Reads a playlist.</summary>
    /// <param name="body">Its bytes.</param>
    /// <param name="address">Where it was found, after redirects: relative addresses begin there.</param>
    public static Parsed<MediaPlaylist> Parse(ReadOnlySpan<byte> body, Uri address)
    {
        var lines = PlaylistText.Lines(body);
        return lines.Value is null ? Parsed<MediaPlaylist>.Failed(lines.Fault!) : new Reading(address).Read(lines.Value);
    }

    private sealed class Reading(Uri address)
    {
        private readonly List<MediaSegment> _segments = [];
        private readonly List<DateRange> _dateRanges = [];
        private TimeSpan? _target;
        private long _sequence;
        private long? _discontinuitySequence;
        private bool _ended;
        private string? _fault;

        // What the tags before the next address say of its segment.
        private TimeSpan? _duration;
        private string _title = "";
        private bool _discontinuity;
        private bool _gap;
        private DateTimeOffset? _dated;
        private ByteRange? _range;

        // What holds until it is replaced.
        private SegmentMap? _map;
        private SegmentKey? _key;
        private DateTimeOffset? _reckoned;
        private (Uri Uri, long End)? _lastRange;

        public Parsed<MediaPlaylist> Read(string[] lines)
        {
            foreach (var line in lines)
            {
                if (line.StartsWith("#EXT", StringComparison.Ordinal)) ReadTag(line);
                else if (line.Length > 0 && line[0] != '#') ReadAddress(line);
                if (_fault is not null) return Parsed<MediaPlaylist>.Failed(_fault);
            }

            if (_target is null) return Parsed<MediaPlaylist>.Failed("it is not a media playlist: it has no EXT-X-TARGETDURATION");
            return new MediaPlaylist
            {
                TargetDuration = _target.Value,
                Ended = _ended,
                DiscontinuitySequence = _discontinuitySequence,
                Segments = ReckonedBackwards(_segments),
                DateRanges = _dateRanges,
            };
        }

        private void ReadTag(string line)
        {
            if (PlaylistText.TryTag(line, "#EXTINF", out var value)) ReadDuration(line, value);
            else if (PlaylistText.TryTag(line, "#EXT-X-TARGETDURATION", out value))
            {
                if (!PlaylistText.TryNumber(value, out var seconds) || seconds is <= 0 or > MaxSegmentSeconds) Wrong(line);
                else _target = PlaylistText.Length(seconds);
            }
            else if (PlaylistText.TryTag(line, "#EXT-X-MEDIA-SEQUENCE", out value))
            {
                if (!PlaylistText.TryInteger(value, out _sequence) || _sequence > long.MaxValue / 2) Wrong(line);
            }
            else if (PlaylistText.TryTag(line, "#EXT-X-DISCONTINUITY-SEQUENCE", out value))
            {
                if (PlaylistText.TryInteger(value, out var number)) _discontinuitySequence = number;
                else Wrong(line);
            }
            else if (line == "#EXT-X-DISCONTINUITY") (_discontinuity, _reckoned) = (true, null);
            else if (line == "#EXT-X-GAP") _gap = true;
            else if (line == "#EXT-X-ENDLIST") _ended = true;
            else if (PlaylistText.TryTag(line, "#EXT-X-PROGRAM-DATE-TIME", out value)) _dated = PlaylistText.Date(value);
            else if (PlaylistText.TryTag(line, "#EXT-X-BYTERANGE", out value)) ReadRange(line, value);
            else if (PlaylistText.TryTag(line, "#EXT-X-MAP", out value)) ReadMap(line, value);
            else if (PlaylistText.TryTag(line, "#EXT-X-KEY", out value)) ReadKey(value);
            else if (PlaylistText.TryTag(line, "#EXT-X-DATERANGE", out value)) ReadDateRange(value);
            else if (PlaylistText.TryTag(line, "#EXT-X-STREAM-INF", out _)) _fault = "it is a master playlist inside another one";
        }

        private void ReadDuration(string line, string value)
        {
            var comma = value.IndexOf(',', StringComparison.Ordinal);
            if (PlaylistText.TryNumber(comma < 0 ? value : value[..comma], out var seconds) && seconds <= MaxSegmentSeconds)
                (_duration, _title) = (PlaylistText.Length(seconds), comma < 0 ? "" : value[(comma + 1)..]);
            else Wrong(line);
        }

        // The offset may be absent: then the range follows the last one of the same address (4.3.2.2).
        private void ReadRange(string line, string value)
        {
            var at = value.IndexOf('@', StringComparison.Ordinal);
            var offset = -1L;
            if (!PlaylistText.TryInteger(at < 0 ? value : value[..at], out var length) || length == 0
                || (at >= 0 && !PlaylistText.TryInteger(value[(at + 1)..], out offset))
                || offset > long.MaxValue - length) Wrong(line);
            else _range = new(offset, length);
        }

        private void ReadMap(string line, string value)
        {
            var attributes = PlaylistText.Attributes(value);
            if (!attributes.TryGetValue("URI", out var reference) || PlaylistText.Resolve(address, reference) is not { } uri)
            {
                Wrong(line);
                return;
            }

            ByteRange? range = null;
            if (attributes.TryGetValue("BYTERANGE", out var text))
            {
                ReadRange(line, text);
                range = _range is null ? null : _range with { Offset = Math.Max(0, _range.Offset) };
                _range = null;
            }

            _map = new(uri, range);
        }

        private void ReadKey(string value)
        {
            var attributes = PlaylistText.Attributes(value);
            var method = attributes.GetValueOrDefault("METHOD", "");
            _key = method == "NONE" ? null : new(method, attributes.GetValueOrDefault("KEYFORMAT", "identity"));
        }

        private void ReadDateRange(string value)
        {
            var attributes = PlaylistText.Attributes(value);
            if (PlaylistText.Date(attributes.GetValueOrDefault("START-DATE", "")) is not { } start) return;
            TimeSpan? duration = PlaylistText.TryNumber(attributes.GetValueOrDefault("DURATION", ""), out var seconds) && seconds < 1e9
                ? PlaylistText.Length(seconds)
                : PlaylistText.Date(attributes.GetValueOrDefault("END-DATE", "")) is { } end && end > start ? end - start : null;
            _dateRanges.Add(new(attributes.GetValueOrDefault("ID", ""), attributes.GetValueOrDefault("CLASS", ""), start, duration));
        }

        private void ReadAddress(string line)
        {
            if (_duration is not { } duration) _fault = $"the address {PlaylistText.Quote(line)} has no EXTINF before it";
            else if (PlaylistText.Resolve(address, line) is not { } uri) _fault = $"{PlaylistText.Quote(line)} is no address that can be fetched";
            else if (_segments.Count == MaxSegments) _fault = $"it has more than {MaxSegments} segments";
            else if (_range is { Offset: < 0 } && _lastRange?.Uri != uri) _fault = $"{PlaylistText.Quote(line)} has an EXT-X-BYTERANGE without an offset, and none before it to continue";
            else Add(uri, duration);
        }

        private void Add(Uri uri, TimeSpan duration)
        {
            var range = _range is { Offset: < 0 } ? _range with { Offset = _lastRange!.Value.End } : _range;
            var dated = _dated ?? _reckoned;
            _segments.Add(new()
            {
                Sequence = _sequence++,
                Uri = uri,
                Duration = duration,
                Title = _title,
                Dated = dated,
                Discontinuity = _discontinuity,
                Gap = _gap,
                Range = range,
                Map = _map,
                Key = _key,
            });
            _lastRange = range is null ? null : (uri, range.Offset + range.Length);
            _reckoned = dated is { } start && start < DateTimeOffset.MaxValue - duration ? start + duration : null;
            (_duration, _title, _discontinuity, _gap, _dated, _range) = (null, "", false, false, null, null);
        }

        private static List<MediaSegment> ReckonedBackwards(List<MediaSegment> segments)
        {
            for (var i = segments.Count - 2; i >= 0; i--)
            {
                if (segments[i].Dated is null && !segments[i + 1].Discontinuity && segments[i + 1].Dated is { } next && next > DateTimeOffset.MinValue + segments[i].Duration)
                    segments[i] = segments[i] with { Dated = next - segments[i].Duration };
            }

            return segments;
        }

        private void Wrong(string line) => _fault = $"the line {PlaylistText.Quote(line)} makes no sense";
    }
}
