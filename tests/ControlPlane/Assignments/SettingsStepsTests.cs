using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Processes;
using StreamClips.Shared.Settings;

namespace StreamClips.ControlPlane.Tests.Assignments;

/// <summary>Other settings for what runs.</summary>
public sealed class SettingsStepsTests
{
    private static readonly DateTimeOffset Now = Fleet.Now;

    [Test]
    public void What_is_taken_up_live_is_told_to_all_at_once_and_moves_nothing()
    {
        var facts = Facts(1000, nodes: 10, was => was with { SurgeThreshold = 3 });
        var plan = AssignmentPlanner.Plan(facts, Now);

        Assert.That(plan, Has.Count.EqualTo(1000).And.All.TypeOf<Decision.Retell>());
        Assert.That(plan.Cast<Decision.Retell>().Select(r => (r.Restarts, r.Change, r.SettingsVersion)).Distinct(), Is.EqualTo(new[] { (false, "surge_threshold 3 → 2", "2.1") }));
    }

    [Test]
    public void What_begins_anew_does_so_a_few_at_a_time_over_all_nodes_until_all_have()
    {
        var facts = Facts(1000, nodes: 20, was => was with { Quality = "worst" });
        var (steps, now) = (0, Now);
        while (AssignmentPlanner.Plan(facts, now) is { Count: > 0 } plan)
        {
            var told = plan.Cast<Decision.Retell>().ToList();
            Assert.That(told, Has.Count.LessThanOrEqualTo(SettingsSteps.Most));
            Assert.That(told.GroupBy(t => t.NodeId).Max(g => g.Count()), Is.LessThanOrEqualTo(SettingsSteps.MostOnANode));
            Assert.That(told.Select(t => t.Restarts), Is.All.True);
            facts = Fleet.After(facts, plan, now);
            Assert.That(AssignmentPlanner.Plan(facts, now), Is.Empty, "the others wait for these");
            facts = facts with { Live = [.. facts.Live.Select(l => l with { IsRenewing = false })] };
            (steps, now) = (steps + 1, now.AddSeconds(5));
        }

        Assert.That(steps, Is.InRange(100, 110));
        Assert.That(facts.Live.Select(l => l.Order!.Settings.Quality), Is.All.EqualTo("best"));
    }

    [Test]
    public void A_node_that_does_not_take_its_settings_up_holds_up_the_others_for_three_minutes_and_no_longer()
    {
        var facts = Facts(30, nodes: 1, was => was with { Quality = "worst" });
        facts = Fleet.After(facts, AssignmentPlanner.Plan(facts, Now), Now);
        Assert.That(AssignmentPlanner.Plan(facts, Now + SettingsSteps.Patience - TimeSpan.FromSeconds(1)), Is.Empty);
        Assert.That(AssignmentPlanner.Plan(facts, Now + SettingsSteps.Patience), Has.Count.EqualTo(SettingsSteps.MostOnANode));
    }

    [Test]
    public void What_waits_for_its_new_beginning_hears_of_a_further_change_at_once()
    {
        var facts = Facts(2, nodes: 1, was => was with { Quality = "worst" });
        facts = Fleet.After(facts, AssignmentPlanner.Plan(facts, Now), Now);
        facts = facts with { Streamers = [.. facts.Streamers.Select(s => s with { Order = s.Order! with { Settings = s.Order.Settings with { Quality = "720p" } }, SettingsVersion = "3.1" })] };
        Assert.That(AssignmentPlanner.Plan(facts, Now).Cast<Decision.Retell>().Select(r => r.SettingsVersion), Is.EqualTo(new[] { "3.1", "3.1" }));
    }

    [Test]
    public void Those_whose_agents_never_say_that_they_have_begun_anew_take_turns_at_the_next_change_too()
    {
        var facts = Facts(100, nodes: 10, was => was with { Quality = "worst" });
        facts = facts with { Live = [.. facts.Live.Select(l => l with { ToldAt = Now - SettingsSteps.Patience, IsRenewing = true })] };
        Assert.That(AssignmentPlanner.Plan(facts, Now), Has.Count.EqualTo(SettingsSteps.Most).And.All.TypeOf<Decision.Retell>());
    }

    [Test]
    public void The_failed_and_the_idle_begin_anew_before_those_that_watch_and_those_that_clip_come_last()
    {
        var facts = Facts(4, nodes: 4, was => was with { Quality = "worst" });
        var live = facts.Live.OrderBy(l => l.StreamerId).ToList();
        (live[0], live[1]) = (live[0] with { Phase = "clipping" }, live[1] with { Phase = "watching" });
        (live[2], live[3]) = (live[2] with { Phase = "waiting" }, live[3] with { State = ProcessState.Failed });
        var plan = AssignmentPlanner.Plan(facts with { Live = live, Failures = [.. facts.Nodes.Select(n => new PastFailure(live[3].StreamerId, n.Id, Now))] }, Now);
        Assert.That(plan.OfType<Decision.Retell>().Select(r => r.StreamerId), Is.EqualTo(live.Select(l => l.StreamerId).Reverse()));
    }

    [Test]
    public void What_is_moved_or_ended_is_not_told_besides()
    {
        var facts = Facts(40, nodes: 4, was => was with { Quality = "worst" });
        facts = facts with
        {
            Nodes = [.. facts.Nodes.Select((n, i) => i == 0 ? n with { Use = NodeUse.Drains, State = "draining" } : n with { Capacity = 1000 })],
            Streamers = [.. facts.Streamers.Select((s, i) => i % 3 == 0 ? s with { Wanted = false } : s)],
        };
        var plan = AssignmentPlanner.Plan(facts, Now);
        Assert.That(plan.OfType<Decision.Start>(), Is.Not.Empty);
        Assert.That(plan.OfType<Decision.Retell>().Select(r => r.ProcessId).Intersect(plan.OfType<Decision.End>().Select(e => e.ProcessId)), Is.Empty);
    }

    /// <summary>A fleet whose workers were told what the defaults were before.</summary>
    private static PlanFacts Facts(int count, int nodes, Func<ClipSettings, ClipSettings> before)
    {
        var places = Enumerable.Range(0, nodes).Select(i => Fleet.Node($"node-{i}", count)).ToList();
        var streamers = Enumerable.Range(0, count).Select(i => Fleet.Streamer(Guid.NewGuid(), $"s{i}") with { SettingsVersion = "2.1" }).ToList();
        return Fleet.Of(streamers, places,
        [
            .. streamers.Select((s, i) => Fleet.Live(s, places[i % nodes].Id, Now.AddHours(-1)) with { Order = s.Order! with { Settings = before(s.Order.Settings) } }),
        ]);
    }
}
