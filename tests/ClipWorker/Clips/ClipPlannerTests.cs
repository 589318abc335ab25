using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Surge;
using StreamClips.ClipWorker.Tests.Recording;
using StreamClips.Shared.Settings;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>What comes before a clip is fetched as far as the clip needs it.</summary>
[TestFixture]
internal sealed class ClipPlannerTests
{
    [Test]
    public async Task A_stop_makes_it_content_with_what_is_held()
    {
        using var stream = await NumberedStream.MakeAsync(14, "-c:v libx264 -preset veryfast -bf 0 -g 120 -keyint_min 120 -sc_threshold 0", "-break_non_keyframes 1");
        using var client = new HttpClient();
        var recording = Recording(stream, client, new ManualClock(NumberedStream.Epoch));
        Hold(stream, recording, 6);
        Hold(stream, recording, 7);
        var (stopped, hurry) = (new TaskCompletionSource(), false);
        var planning = new ClipPlanner(recording, new ManualClock()).PlanAsync(Request(11.5, 14), () => hurry, () => stopped.Task, CancellationToken.None);
        await Eventually.TrueAsync(() => recording.Pictures.States[5] == SegmentState.Wanted, "it waits for what is before");
        hurry = true;
        stopped.SetResult();
        var planned = await planning.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.That(planned!.Plan.Segments.Select(s => s.Segment.Number), Is.EqualTo(new[] { 6, 7 }));
    }

    [Test]
    public async Task Segments_before_a_clip_are_fetched_one_by_one_until_one_holds_its_keyframe()
    {
        // Keyframes every 6 s: that of 11.5 s is at 6 s, two segments of 2 s before the window's first one.
        using var stream = await NumberedStream.MakeAsync(14, "-c:v libx264 -preset veryfast -bf 0 -g 120 -keyint_min 120 -sc_threshold 0", "-break_non_keyframes 1");
        var clock = new ManualClock(NumberedStream.Epoch);
        using var client = new HttpClient();
        var recording = Recording(stream, client, clock);
        Hold(stream, recording, 6);
        Hold(stream, recording, 7);

        var planning = new ClipPlanner(recording, clock).PlanAsync(Request(11.5, 14), () => false, () => new TaskCompletionSource().Task, CancellationToken.None);
        await HoldWhenWantedAsync(5);
        await HoldWhenWantedAsync(4);
        var planned = await planning.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.That(planned!.Plan.Lead.Select(s => s.Segment.Number), Is.EqualTo(new[] { 5, 4 }));
        Assert.That(recording.Pictures.States[3], Is.EqualTo(SegmentState.Indexed), "no more than is needed");

        Task HoldWhenWantedAsync(int number) => Eventually.TrueAsync(
            () =>
            {
                if (recording.Pictures.States[number] != SegmentState.Wanted) return false;
                Hold(stream, recording, number);
                return true;
            },
            $"segment {number} is asked for");
    }

    private static ChannelRecording Recording(NumberedStream stream, HttpClient client, ManualClock clock)
    {
        var plan = new RecordingPlan { Setting = RecordingModes.Lazy, Needs = new(default, default), Keep = TimeSpan.FromDays(1), Directory = stream["held"], Lasts = false };
        var recording = new ChannelRecording(plan, gauge: null, client, new RecordingTold(), clock, new Random(1));
        recording.Open();
        recording.Pictures.Index.Restore([.. stream.Segments.Select(s => s.Segment)], "");
        foreach (var segment in stream.Segments) recording.Pictures.States.Restore(segment.Segment, held: false, TimeSpan.FromDays(1), TimeSpan.Zero);
        return recording;
    }

    private static void Hold(NumberedStream stream, ChannelRecording recording, int number)
    {
        var bytes = File.ReadAllBytes(stream[$"{number - 1}.ts"]);
        File.WriteAllBytes(recording.Pictures.Ring.PartOf(number), bytes);
        recording.Pictures.Ring.Put(number, bytes.Length, headBytes: 0);
        recording.Pictures.States.Hold(number);
    }

    private static ClipRequest Request(double start, double end) => new()
    {
        ClipId = Guid.NewGuid(), Rates = [], TopWords = [], ClockAhead = default, DecidedAt = 0,
        Surge = new DetectedSurge
        {
            Start = NumberedStream.Epoch.AddSeconds(start), End = NumberedStream.Epoch.AddSeconds(end), Moment = NumberedStream.Epoch.AddSeconds(start),
            Peak = NumberedStream.Epoch.AddSeconds(start + 1), TriggeredAt = NumberedStream.Epoch.AddSeconds(end), Score = 2, Reason = "",
        },
    };
}
