using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Tests.Surge;

/// <summary>The rule, on made chats whose every count is known.</summary>
[TestFixture]
internal sealed class SurgeDetectorTests
{
    private static readonly ClipSettings Small = new() { ClipDuration = 10, WindowTimespan = 2, BaselineDuration = 6, SampleInterval = 1, SurgeThreshold = 2 };

    [Test]
    public void It_decides_at_the_sample_where_the_count_reaches_the_threshold_times_the_mean()
    {
        // One message a second: each sample counts 2. At 20 there are 2 more messages, at 21 again.
        var times = Enumerable.Range(0, 40).Select(t => (double)t).Concat([19.5, 19.6, 20.5, 20.6, 20.7]).Order();
        var surge = Run(Small, times).Single();
        Assert.Multiple(() =>
        {
            // Counts up to sample 20: 2 2 2 2 2 4, mean 14/6: 4 is below twice that. Sample 21: 2 2 2 2 4 7, mean 19/6, 7 is above.
            Assert.That(Seconds(surge.TriggeredAt), Is.EqualTo(21));
            Assert.That(surge.Score, Is.EqualTo(7 / (19 / 6.0)).Within(1e-12));
            Assert.That(Seconds(surge.Start), Is.EqualTo(11), "the clip is the clip_duration before the decision");
            Assert.That(Seconds(surge.End), Is.EqualTo(21));
            Assert.That(Seconds(surge.Moment), Is.EqualTo(19), "the moment is where the window begins");
            Assert.That(Seconds(surge.Peak), Is.EqualTo(21));
            Assert.That(surge.Reason, Is.EqualTo("2.2× the usual chat: 7 messages in 2 s against 3.2"));
        });
    }

    [Test]
    public void Exactly_the_threshold_is_a_surge()
    {
        // Samples 0 to 10 count 0, then the counts are 1 and 1: mean 1/6, then 2/6.
        Assert.That(Run(Small, [0, 10.5], until: 30).Select(s => Seconds(s.TriggeredAt)), Is.EqualTo(new[] { 11.0 }));
        var settings = Small with { SurgeThreshold = 6 };
        Assert.That(Run(settings, [0, 10.5], until: 30), Has.Count.EqualTo(1), "1 is exactly 6 times 1/6");
        Assert.That(Run(settings with { SurgeThreshold = 6.01 }, [0, 10.5], until: 30), Is.Empty);
    }

    [Test]
    public void It_does_not_decide_before_window_and_baseline_were_seen()
    {
        // Samples 0 to 6 are seven of the eight that are needed; sample 7 is the eighth.
        Assert.That(Run(Small, [0, 5.5, 6.2], until: 6.9), Is.Empty);
        Assert.That(Run(Small, [0, 5.5, 5.6, 6.5, 6.6, 6.7], until: 30).Select(s => Seconds(s.TriggeredAt)), Is.EqualTo(new[] { 7.0 }));
    }

    [Test]
    public void After_a_surge_it_is_silent_for_the_length_of_a_clip()
    {
        // From 30 on each second is 1.6 times as loud as the one before: every sample is beyond the threshold.
        var loud = Enumerable.Range(0, 54).SelectMany(t => Enumerable.Repeat((double)t, t < 30 ? 1 : (int)Math.Pow(1.6, t - 30) + 1));
        var at = Run(Small, loud).Select(s => Seconds(s.TriggeredAt)).ToList();
        Assert.That(at.Zip(at.Skip(1), (a, b) => b - a), Is.EqualTo(new[] { 10, 10 }));
    }

    [Test]
    public void A_chat_without_a_message_never_surges()
    {
        var detector = new SurgeDetector(Small);
        Assert.That(detector.Advance(At(0)), Is.Empty);
        Assert.That(detector.Advance(At(3600)), Is.Empty);
        Assert.That(detector.Latest!.Value.Mean, Is.Zero);
    }

    [TestCase(1, 30, 180)]
    [TestCase(0.5, 30, 180)]
    [TestCase(0.7, 3, 20)]
    [TestCase(3, 7, 50)]
    [TestCase(0.1, 1, 5)]
    public void Counts_are_those_of_a_plain_count_over_all_messages(double interval, double window, double baseline)
    {
        var settings = new ClipSettings { SampleInterval = interval, WindowTimespan = window, BaselineDuration = baseline };
        var random = new Random(7);
        var times = Enumerable.Range(0, 3000).Select(_ => Math.Round(random.NextDouble() * 400, 3)).Order().ToList();
        var rate = new ChatRate(settings);
        rate.Start(At(times[0]));
        var counts = new List<int>();
        foreach (var time in times)
        {
            while (rate.TrySample(At(time), inclusive: false, out var sample)) Compare(sample);
            rate.Add(At(time));
        }

        void Compare(RateSample sample)
        {
            var plain = times.Count(t => At(t) <= sample.At && At(t) > sample.At - TimeSpan.FromSeconds(window));
            Assert.That(sample.Count, Is.EqualTo(plain), $"at {Seconds(sample.At)}");
            counts.Add(sample.Count);
            var most = (int)Math.Round(baseline / interval);
            Assert.That(sample.Mean, Is.EqualTo(counts.TakeLast(most).Average()).Within(1e-9));
            Assert.That(sample.Decides, Is.EqualTo(counts.Count >= Math.Ceiling(Math.Round((window + baseline) / interval, 6))));
        }
    }

    [Test]
    public void Messages_live_and_in_replay_give_the_same_decisions()
    {
        var random = new Random(3);
        var times = Enumerable.Range(0, 4000).Select(i => random.NextDouble() * 900 + (i % 10 == 0 ? 0 : i % 3 * 0.01)).Concat(Enumerable.Range(0, 300).Select(_ => 600 + random.NextDouble() * 15)).Order().ToList();
        var live = new SurgeDetector(ClipSettings.Default);
        var decided = new List<DetectedSurge>();
        var next = 0;
        for (var now = times[0]; now <= times[^1]; now += 0.25)
        {
            for (; next < times.Count && times[next] <= now; next++) decided.AddRange(live.Observe(new(At(times[next]), "", "")));
            decided.AddRange(live.Advance(At(now)));
        }

        var replayed = Run(ClipSettings.Default, times);
        Assert.That(replayed, Is.Not.Empty);
        Assert.That(decided, Is.EqualTo(replayed));
    }

    [Test]
    public void A_leap_of_years_costs_no_time_and_makes_no_surge()
    {
        var times = Enumerable.Range(0, 600).Select(t => (double)t).Concat(Enumerable.Range(0, 600).Select(t => 3e9 + t));
        Assert.That(Run(ClipSettings.Default, times).Where(s => Seconds(s.TriggeredAt) < 3e9), Is.Empty);
    }

    [Test]
    public void Time_that_goes_back_a_little_counts_now_and_time_long_past_does_not_count()
    {
        var detector = new SurgeDetector(Small);
        foreach (var t in new[] { 0, 100, 99.5, 98.5 }) detector.Observe(new(At(t), "", ""));
        Assert.That(detector.TooLate, Is.Zero);
        detector.Observe(new(At(50), "", ""));
        Assert.That(detector.TooLate, Is.EqualTo(1));
        detector.Advance(At(101));
        Assert.That(detector.Latest!.Value.Count, Is.EqualTo(3));
    }

    [Test]
    public void What_could_not_be_heard_does_not_lower_the_baseline()
    {
        var detector = new SurgeDetector(Small);
        for (var t = 0; t < 20; t++) detector.Observe(new(At(t), "", ""));
        detector.ResumeAt(At(500));
        var surges = new List<DetectedSurge>();
        for (var t = 500; t < 520; t++) surges.AddRange(detector.Observe(new(At(t), "", "")));
        Assert.That(surges, Is.Empty, "the chat is as loud as before the outage");
        Assert.That(detector.Latest!.Value.Mean, Is.EqualTo(2).Within(0.4));
    }

    private static IReadOnlyList<DetectedSurge> Run(ClipSettings settings, IEnumerable<double> times, double? until = null)
    {
        var detector = new SurgeDetector(settings);
        var surges = new List<DetectedSurge>();
        var last = 0.0;
        foreach (var time in times) surges.AddRange(detector.Observe(new ChatMessage(At(last = time), "u", "hi")));
        surges.AddRange(detector.Advance(At(until ?? last)));
        return surges;
    }

    private static DateTimeOffset At(double seconds) => DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(seconds);

    private static double Seconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;
}
