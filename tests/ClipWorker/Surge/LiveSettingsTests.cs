using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Tests.Surge;

/// <summary>Settings that change while the detector runs.</summary>
[TestFixture]
internal sealed class LiveSettingsTests
{
    private static readonly ClipSettings Small = new() { Detector = ClipSettings.SurgeDetector, ClipDuration = 10, WindowTimespan = 5, BaselineDuration = 60, SampleInterval = 1 };

    [Test]
    public void Another_threshold_counts_from_the_next_sample_on_and_the_baseline_stays()
    {
        var detector = new SurgeDetector(Small with { SurgeThreshold = 50 });
        Assert.That(Chat(detector, 0, 100, perSecond: 2), Is.Empty);
        Assert.That(Chat(detector, 100, 3, perSecond: 20), Is.Empty, "50 times the usual is more");
        var mean = detector.Latest!.Value.Mean;

        detector.Take(Small with { SurgeThreshold = 3 });

        Assert.That(detector.Latest!.Value.Mean, Is.EqualTo(mean));
        Assert.That(Chat(detector, 103, 2, perSecond: 20), Has.Count.EqualTo(1), "it decides at once");
    }

    [TestCase(1, 5, 60)]
    [TestCase(1, 10, 30)]
    [TestCase(1, 3, 40)]
    [TestCase(1, 5, 20)]
    public void A_counter_for_another_window_has_counted_as_if_it_had_been_there_from_the_beginning(double interval, double window, double baseline)
    {
        var random = new Random(5);
        var times = Enumerable.Range(0, 2000).Select(_ => random.NextDouble() * 400).Order().ToList();
        var next = Small with { SampleInterval = interval, WindowTimespan = window, BaselineDuration = baseline };
        var (changed, always, compared) = (new ChatRate(Small), new ChatRate(next), 0);
        changed.Start(At(0));
        always.Start(At(0));
        foreach (var time in times)
        {
            if (time > 200 && compared == 0)
            {
                changed = changed.With(next);
                compared = 1;
            }

            while (always.TrySample(At(time), inclusive: false, out var plain))
            {
                Assert.That(changed.TrySample(At(time), inclusive: false, out var sample), Is.True);
                if (compared++ > 0) Assert.That(sample, Is.EqualTo(plain));
            }

            changed.Add(At(time));
            always.Add(At(time));
            if (time < 200) compared = 0;
        }

        Assert.That(compared, Is.GreaterThan(150));
    }

    [Test]
    public void A_longer_baseline_is_decided_by_once_it_was_seen_and_a_finer_interval_keeps_the_count()
    {
        var rate = new ChatRate(Small);
        rate.Start(At(0));
        for (var t = 0; t < 100; t++) Say(rate, t + 0.5, 4);
        var finer = rate.With(Small with { SampleInterval = 0.5 });
        Assert.That(finer.TrySample(At(101), inclusive: true, out var sample), Is.True);
        Assert.That((sample.Count, sample.Decides), Is.EqualTo((20, true)).Or.EqualTo((18, true)).Or.EqualTo((22, true)));

        var longer = rate.With(Small with { BaselineDuration = 120 });
        Assert.That(longer.TrySample(At(101), inclusive: true, out sample) && !sample.Decides, "66 of 125 s were seen");
        for (var t = 101; t < 170; t++) Say(longer, t + 0.5, 4);
        Assert.That(longer.TrySample(At(171), inclusive: true, out sample) && sample.Decides);
        Assert.That(longer.TooLate, Is.Zero);
    }

    [Test]
    public void Another_rate_of_clips_moves_what_a_highlight_needs_and_forgets_no_chat()
    {
        var detector = new HighlightDetector(new ClipSettings { ClipsPerHour = 0.1 });
        Chat(detector, 0, 600, perSecond: 3);
        var (usual, before) = (detector.Latest!.Value, new HighlightThreshold(0.1));

        detector.Take(new ClipSettings { ClipsPerHour = 60, WindowTimespan = 30 });

        Assert.That(before.With(60).Score, Is.LessThan(before.Score));
        Chat(detector, 600, 2, perSecond: 3);
        Assert.That(detector.Latest!.Value.Decides, Is.True);
        Assert.That(detector.Latest!.Value.Mean, Is.EqualTo(usual.Mean).Within(usual.Mean * 0.1));
    }

    private static List<DetectedSurge> Chat(IChatDetector detector, int from, int seconds, int perSecond)
    {
        var surges = new List<DetectedSurge>();
        for (var i = 0; i < seconds * perSecond; i++)
            surges.AddRange(detector.Observe(new ChatMessage(At(from + (i + 0.5) / perSecond), $"u{i % 40}", "well played")));
        surges.AddRange(detector.Advance(At(from + seconds)));
        return surges;
    }

    private static void Say(ChatRate rate, double at, int times)
    {
        while (rate.TrySample(At(at), inclusive: false, out _))
        {
            // Only the last one is looked at.
        }

        for (var i = 0; i < times; i++) rate.Add(At(at));
    }

    private static DateTimeOffset At(double seconds) => DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(seconds);
}
