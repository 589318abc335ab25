namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// Reads media playlists (RFC 8216, and what draft-pantos-hls-rfc8216bis adds). Pure, linear in time, bounded in size. What
/// it does not know it passes over, as section 6.3.1 asks, and so it does with the parts of low-latency streams, whose whole
/// segments follow. What would lead to a broken clip is a fault that quotes the line.
/// </summary>
internal static class MediaPlaylistParser
{
    /// <summary>The most segments that a playlist may have.</summary>
    public const int MaxSegments = 10_000;

    /// <summary>The most EXT-X-DATERANGE tags that are kept; the first ones give way.</summary>
    public const int MaxDateRanges = 200;

    /// <summary>The newest version of the protocol that is understood.</summary>
    public const int NewestVersion = 13;

    private const double MaxSegmentSeconds = 3600;

    /// <summary>Reads a playlist.</summary>
    /// <param name="body">Its bytes.</param>
    /// <param name="address">Where it was found, after redirects: relative addresses begin there.</param>
    public static Parsed<MediaPlaylist> Parse(ReadOnlySpan<byte> body, Uri address)
    {
        var lines = PlaylistLines.Open(body);
        return lines.Value is null ? Parsed<MediaPlaylist>.Failed(lines.Fault!) : new Reading(address).Read(lines.Value);
    }

    private sealed class Reading(Uri address)
    {
        private readonly List<MediaSegment> _segments = [];
        private readonly Queue<DateRange> _dateRanges = [];
        private readonly PlaylistVariables _variables = new(address);
        private readonly PlaylistKeys _keys = new();
        private TimeSpan? _target;
        private long? _version;
        private long? _firstSequence;
        private long _sequence;
        private long? _discontinuitySequence;
        private bool _ended;
        private bool _anyDiscontinuity;
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
        private DateTimeOffset? _reckoned;
        private (Uri Uri, long End)? _lastRange;

        public Parsed<MediaPlaylist> Read(PlaylistLines lines)
        {
            while (lines.Next() is { } line)
            {
                if (lines.TooLong) _fault = $"it has more than {PlaylistLines.MaxChars} characters";
                else if (line[0] == '#') ReadTag(line);
                else ReadAddress(line);
                if (_fault is not null) return Parsed<MediaPlaylist>.Failed($"line {lines.Number}, {PlaylistText.Quote(line)}: {_fault}");
            }

            if (_target is null) return Parsed<MediaPlaylist>.Failed("it is not a media playlist: it has no EXT-X-TARGETDURATION");
            return new MediaPlaylist
            {
                TargetDuration = _target.Value,
                Ended = _ended,
                DiscontinuitySequence = _discontinuitySequence,
                Segments = ReckonedBackwards(_segments),
                DateRanges = [.. _dateRanges],
            };
        }

        private void ReadTag(string line)
        {
            var (tag, value) = PlaylistText.Tag(line);
            _fault = tag switch
            {
                "#EXTINF" => Duration(value),
                "#EXT-X-VERSION" => Version(value),
                "#EXT-X-TARGETDURATION" => Target(value),
                "#EXT-X-MEDIA-SEQUENCE" => Sequence(value),
                "#EXT-X-DISCONTINUITY-SEQUENCE" => DiscontinuitySequence(value),
                "#EXT-X-DISCONTINUITY" => Discontinuity(),
                "#EXT-X-GAP" => Set(ref _gap),
                "#EXT-X-ENDLIST" => Set(ref _ended),
                "#EXT-X-PROGRAM-DATE-TIME" => Dated(value),
                "#EXT-X-BYTERANGE" => Range(value, out _range),
                "#EXT-X-MAP" => Map(value),
                "#EXT-X-KEY" => Attributes(value, out var key) ?? _keys.Take(key, address),
                "#EXT-X-DEFINE" => Attributes(value, out var variable) ?? _variables.Define(variable),
                "#EXT-X-DATERANGE" => DateRange(value),
                "#EXT-X-SKIP" => "it is only a part of the playlist (a delta update), and none was asked for",
                "#EXT-X-I-FRAMES-ONLY" => "it has key frames only, and a clip needs all",
                "#EXT-X-STREAM-INF" or "#EXT-X-I-FRAME-STREAM-INF" or "#EXT-X-MEDIA" => "it is a master playlist inside another one",
                _ => null,
            };
        }

        private static string? Set(ref bool flag)
        {
            flag = true;
            return null;
        }

        private string? Version(string value)
        {
            if (_version is not null) return "the version is given twice";
            if (!PlaylistText.TryInteger(value, out var version)) return "it is no version";
            _version = version;
            return version <= NewestVersion ? null : $"the newest version that is understood is {NewestVersion}";
        }

        private string? Target(string value)
        {
            if (!PlaylistText.TryNumber(value, out var seconds) || seconds is <= 0 or > MaxSegmentSeconds) return $"it is no length of up to {MaxSegmentSeconds} s";
            var target = PlaylistText.Length(seconds);
            if (_target is { } before && before != target) return "the target duration is given twice";
            _target = target;
            return null;
        }

        private string? Sequence(string value)
        {
            if (!PlaylistText.TryInteger(value, out var number) || number > long.MaxValue / 2) return "it is no media sequence number";
            if (_firstSequence is { } before && before != number) return "the media sequence number is given twice";
            if (_segments.Count > 0) return "it has to stand before the first segment";
            _firstSequence = _sequence = number;
            return null;
        }

        private string? DiscontinuitySequence(string value)
        {
            if (!PlaylistText.TryInteger(value, out var number)) return "it is no discontinuity sequence number";
            if (_discontinuitySequence is { } before && before != number) return "the discontinuity sequence number is given twice";
            if (_segments.Count > 0 || _anyDiscontinuity) return "it has to stand before the first segment and the first discontinuity";
            _discontinuitySequence = number;
            return null;
        }

        private string? Discontinuity()
        {
            (_discontinuity, _anyDiscontinuity, _reckoned) = (true, true, null);
            return null;
        }

        private string? Dated(string value)
        {
            _dated = PlaylistDate.Read(value);
            return null;
        }

        private string? Duration(string value)
        {
            var comma = value.IndexOf(',', StringComparison.Ordinal);
            if (!PlaylistText.TryNumber(comma < 0 ? value : value[..comma], out var seconds) || seconds > MaxSegmentSeconds)
                return $"it is no length of up to {MaxSegmentSeconds} s";
            (_duration, _title) = (PlaylistText.Length(seconds), comma < 0 ? "" : value[(comma + 1)..]);
            return null;
        }

        // The offset may be absent: then the range follows the last one of the same address (4.3.2.2).
        private static string? Range(string value, out ByteRange? range)
        {
            var at = value.IndexOf('@', StringComparison.Ordinal);
            var offset = -1L;
            var good = PlaylistText.TryInteger(at < 0 ? value : value[..at], out var length) && length > 0
                && (at < 0 || PlaylistText.TryInteger(value[(at + 1)..], out offset)) && offset <= long.MaxValue / 2 && length <= long.MaxValue / 4;
            range = good ? new(offset, length) : null;
            return good ? null : "it is no byte range";
        }

        private string? Map(string value)
        {
            if (Attributes(value, out var attributes) is { } fault) return fault;
            if (!attributes.TryGetValue("URI", out var reference) || PlaylistText.Resolve(address, reference) is not { } uri)
                return "it has no address that can be fetched";
            ByteRange? range = null;
            if (attributes.TryGetValue("BYTERANGE", out var text) && Range(text, out range) is { } wrong) return wrong;
            // Without an offset there is nothing to continue: it begins where the file does.
            _map = new(uri, range is { Offset: < 0 } ? range with { Offset = 0 } : range) { Key = _keys.Current };
            return null;
        }

        private string? DateRange(string value)
        {
            // A damaged list ends early rather than taking the stream away: these tags are about the stream, not in it.
            var attributes = PlaylistText.Attributes(value, out _);
            if (PlaylistDate.Read(attributes.GetValueOrDefault("START-DATE", "")) is not { } start) return null;
            TimeSpan? duration = Seconds("DURATION")
                ?? (PlaylistDate.Read(attributes.GetValueOrDefault("END-DATE", "")) is { } end && end > start ? end - start : Seconds("PLANNED-DURATION"));
            if (_dateRanges.Count == MaxDateRanges) _dateRanges.Dequeue();
            _dateRanges.Enqueue(new(attributes.GetValueOrDefault("ID", ""), attributes.GetValueOrDefault("CLASS", ""), start, duration)
            {
                EndOnNext = attributes.GetValueOrDefault("END-ON-NEXT") == "YES",
            });
            return null;

            TimeSpan? Seconds(string name) =>
                PlaylistText.TryNumber(attributes.GetValueOrDefault(name, ""), out var seconds) && seconds < 1e9 ? PlaylistText.Length(seconds) : null;
        }

        private string? Attributes(string value, out Dictionary<string, string> attributes)
        {
            attributes = PlaylistText.Attributes(value, out var fault);
            if (!value.Contains("{$", StringComparison.Ordinal)) return fault;
            foreach (var name in attributes.Keys.ToArray())
            {
                attributes[name] = _variables.Replace(attributes[name], out var undefined);
                fault ??= undefined;
            }

            return fault;
        }

        private void ReadAddress(string line)
        {
            var reference = _variables.Replace(line, out _fault);
            if (_fault is not null) return;
            if (_duration is not { } duration) _fault = "the address has no EXTINF before it";
            else if (PlaylistText.Resolve(address, reference) is not { } uri) _fault = "it is no address that can be fetched";
            else if (_segments.Count == MaxSegments) _fault = $"there are more than {MaxSegments} segments";
            else if (_range is { Offset: < 0 } && _lastRange?.Uri != uri) _fault = "it has an EXT-X-BYTERANGE without an offset, and none before it to continue";
            else Add(uri, duration);
        }

        private void Add(Uri uri, TimeSpan duration)
        {
            var range = _range is { Offset: < 0 } ? _range with { Offset = _lastRange!.Value.End } : _range;
            var dated = _dated ?? _reckoned;
            _segments.Add(new()
            {
                Sequence = _sequence,
                Uri = uri,
                Duration = duration,
                Title = _title,
                Dated = dated,
                Discontinuity = _discontinuity,
                Gap = _gap,
                Range = range,
                Map = _map,
                Key = _keys.For(_sequence),
            });
            _sequence++;
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
    }
}
