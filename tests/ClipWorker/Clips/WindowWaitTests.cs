using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Surge;
using StreamClips.ClipWorker.Tests.Recording;
using StreamClips.Shared.Settings;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>What is asked for of a clip's window, and when the wait for it is over.</summary>
[TestFixture]
internal sealed class WindowWaitTests
{
    [TestCase(true, TestName = "The_sound_of_older_pictures_is_asked_for_though_the_newest_have_theirs_with_them")]
    [TestCase(false, TestName = "Sound_that_only_came_after_the_window_is_not_waited_for")]
    [CancelAfter(120_000)]
    public async Task A_stream_that_is_found_again_with_another_kind_of_variant(bool apartFirst, CancellationToken ct)
    {
        using var directory = new TemporaryDirectory();
        using var client = new HttpClient();
        var clock = new ManualClock(DateTimeOffset.UnixEpoch.AddSeconds(30));
        var plan = new RecordingPlan { Setting = RecordingModes.Lazy, Needs = new(default, default), Keep = TimeSpan.FromDays(1), Directory = directory.Path, Lasts = false };
        var recording = new ChannelRecording(plan, gauge: null, client, new RecordingTold(), clock, new Random(1));
        recording.Open();
        // The change is at 10 s, the window from 4 to 16 s, or from 2 to 8 s.
        Restore(recording.Pictures, 1, 10, n => n <= 5 == apartFirst);
        if (apartFirst) Restore(recording.Sound, 1, 5, _ => false);

        var request = apartFirst ? Request(4, 16) : Request(2, 8);
        var wait = new WindowWait(recording, clock);
        wait.Ask(request);
        Assert.That(Wanted(recording.Sound), Is.EqualTo(apartFirst ? new long[] { 2, 3, 4, 5 } : []));
        foreach (var number in Wanted(recording.Pictures)) recording.Pictures.States.Lose(number);
        var waiting = wait.WaitAsync(request, () => false, () => false, () => new TaskCompletionSource().Task, ct);
        Assert.That(waiting.IsCompleted, Is.Not.EqualTo(apartFirst), "it waits for the sound, and for nothing else");
        foreach (var number in Wanted(recording.Sound)) recording.Sound.States.Lose(number);
        await waiting.WaitAsync(ct);
    }

    private static long[] Wanted(StreamRecording recording) => [.. Segments.Numbers(1, 10).Where(n => recording.States[n] == SegmentState.Wanted)];

    private static void Restore(StreamRecording recording, long first, long last, Predicate<long> apart)
    {
        var segments = Segments.Numbers(first, last).Select(n => Segments.Indexed(n) with { SoundApart = apart(n) }).ToList();
        recording.Index.Restore(segments, "");
        foreach (var segment in segments) recording.States.Restore(segment, held: false, TimeSpan.FromDays(1), TimeSpan.Zero);
    }

    private static ClipRequest Request(double start, double end) => new()
    {
        ClipId = Guid.NewGuid(), Rates = [], TopWords = [], ClockAhead = default, DecidedAt = 0,
        Surge = new DetectedSurge { Start = At(start), End = At(end), Moment = At(start), Peak = At(start), TriggeredAt = At(end), Score = 2, Reason = "" },
    };

    private static DateTimeOffset At(double seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds);
}
