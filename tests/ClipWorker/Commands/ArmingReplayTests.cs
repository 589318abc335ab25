using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Commands;
using StreamClips.ClipWorker.Surge;
using StreamClips.ClipWorker.Tests.Surge;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Tests.Commands;

/// <summary>What arming would have done with a chat.</summary>
[TestFixture]
internal sealed class ArmingReplayTests
{
    private static readonly int[] Moments = [600, 1200, 1800, 2400, 3000];
    private static readonly ClipSettings Highlight = new(Detector: ClipSettings.HighlightDetector);

    [TestCase(60, 0.0, 0.0)]
    [TestCase(30, 0.001, 0.15)]
    [TestCase(12, 1.0, 1.0)]
    public void Every_clip_is_in_reach_and_only_a_short_playlist_costs_all_the_time(double playlistS, double least, double most)
    {
        var result = Replay(Highlight, playlistS);
        Assert.That(result.Clips, Is.EqualTo(5), "one a burst");
        Assert.That(result.ClipsInReach, Is.EqualTo(result.Clips));
        Assert.That(result.ArmedShare, Is.InRange(least, most));
        Assert.That(result.FetchedShare, playlistS < 20 ? Is.EqualTo(1).Within(0.001) : Is.LessThan(0.3));
        Assert.That(result.Seconds, Is.InRange(3590, 3700));
    }

    [Test]
    public void The_rule_of_the_window_is_prepared_for_too()
    {
        var result = Replay(ClipSettings.Default with { Detector = ClipSettings.SurgeDetector }, 30);
        Assert.That(result.Clips, Is.GreaterThanOrEqualTo(5));
        Assert.That(result.ClipsInReach, Is.EqualTo(result.Clips));
        Assert.That(result.ArmedShare, Is.LessThan(0.15));
    }

    [Test]
    public void A_quiet_chat_is_no_rise_and_a_burst_is_one_before_it_is_decided()
    {
        var detector = ChatDetector.For(Highlight);
        var (highest, before) = (0.0, 0.0);
        DateTimeOffset? decided = null;
        foreach (var message in Chat())
        {
            if (detector.Observe(message) is [var surge, ..]) decided ??= surge.TriggeredAt;
            if (decided is not null) break;
            var rise = detector.Rise(TimeSpan.FromSeconds(58));
            if (message.At < DateTimeOffset.UnixEpoch.AddSeconds(590)) before = Math.Max(before, rise);
            highest = Math.Max(highest, rise);
        }

        Assert.That(before, Is.LessThan(0.5));
        Assert.That(highest, Is.GreaterThan(0.5));
    }

    private static ArmingResult Replay(ClipSettings settings, double playlistS)
    {
        var replay = new ArmingReplay(settings, TimeSpan.FromSeconds(playlistS));
        foreach (var message in Chat()) replay.Observe(message);
        return replay.End();
    }

    /// <summary>An hour of talk, in which something happens every ten minutes.</summary>
    private static IReadOnlyList<ChatMessage> Chat()
    {
        var chat = new MadeChat(7).Talks(0, 3600, 1);
        foreach (var at in Moments) chat.Highlight(at, 120);
        return chat.Messages;
    }
}
