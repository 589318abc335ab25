using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Liveness;
using StreamClips.ControlPlane.Processes;
using StreamClips.ControlPlane.Tests.Assignments;

namespace StreamClips.ControlPlane.Tests.Liveness;

public sealed class PresenceTests
{
    private static readonly DateTimeOffset Now = Fleet.Now;

    [Test]
    public void Only_the_live_take_a_place()
    {
        var streamers = Enumerable.Range(0, 5).Select(i => With($"s{i}", Status(i is 1 or 3))).ToList();

        var plan = AssignmentPlanner.Plan(Fleet.Of(streamers, [Fleet.Node("node-1", capacity: 2)]), Now);

        Assert.That(plan.OfType<Decision.Start>().Select(s => s.Order.Streamer), Is.EquivalentTo((string[])["s1", "s3"]));
        Assert.That(plan.OfType<Decision.Wait>().Select(w => w.Reason), Is.EqualTo((string[])["offline", "offline", "offline"]));
    }

    [Test]
    public void What_nobody_can_tell_counts_as_live()
    {
        Assert.That(Starts(null), "nothing is kept");
        Assert.That(Starts(Status(null) with { IsKnowable = false }), "nobody can be asked");
        Assert.That(Starts(Status(null)), Is.False, "it is about to be asked");
        Assert.That(Starts(Status(null) with { Since = Now - PresenceRules.LongestFirstLook }), "the first look takes too long");
        Assert.That(Starts(Status(null) with { SilentSince = Now }), "the platform does not answer, and never has");
        Assert.That(Starts(Status(true) with { SilentSince = Now.AddHours(-3) }), "it was live when the platform fell silent");
        Assert.That(Starts(Status(false) with { SilentSince = Now.AddMinutes(-14) }), Is.False, "it was not");
        Assert.That(Starts(Status(false) with { SilentSince = Now - PresenceRules.LongestSilence }), "but nobody would tell when it is");
    }

    [TestCase("watching")]
    [TestCase("clipping")]
    [TestCase(null)]
    public void What_a_platform_says_ends_nothing_that_runs(string? phase)
    {
        var streamer = With("s", Status(false));
        var held = Fleet.Live(streamer, "node-1", Now.AddHours(-1)) with { Phase = phase };
        Assert.That(AssignmentPlanner.Plan(Fleet.Of([streamer], [Fleet.Node("node-1")], [held]), Now), Is.Empty);

        var lost = AssignmentPlanner.Plan(Fleet.Of([streamer], [Fleet.Node("node-1", state: "lost"), Fleet.Node("node-2")], [held]), Now);
        Assert.That(lost.OfType<Decision.Start>().Select(s => s.NodeId), Is.EqualTo((string[])["node-2"]), "nor keeps it from moving off a lost node");
    }

    [Test]
    public void A_worker_that_waits_itself_gives_up_its_place_after_a_while()
    {
        Assert.That(Ends(Status(false)));
        Assert.That(Ends(Status(false) with { ChangedAt = Now.AddSeconds(-59) }), Is.False, "the stream may have broken off");
        Assert.That(Ends(Status(false) with { SilentSince = Now.AddSeconds(-1) }), Is.False, "nobody says it now");
        Assert.That(Ends(Status(true)), Is.False, "the platform knows better");
        Assert.That(Ends(null), Is.False);
        Assert.That(Ends(Status(false) with { ChangedAt = Now }, state: "lost"), "off a node that is lost it is not moved");
    }

    [Test]
    public void A_stream_that_began_after_the_last_run_is_not_rested_from()
    {
        var last = new LastRun(ProcessState.Ended, Now.AddSeconds(-40), Now.AddSeconds(-20));
        Assert.That(Starts(Status(true) with { ChangedAt = Now.AddSeconds(-60) }, last), Is.False);
        Assert.That(Starts(Status(true) with { ChangedAt = Now.AddSeconds(-5) }, last));
    }

    [Test]
    public void Looks_come_sooner_for_who_was_live_lately_and_never_later_than_half_a_minute()
    {
        var offline = new ChannelAnswer(Live: false);
        foreach (var random in (double[])[0, 0.5, 0.999])
        {
            var (usual, lately) = (LookPlan.Next(offline, null, Now, random) - Now, LookPlan.Next(offline, Now.AddHours(-2), Now, random) - Now);
            Assert.That(usual, Is.InRange(TimeSpan.FromSeconds(27), TimeSpan.FromSeconds(30)));
            Assert.That(lately, Is.InRange(TimeSpan.FromSeconds(13.5), TimeSpan.FromSeconds(15)));
            Assert.That(LookPlan.Next(offline, Now.AddDays(-2), Now, random) - Now, Is.EqualTo(usual));
        }
    }

    [Test]
    public void A_silent_platform_is_asked_less_and_less_and_what_it_asks_for_is_kept()
    {
        var pauses = Enumerable.Range(1, 12).Select(n => LookPlan.Pause(n, null, 0.5)).ToList();
        Assert.That(pauses[0], Is.LessThanOrEqualTo(TimeSpan.FromSeconds(5)));
        Assert.That(pauses, Is.Ordered.And.All.LessThanOrEqualTo(LookPlan.LongestPause));
        Assert.That(LookPlan.Pause(1, TimeSpan.FromSeconds(42), 0), Is.EqualTo(TimeSpan.FromSeconds(42)));
        Assert.That(LookPlan.Pause(1, TimeSpan.FromSeconds(42), 1), Is.GreaterThan(TimeSpan.FromSeconds(42)));
        Assert.That(LookPlan.Pause(1, TimeSpan.FromDays(1), 0), Is.EqualTo(LookPlan.LongestAskedPause));
        Assert.That(LookPlan.Pause(1, TimeSpan.FromSeconds(-5), 0), Is.EqualTo(TimeSpan.Zero));
    }

    private static LiveStatus Status(bool? live) => new() { IsKnowable = true, Live = live, ChangedAt = live is null ? null : Now.AddHours(-2), Since = Now.AddSeconds(-5) };

    private static PlannedStreamer With(string name, LiveStatus? status) => Fleet.Streamer(Guid.NewGuid(), name) with { Status = status };

    private static bool Starts(LiveStatus? status, LastRun? last = null) =>
        AssignmentPlanner.Plan(Fleet.Of([With("s", status) with { Last = last }], [Fleet.Node("node-1")]), Now).OfType<Decision.Start>().Any();

    private static bool Ends(LiveStatus? status, string state = "ready")
    {
        var streamer = With("s", status);
        var facts = Fleet.Of([streamer], [Fleet.Node("node-1", state: state), Fleet.Node("node-2")], [Fleet.Live(streamer, "node-1", Now.AddHours(-1)) with { Phase = "waiting" }]);
        var plan = AssignmentPlanner.Plan(facts, Now);
        Assert.That(AssignmentPlanner.Plan(Fleet.After(facts, plan, Now), Now), Is.Empty, "what was carried out leaves nothing to do");
        return plan.OfType<Decision.End>().Any() && !plan.OfType<Decision.Start>().Any();
    }
}
