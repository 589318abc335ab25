using StreamClips.NodeAgent.ControlLink;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.ControlLink;

/// <summary>When an agent that is not let in ends its workers.</summary>
public sealed class PutOutJudgeTests
{
    private readonly ManualClock _clock = new();
    private PutOutJudge _judge = null!;

    [SetUp]
    public void Make() => _judge = new PutOutJudge(TimeSpan.FromSeconds(45), _clock);

    [Test]
    public void The_control_plane_is_believed_at_once() => Assert.That(_judge.IsOut(PutOutBy.ControlPlane), Is.True);

    [Test]
    public void Another_agent_is_believed_in_when_it_stays()
    {
        Assert.That(_judge.IsOut(PutOutBy.OtherAgent), Is.False);
        _clock.Advance(TimeSpan.FromSeconds(44));
        Assert.That(_judge.IsOut(PutOutBy.OtherAgent), Is.False);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(_judge.IsOut(PutOutBy.OtherAgent), Is.True);
    }

    [Test]
    public void Tries_in_between_that_reach_nobody_change_nothing_and_a_session_does()
    {
        for (var second = 0; second < 40; second += 20)
        {
            Assert.That(_judge.IsOut(PutOutBy.OtherAgent), Is.False);
            _clock.Advance(TimeSpan.FromSeconds(10));
            Assert.That(_judge.IsOut(PutOutBy.Nobody), Is.False);
            _clock.Advance(TimeSpan.FromSeconds(15));
        }

        Assert.That(_judge.IsOut(PutOutBy.OtherAgent), Is.True);
        Assert.That(_judge.IsOut(PutOutBy.Nobody, wasOpen: true), Is.False);
        Assert.That(_judge.IsOut(PutOutBy.OtherAgent), Is.False);
    }

    [Test]
    public void A_control_plane_that_is_away_for_long_puts_nobody_out_and_what_was_before_it_is_forgotten()
    {
        _judge.IsOut(PutOutBy.OtherAgent);
        _clock.Advance(TimeSpan.FromHours(24));
        Assert.That(_judge.IsOut(PutOutBy.Nobody), Is.False);
        Assert.That(_judge.IsOut(PutOutBy.OtherAgent), Is.False);
    }
}
