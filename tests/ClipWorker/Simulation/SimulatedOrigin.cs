using System.Globalization;
using System.Net;
using System.Text;
using StreamClips.ClipWorker.Clips.Media;
using StreamClips.ClipWorker.Platforms;
using StreamClips.ClipWorker.Tests.Clips;

namespace StreamClips.ClipWorker.Tests.Simulation;

/// <summary>The origin of a simulated day, and what finds its stream: segments of 2 s whose time stamps are right, in a playlist of 30 s.</summary>
internal sealed class SimulatedOrigin(SimulatedDay day, TimeProvider clock, byte[] template) : HttpMessageHandler, IResolver
{
    private const int SegmentS = 2, Listed = 15, Remembered = 200;

    private readonly Lock _lock = new();
    private readonly long _began = clock.GetTimestamp();
    private readonly List<Made> _made = [];
    private readonly HashSet<long> _tried = [];
    private int _busy;
    private long _next;
    private long _sequence;
    private long _leap;
    private bool _breaks;
    private long _listedFrom;

    /// <summary>When the day began, by the clock of the platform.</summary>
    public static DateTimeOffset Began { get; } = NumberedStream.Epoch;

    /// <summary>Seconds since then.</summary>
    public double Now => clock.GetElapsedTime(_began).TotalSeconds;

    /// <summary>Requests that are being answered.</summary>
    public int Busy => Volatile.Read(ref _busy);

    /// <summary>Requests that were answered.</summary>
    public long Answered { get; private set; }

    /// <inheritdoc/>
    public Task<Resolution> ResolveAsync(CancellationToken ct) => Task.FromResult<Resolution>(day.Is(DayFault.Offline, Now)
        ? new Resolution.Offline("off")
        : new Resolution.Online(new("https://origin.example/live.m3u8"), "64x36") { Format = "64x36" });

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _busy);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (_lock)
            {
                Answered++;
                Make();
                var (status, body) = request.RequestUri!.AbsolutePath == "/live.m3u8" ? Playlist() : Segment(Path.GetFileNameWithoutExtension(request.RequestUri.AbsolutePath));
                return Task.FromResult(new HttpResponseMessage((HttpStatusCode)status) { RequestMessage = request, Content = new ByteArrayContent(body) });
            }
        }
        finally
        {
            Interlocked.Decrement(ref _busy);
        }
    }

    /// <summary>Makes what came since the last look.</summary>
    private void Make()
    {
        var now = Now;
        for (; (_next + 1) * SegmentS <= now; _next++)
        {
            double from = _next * SegmentS, until = from + SegmentS;
            if (day.Begins(DayFault.Restart, from, until)) (_leap, _breaks) = (_leap + 1000, true);
            if (day.Begins(DayFault.Renumber, from, until)) (_sequence, _listedFrom, _leap) = (0, _next, _leap + 777);
            if (day.Is(DayFault.Offline, from) || day.Is(DayFault.Stall, from))
            {
                _breaks = true;
                continue;
            }

            var ad = day.Find(DayFault.Ads, from);
            if ((ad is null) == (_made.Count > 0 && _made[^1].Ad is not null)) _breaks = true;
            _made.Add(new(_next, _sequence++, _leap, _breaks, ad));
            _breaks = false;
            if (_made.Count <= Remembered) continue;
            _tried.Remove(_made[0].Number);
            _made.RemoveAt(0);
        }
    }

    private (int Status, byte[] Body) Playlist()
    {
        var now = Now;
        if (day.Is(DayFault.Offline, now)) return (404, []);
        if (day.Is(DayFault.Expired, now)) return (403, []);
        if (day.Is(DayFault.Garbage, now)) return (200, "<html><body>Bad gateway</body></html>"u8.ToArray());
        var listed = _made.Where(m => m.Number >= _listedFrom).TakeLast(Listed).ToList();
        if (listed.Count == 0) return (503, []);
        var text = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n");
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA-SEQUENCE:{listed[0].Sequence}\n");
        foreach (var ad in listed.Where(m => m.Ad is not null).Select(m => m.Ad!.Value).Distinct())
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-DATERANGE:ID=\"stitched-ad-{ad.From:0}\",CLASS=\"twitch-stitched-ad\",START-DATE=\"{Date(ad.From)}\",DURATION={ad.Until - ad.From:0.000}\n");
        foreach (var one in listed)
            text.Append(one.Breaks ? "#EXT-X-DISCONTINUITY\n" : "").Append(CultureInfo.InvariantCulture, $"#EXT-X-PROGRAM-DATE-TIME:{Date(one.Number * SegmentS)}\n#EXTINF:2.000,live\n{one.Number}.ts\n");
        return (200, Encoding.ASCII.GetBytes(text.ToString()));
    }

    private (int Status, byte[] Body) Segment(string name)
    {
        var at = _made.FindIndex(m => m.Number.ToString(CultureInfo.InvariantCulture) == name);
        if (at < 0) return (404, []);
        var segment = _made[at];
        double from = segment.Number * SegmentS, leftFor = (_made.Count - Listed - at) * SegmentS;
        if (leftFor > (day.Is(DayFault.ShortLife, Now) ? 4 : 32) || day.Is(DayFault.Missing, from)) return (404, []);
        if (day.Is(DayFault.Flaky, from) && _tried.Add(segment.Number)) return (503, []);
        using var body = new MemoryStream();
        var whole = TransportSegment.Parse(template.ToArray(), 0)!;
        var cut = new TransportCut { Shift = (segment.Number * SegmentS + segment.Leap) * TransportPacket.ClockHz - whole.FirstPts };
        cut.Write(whole, new(0, int.MaxValue, long.MinValue, long.MaxValue), body);
        return (200, day.Is(DayFault.Truncated, from) ? body.ToArray()[..^50] : body.ToArray());
    }

    private static string Date(double at) => (Began + TimeSpan.FromSeconds(at)).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private sealed record Made(long Number, long Sequence, long Leap, bool Breaks, (double From, double Until)? Ad);
}
