using System.Net;
using System.Text;
using StreamClips.ClipWorker.Recording;
using StreamClips.Shared.Settings;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>A machine's clock that is set while a stream is recorded changes nothing of what is held.</summary>
[TestFixture]
[Category("Slow")]
internal sealed class ClockStepTests
{
    private const int Remembered = 31; // segments of 2 s: those of the minute that is kept, and the one in which it begins
    private static readonly byte[] Transport = [.. Enumerable.Repeat((byte)0x47, 188 * 3)];

    [TestCase(-3600)]
    [TestCase(3600)]
    public async Task The_ring_holds_the_same_stretch_before_and_after(int stepS)
    {
        var clock = new ManualClock();
        var told = new RecordingTold();
        using var directory = new TemporaryDirectory();
        using var origin = new Origin();
        using var client = new HttpClient(origin);
        using var stop = new CancellationTokenSource();
        var back = TimeSpan.FromSeconds(40);
        var plan = new RecordingPlan { Setting = RecordingModes.Eager, Needs = new(back, back), Keep = TimeSpan.FromSeconds(60), Directory = directory.Path, Lasts = true };
        var recording = new StreamRecording(plan, gauge: null, client, told, clock, new Random(1));
        recording.Open();
        var fetching = recording.FetchAsync(stop.Token);
        var following = recording.FollowAsync(new("https://edge.example/live.m3u8"), "", soundApart: false, () => { }, stop.Token);
        await RecordAsync(36);
        clock.Step(TimeSpan.FromSeconds(stepS));
        await RecordAsync(76);
        var segments = recording.Index.Snapshot();
        Assert.That(segments, Has.Count.InRange(Remembered - 1, Remembered));
        Assert.That(segments.Zip(segments.Skip(1)).All(p => p.Second.Number == p.First.Number + 1 && p.Second.Arrived > p.First.Arrived), Is.True);
        Assert.That(segments.Select(s => s.Part), Is.All.EqualTo(1));
        Assert.That(segments.SkipLast(10).All(s => recording.Ring.Holds(s.Number)), Is.True);
        Assert.That(recording.Ring.Bytes, Is.LessThanOrEqualTo((Remembered + 2) * Transport.Length));
        Assert.That(told.Lost, Is.Empty);
        await stop.CancelAsync();
        await Task.WhenAll(fetching, following).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // Until so many are seen, and fetched as far as they have stopped to be the newest.
        Task RecordAsync(long seen) => Eventually.TrueAsync(
            () =>
            {
                Assert.That(following.IsCompleted, Is.False, "it goes on");
                if (recording.Index.Seen >= seen && recording.Index.Snapshot().SkipLast(5).All(s => s.Number < 3 || recording.States.Settled(s.Number))) return true;
                if (clock.Timers > 0) clock.Advance(Segments.Length);
                return false;
            },
            $"{seen} segments are recorded",
            120);
    }

    /// <summary>A live stream that is one segment further whenever it is asked.</summary>
    private sealed class Origin : HttpMessageHandler
    {
        private int _newest = 5;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var content = request.RequestUri!.AbsolutePath == "/live.m3u8" ? Encoding.UTF8.GetBytes(Playlist(++_newest)) : Transport;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(content), RequestMessage = request });
        }

        private static string Playlist(int newest) =>
            $"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{newest - 4}\n" + string.Concat(Segments.Numbers(newest - 4, newest).Select(n => $"#EXTINF:2.0,\n{n}.ts?sig=secret\n"));
    }
}
