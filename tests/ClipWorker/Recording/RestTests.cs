using System.Globalization;
using System.Net;
using System.Text;
using StreamClips.ClipWorker.Recording;
using StreamClips.Shared.Settings;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>How often the playlist of a stream is read while nobody needs its newest segments at once.</summary>
[TestFixture]
internal sealed class RestTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);
    private static readonly Uri Playlist = new("https://edge.example/live.m3u8");

    [TestCase(0.0, false, true, ExpectedResult = "every other")]
    [TestCase(0.3, false, true, ExpectedResult = "each")]
    [TestCase(0.0, true, true, ExpectedResult = "each")]
    [TestCase(0.0, false, false, ExpectedResult = "each")]
    [CancelAfter(120_000)]
    public async Task<string> Every_other_playlist_is_left_out_unless_the_chat_rises_a_clip_waits_or_arrivals_date_the_segments(double rise, bool wanted, bool dated, CancellationToken ct)
    {
        var clock = new ManualClock();
        using var directory = new TemporaryDirectory();
        using var origin = new Origin(clock, dated);
        using var client = new HttpClient(origin);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var back = TimeSpan.FromSeconds(40);
        var plan = new RecordingPlan { Setting = RecordingModes.Auto, Needs = new(back, back), Keep = TimeSpan.FromSeconds(90), Directory = directory.Path, Lasts = false };
        var recording = new StreamRecording(plan, new Gauge(rise), client, new RecordingTold(), clock, new Random(1)) { AnyWaits = () => wanted };
        recording.Open();
        var following = recording.FollowAsync(Playlist, "", soundApart: false, () => { }, stop.Token);
        await PassAsync(20);
        var (seen, loads) = (recording.Index.Seen, origin.Loads);
        await PassAsync(60);
        Assert.That(recording.Index.Seen - seen, Is.InRange(28, 32), "all segments come in all the same");
        loads = origin.Loads - loads;
        await stop.CancelAsync();
        await ((Task)following).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return loads switch { >= 13 and <= 17 => "every other", >= 24 and <= 32 => "each", _ => $"{loads} times" };

        async Task PassAsync(double seconds)
        {
            for (var passed = TimeSpan.Zero; passed < TimeSpan.FromSeconds(seconds); passed += Step)
            {
                await Eventually.TrueAsync(() => clock.Timers > 0, "the recorder waits");
                clock.Advance(Step);
            }
        }
    }

    // The clip of a stream's last moment is decided when nobody loads its playlist any more.
    [TestCase(RecordingModes.Auto, true, true, ExpectedResult = 20)]
    [TestCase(RecordingModes.Auto, true, false, ExpectedResult = 0)]
    [TestCase(RecordingModes.Lazy, true, true, ExpectedResult = 0)]
    [TestCase(RecordingModes.Auto, false, true, ExpectedResult = 0)]
    [CancelAfter(120_000)]
    public async Task<int> At_a_streams_end_the_length_of_a_clip_is_fetched_however_calm_the_chat_is(string setting, bool chat, bool ends, CancellationToken ct)
    {
        var clock = new ManualClock();
        using var directory = new TemporaryDirectory();
        using var origin = new Origin(clock, dated: true) { Ends = ends };
        using var client = new HttpClient(origin);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var back = TimeSpan.FromSeconds(20);
        var plan = new RecordingPlan { Setting = setting, Needs = new(back, back), Keep = TimeSpan.FromSeconds(90), Directory = directory.Path, Lasts = false };
        var recording = new StreamRecording(plan, chat ? new Gauge(0) : null, client, new RecordingTold(), clock, new Random(1));
        recording.Open();
        var following = recording.FollowAsync(Playlist, "", soundApart: false, () => { }, stop.Token);
        await Eventually.TrueAsync(() => following.IsCompleted || clock.Timers > 0, "the playlist is loaded");
        await stop.CancelAsync();
        await ((Task)following).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 2 * Segments.Numbers(1, 50).Count(n => recording.States[n] == SegmentState.Wanted);
    }

    private sealed class Gauge(double rise) : IRiseGauge
    {
        public double Rise(TimeSpan back) => rise;
    }

    /// <summary>A live stream with a segment every two seconds.</summary>
    private sealed class Origin(ManualClock clock, bool dated) : HttpMessageHandler
    {
        private readonly DateTimeOffset _begin = clock.GetUtcNow();

        public int Loads { get; private set; }

        public bool Ends { get; init; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri == Playlist) Loads++;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Text())), RequestMessage = request });
        }

        private string Text()
        {
            var newest = 20 + (int)((clock.GetUtcNow() - _begin) / Segments.Length);
            var lines = Segments.Numbers(newest - 14, newest).Select(n => $"{Date(n)}#EXTINF:2.0,\n{n}.ts\n");
            return $"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{newest - 14}\n" + string.Concat(lines) + (Ends ? "#EXT-X-ENDLIST\n" : "");
        }

        private string Date(long number) =>
            dated ? $"#EXT-X-PROGRAM-DATE-TIME:{(_begin + (number - 21) * Segments.Length).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)}\n" : "";
    }
}
