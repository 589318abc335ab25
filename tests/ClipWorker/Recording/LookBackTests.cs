using System.Net;
using StreamClips.ClipWorker.Recording;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>How long an origin keeps segments is found out with few questions, and none of them costs a body.</summary>
[TestFixture]
internal sealed class LookBackTests
{
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(68);

    [Test]
    public void Until_it_is_measured_the_RFC_holds()
    {
        var lookBack = new LookBack();
        Assert.That(After(lookBack), Is.EqualTo(32));
        lookBack.Found(TimeSpan.FromSeconds(100));
        Assert.That(After(lookBack), Is.EqualTo(97), "with a margin");
        lookBack.Found(TimeSpan.FromSeconds(30));
        Assert.That(After(lookBack), Is.EqualTo(32), "a segment less than promised is the promise kept");
        lookBack.Found(TimeSpan.FromSeconds(20));
        Assert.That(After(lookBack), Is.EqualTo(17));
        lookBack.Found(TimeSpan.Zero);
        Assert.That(After(lookBack), Is.Zero);
        lookBack.Forget();
        Assert.That(After(lookBack), Is.EqualTo(32));
    }

    [Test]
    public void The_oldest_that_lives_is_found_with_few_questions([Range(0, 64)] int alive)
    {
        var left = Enumerable.Range(1, 64).Select(n => new AgedSegment(Segments.Indexed(n), n * Segments.Length, TimeSpan.FromSeconds(30))).ToList();
        var search = new LookBackSearch(left);
        var asked = 0;
        for (; search.Next is { } next; asked++) search.Answered(next.Segment.Number <= alive);
        Assert.That(search.Found, Is.EqualTo(alive * Segments.Length));
        Assert.That(asked, Is.LessThanOrEqualTo(7));
    }

    [TestCase(206, "video/mp2t")]
    [TestCase(200, "video/mp2t")]
    public async Task An_origin_is_measured_once_segments_are_old_enough_and_again_after_an_hour(int status, string type)
    {
        await using var origin = new Origin(new(status, type));
        await origin.RunAsync(seconds: 200);
        Assert.That(origin.Told.Measured.Select(m => (m.Host, m.AtLeast)), Is.EqualTo(new[] { ("edge.example", true), ("edge.example", false) }), "when the promise is over, and when nobody wants older ones");
        Assert.That(origin.Told.Measured[0].Found.TotalSeconds, Is.InRange(32, 36), "as old as any was");
        Assert.That(origin.Told.Measured[1].Found.TotalSeconds, Is.InRange(Origin.Keeps - 4, Origin.Keeps));
        Assert.That(origin.Requests, Is.LessThan(20));
        var before = origin.Requests;
        await origin.RunAsync(seconds: 3000);
        Assert.That(origin.Requests, Is.EqualTo(before), "it is good for an hour");
        await origin.RunAsync(seconds: 800);
        Assert.That(origin.Told.Measured, Has.Count.EqualTo(3));
    }

    [TestCase(405)]
    [TestCase(416)]
    [TestCase(503)]
    public async Task An_origin_that_does_not_answer_such_questions_is_taken_to_keep_its_promise(int status)
    {
        await using var origin = new Origin(new(status, "text/plain"));
        await origin.RunAsync(seconds: 200);
        Assert.That(origin.Told.Measured, Is.Empty);
        Assert.That(After(origin.LookBack), Is.EqualTo(32));
        Assert.That(origin.Requests, Is.InRange(1, 3), "it is not asked again and again");
    }

    [Test]
    public async Task An_origin_that_keeps_nothing_and_says_so_with_a_page_is_found_out()
    {
        await using var origin = new Origin(new(206, "video/mp2t"), gone: new(200, "text/html"), keeps: 0);
        await origin.RunAsync(seconds: 80);
        Assert.That(After(origin.LookBack), Is.Zero);
    }

    [Test]
    public async Task Another_host_is_another_origin()
    {
        await using var origin = new Origin(new(206, "video/mp2t"));
        await origin.RunAsync(seconds: 200);
        origin.Host = "other.example";
        await origin.RunAsync(seconds: 40);
        Assert.That(origin.LookBack.Measured, Is.Null, "nothing is known of it");
        await origin.RunAsync(seconds: 160);
        Assert.That(origin.Told.Measured[^1].Host, Is.EqualTo("other.example"));
    }

    private static double After(LookBack lookBack) => lookBack.AfterLeaving(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30)).TotalSeconds;

    private sealed record Answer(int Status, string Type);

    /// <summary>A stream with a playlist of 30 s whose origin keeps segments for a while after they left it.</summary>
    private sealed class Origin : HttpMessageHandler, IAsyncDisposable
    {
        public const double Keeps = 50;

        private readonly ManualClock _clock = new();
        private readonly Answer _there;
        private readonly Answer _gone;
        private readonly double _keeps;
        private readonly SegmentStates _states;
        private readonly LookBackProbe _probe;
        private readonly Uptime _uptime;
        private readonly HttpClient _client;
        private readonly Dictionary<string, TimeSpan> _left = [];
        private long _newest;

        public Origin(Answer there, Answer? gone = null, double keeps = Keeps)
        {
            (_there, _gone, _keeps) = (there, gone ?? new(404, "text/plain"), keeps);
            LookBack = new();
            _states = new(LookBack);
            _uptime = new(_clock);
            _client = new(this, disposeHandler: false);
            _probe = new(_client, _states, LookBack, Enough, Told, _uptime, _clock);
        }

        public RecordingTold Told { get; } = new();

        public LookBack LookBack { get; }

        public int Requests { get; private set; }

        public string Host { get; set; } = "edge.example";

        public async Task RunAsync(int seconds)
        {
            for (var passed = 0; passed < seconds; passed += 2)
            {
                _clock.Advance(Segments.Length);
                _newest++;
                var playlist = Segments.Playlist(Math.Max(1, _newest - 14), _newest, Host);
                _states.Listed(playlist, [Segments.Indexed(_newest) with { Uri = playlist.Segments[^1].Uri }], _uptime.Now);
                _states.Trim(_newest - 80);
                _left[playlist.Segments[^1].Uri.ToString()] = TimeSpan.MaxValue;
                foreach (var segment in playlist.Segments) _left[segment.Uri.ToString()] = _uptime.Now;
                await _probe.StartIfDueAsync(CancellationToken.None);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _probe.StartIfDueAsync(CancellationToken.None);
            _client.Dispose();
            Dispose();
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            Assert.That(request.Headers.Range!.ToString(), Is.EqualTo("bytes=0-0"));
            var there = (_uptime.Now - _left[request.RequestUri!.ToString()]).TotalSeconds <= _keeps;
            var answer = there ? _there : _gone;
            var response = new HttpResponseMessage((HttpStatusCode)answer.Status) { Content = new StreamContent(new Untouchable()), RequestMessage = request };
            response.Content.Headers.ContentType = new(answer.Type);
            return Task.FromResult(response);
        }
    }

    /// <summary>A body that nobody may read.</summary>
    private sealed class Untouchable : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("the body was read");

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new InvalidOperationException("the body was read");
    }
}
