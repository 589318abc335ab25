using StreamClips.ClipWorker.Recording;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Tests.Recording;

/// <summary>When a stream is recorded how.</summary>
[TestFixture]
internal sealed class RecordingPolicyTests
{
    private static readonly RecordingNeeds Needs = new(TimeSpan.FromSeconds(68), TimeSpan.FromSeconds(42));

    [TestCase(RecordingModes.Auto, 120, 0.0, RecordingMode.Lazy)]
    [TestCase(RecordingModes.Auto, 120, 1.0, RecordingMode.Lazy)]
    [TestCase(RecordingModes.Auto, 58, 0.1, RecordingMode.Lazy)]
    [TestCase(RecordingModes.Auto, 58, 0.6, RecordingMode.Armed)]
    [TestCase(RecordingModes.Auto, 22, 0.0, RecordingMode.Eager)]
    [TestCase(RecordingModes.Auto, 0, 0.0, RecordingMode.Eager)]
    [TestCase(RecordingModes.Auto, 22, null, RecordingMode.Lazy)]
    [TestCase(RecordingModes.Auto, null, 1.0, RecordingMode.Lazy)]
    [TestCase(RecordingModes.Lazy, 0, 1.0, RecordingMode.Lazy)]
    [TestCase(RecordingModes.Eager, 500, 0.0, RecordingMode.Eager)]
    public void The_mode_follows_from_how_long_segments_can_be_had(string setting, double? reachS, double? rise, RecordingMode mode) =>
        Assert.That(Decide(setting, reachS, rise).Mode, Is.EqualTo(mode));

    [Test]
    public void The_reason_says_the_numbers()
    {
        Assert.That(Decide(RecordingModes.Auto, 120, 0).Reason, Is.EqualTo("segments can be had for 120 s, and a clip begins at most 68 s before it is decided"));
        Assert.That(Decide(RecordingModes.Auto, 22, 0).Reason, Is.EqualTo("segments can be had for 22 s only, and the chat rises up to 42 s after a clip's beginning"));
    }

    [Test]
    public void It_stays_armed_until_the_chat_was_calm_for_a_while()
    {
        var decision = Decide(RecordingModes.Auto, 58, RecordingPolicy.ArmAt, at: 100);
        decision = Decide(RecordingModes.Auto, 58, RecordingPolicy.CalmBelow, at: 110, decision);
        Assert.That(decision.Mode, Is.EqualTo(RecordingMode.Armed), "a little less is still a rise");
        decision = Decide(RecordingModes.Auto, 58, 0, at: 110 + RecordingPolicy.CalmFor.TotalSeconds - 1, decision);
        Assert.That(decision.Mode, Is.EqualTo(RecordingMode.Armed));
        decision = Decide(RecordingModes.Auto, 58, 0, at: 110 + RecordingPolicy.CalmFor.TotalSeconds, decision);
        Assert.That(decision.Mode, Is.EqualTo(RecordingMode.Lazy));
        Assert.That(Decide(RecordingModes.Auto, 58, RecordingPolicy.CalmBelow, at: 130, decision).Mode, Is.EqualTo(RecordingMode.Lazy), "so little of a rise does not arm");
    }

    [Test]
    public void A_playlist_whose_length_wavers_by_a_segment_does_not_switch_the_mode()
    {
        var decision = Decide(RecordingModes.Auto, 41, 0);
        Assert.That(Decide(RecordingModes.Auto, 43, 0, last: decision).Mode, Is.EqualTo(RecordingMode.Eager));
        Assert.That(Decide(RecordingModes.Auto, 47, 0, last: decision).Mode, Is.EqualTo(RecordingMode.Lazy));
    }

    [TestCase(30, 32, 58)]
    [TestCase(12, 14, 22)]
    [TestCase(60, 62, 118)]
    [TestCase(2, 0, 0)]
    public void The_reach_is_the_playlist_and_the_time_after_it_without_the_margins(double playlistS, double afterS, double reachS) =>
        Assert.That(RecordingControl.Reach(TimeSpan.FromSeconds(playlistS), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(afterS)).TotalSeconds, Is.EqualTo(reachS));

    private static RecordingDecision Decide(string setting, double? reachS, double? rise, double at = 100, RecordingDecision? last = null) => RecordingPolicy.Decide(new()
    {
        Setting = setting, Needs = Needs, Reach = reachS is { } s ? TimeSpan.FromSeconds(s) : null, Rise = rise, Now = TimeSpan.FromSeconds(at), Last = last,
    });
}
