using StreamClips.NodeAgent.Assignments;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Tests.Assignments;

public sealed class ReconcilePlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);
    private static readonly PlanTimes Times = new(Grace, TimeSpan.FromSeconds(5));
    private static readonly WorkerSpec Spec = NewSpec(Guid.NewGuid(), 3);

    [Test]
    public void What_is_wanted_and_not_there_is_started() => Assert.That(Kinds([Spec], []), Is.EqualTo([(StepKind.Start, Spec.ProcessId)]));

    [Test]
    public void What_is_wanted_and_runs_is_left_alone() => Assert.That(Kinds([Spec], [Alive(Spec)]), Is.Empty);

    [Test]
    public void What_runs_and_is_not_wanted_is_asked_to_stop_and_looked_at_again_when_its_grace_ends()
    {
        var plan = Plan([], [Alive(Spec)]);
        Assert.That(plan.Steps.Single().Kind, Is.EqualTo(StepKind.AskToStop));
        Assert.That(plan.NextAt, Is.EqualTo(Now + Grace));
    }

    [TestCase(14.9, false, null)]
    [TestCase(15, false, StepKind.Kill)]
    [TestCase(15, true, null)]
    public void What_does_not_stop_in_its_grace_is_killed_once(double askedSecondsAgo, bool killed, StepKind? step)
    {
        var plan = Plan([], [Alive(Spec) with { StopAskedAt = Now.AddSeconds(-askedSecondsAgo), Killed = killed }]);
        Assert.That(plan.Steps.Select(s => (StepKind?)s.Kind).SingleOrDefault(), Is.EqualTo(step));
    }

    [Test]
    public void A_directory_is_removed_only_when_all_has_arrived([Values] bool drained, [Values] bool alive)
    {
        var steps = Kinds([], [Alive(Spec) with { Alive = alive, Drained = drained, StopAskedAt = Now }]);
        Assert.That(steps, drained && !alive ? Is.EqualTo([(StepKind.Remove, Spec.ProcessId)]) : Is.Empty);
    }

    [TestCase(5.9, false)]
    [TestCase(6, true)]
    public void What_leaves_out_three_status_lines_hangs_and_is_asked_to_end(double silentSeconds, bool hangs) =>
        Assert.That(Kinds([Spec], [Alive(Spec) with { Silent = TimeSpan.FromSeconds(silentSeconds) }]), hangs ? Is.EqualTo([(StepKind.EndHung, Spec.ProcessId)]) : Is.Empty);

    [TestCase(59, false)]
    [TestCase(60, true)]
    public void What_has_not_spoken_yet_is_given_a_minute(double silentSeconds, bool hangs) => Assert.That(
        Kinds([Spec], [Alive(Spec) with { Silent = TimeSpan.FromSeconds(silentSeconds), Unheard = true }]), hangs ? Is.EqualTo([(StepKind.EndHung, Spec.ProcessId)]) : Is.Empty);

    [Test]
    public void What_speaks_often_may_be_silent_for_the_least_time_and_what_hangs_is_killed_after_its_grace()
    {
        var often = Spec with { StatusIntervalMs = 100 };
        Assert.That(Kinds([often], [Alive(often) with { Silent = TimeSpan.FromSeconds(4.9) }]), Is.Empty);
        Assert.That(Kinds([often], [Alive(often) with { Silent = TimeSpan.FromSeconds(20), StopAskedAt = Now - Grace }]), Is.EqualTo([(StepKind.Kill, often.ProcessId)]));
    }

    [Test]
    public void A_newer_epoch_waits_until_the_older_worker_has_stopped()
    {
        var newer = NewSpec(Spec.StreamerId, 4);
        Assert.That(Kinds([newer], [Alive(Spec)]), Is.EquivalentTo([(StepKind.Hold, newer.ProcessId), (StepKind.AskToStop, Spec.ProcessId)]));
        Assert.That(Kinds([newer], [Down(Spec, null)]), Is.EqualTo([(StepKind.Start, newer.ProcessId)]));
    }

    [Test]
    public void Of_two_wanted_epochs_of_one_streamer_only_the_newer_runs()
    {
        var newer = NewSpec(Spec.StreamerId, 4);
        Assert.That(Kinds([newer, Spec], []), Is.EquivalentTo([(StepKind.Start, newer.ProcessId), (StepKind.Hold, Spec.ProcessId)]));
    }

    [Test]
    public void A_running_worker_is_told_of_changed_settings_and_stopped_for_another_channel_and_left_alone_for_another_name()
    {
        var changed = Spec with { Settings = Spec.Settings with { ClipDuration = 45 }, SettingsVersion = "2.1" };
        Assert.That(Kinds([changed], [Alive(Spec)]), Is.EqualTo([(StepKind.Tell, Spec.ProcessId)]));
        Assert.That(Plan([changed], [Alive(Spec)]).Steps.Single().Reason, Does.EndWith("clip_duration 60 → 45"));
        Assert.That(Kinds([changed], [Alive(Spec) with { StopAskedAt = Now }]), Is.Empty, "it is started with them");
        Assert.That(Kinds([changed with { Url = "https://www.twitch.tv/other" }], [Alive(Spec)]), Is.EqualTo([(StepKind.AskToStop, Spec.ProcessId)]));
        Assert.That(Kinds([changed], [Down(Spec, Verdict(WorkerState.Stopped, null))]), Is.EqualTo([(StepKind.Start, Spec.ProcessId)]));
        Assert.That(Kinds([Spec with { Streamer = "renamed" }], [Alive(Spec)]), Is.Empty);
    }

    [TestCase(5.9, false)]
    [TestCase(6, true)]
    public void A_worker_that_does_not_take_up_its_settings_is_replaced(double minutes, bool replaced) => Assert.That(
        Kinds([Spec], [Alive(Spec) with { Untaken = TimeSpan.FromMinutes(minutes) }]), replaced ? Is.EqualTo([(StepKind.AskToStop, Spec.ProcessId)]) : Is.Empty);

    [TestCase(WorkerPhase.Watching, "1.1", true)]
    [TestCase(WorkerPhase.Watching, "2.1", false)]
    [TestCase(WorkerPhase.Ended, "1.1", false)]
    [TestCase(WorkerPhase.Failed, "1.1", false)]
    public void Who_works_by_what_it_was_told_or_only_finishes_what_it_has_begun_has_nothing_to_take(string phase, string version, bool toTake)
    {
        var told = Spec with { SettingsVersion = "2.1" };
        Assert.That(WorkerFacts.IsToTake(told, new StatusEntry { At = Now, Phase = phase, SettingsVersion = version }), Is.EqualTo(toTake));
        Assert.That(WorkerFacts.IsToTake(told, said: null), Is.True);
    }

    [TestCase(WorkerState.Ended, null, false)]
    [TestCase(WorkerState.Stopped, null, true)]
    [TestCase(WorkerState.BackingOff, 0, true)]
    [TestCase(WorkerState.BackingOff, 1, false)]
    [TestCase(WorkerState.Failed, -1, true)]
    [TestCase(WorkerState.Failed, 300, false)]
    public void A_worker_that_is_down_starts_when_its_time_has_come(WorkerState state, int? inSeconds, bool starts)
    {
        var plan = Plan([Spec], [Down(Spec, Verdict(state, inSeconds is { } s ? Now.AddSeconds(s) : null))]);
        Assert.That(plan.Steps.Any(s => s.Kind == StepKind.Start), Is.EqualTo(starts));
        if (!starts) Assert.That(plan.NextAt, Is.EqualTo(inSeconds is { } later ? Now.AddSeconds(later) : null));
    }

    [Test]
    public void A_worker_that_was_asked_to_stop_and_is_wanted_again_is_stopped_first()
    {
        Assert.That(Kinds([Spec], [Alive(Spec) with { StopAskedAt = Now.AddSeconds(-1) }]), Is.Empty);
        Assert.That(Kinds([Spec], [Alive(Spec) with { StopAskedAt = Now - Grace }]), Is.EqualTo([(StepKind.Kill, Spec.ProcessId)]));
    }

    [Test]
    public void A_faulty_assignment_is_refused_with_its_fault_and_never_started()
    {
        var step = ReconcilePlan.Make(new(1, [new(Spec, "url is bad")]), [], Now, Times).Steps.Single();
        Assert.That((step.Kind, step.Reason), Is.EqualTo((StepKind.Refuse, "url is bad")));
    }

    [Test]
    public void Before_the_control_plane_has_spoken_nothing_is_stopped_and_what_was_there_goes_on()
    {
        var other = NewSpec(Guid.NewGuid(), 1);
        var plan = ReconcilePlan.Make(WantedState.None, [Alive(Spec), Down(other, Verdict(WorkerState.BackingOff, Now)) with { Drained = true }], Now, Times);
        Assert.That(plan.Steps.Select(s => (s.Kind, s.Spec)), Is.EqualTo([(StepKind.Start, other)]));
    }

    /// <summary>Whatever is wanted and whatever is there: never two workers of a streamer, and nothing goes before it has arrived.</summary>
    [Test]
    public void No_plan_breaks_the_two_rules([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        var streamers = Enumerable.Range(0, 3).Select(_ => Guid.NewGuid()).ToArray();
        for (var round = 0; round < 200; round++)
        {
            var specs = Enumerable.Range(0, 6).Select(_ => NewSpec(streamers[random.Next(3)], random.Next(1, 5))).ToArray();
            var wanted = specs.Where(_ => random.Next(2) == 0).Select(s => new WantedWorker(s)).ToList();
            var actual = specs.Where(_ => random.Next(2) == 0).Select(s => new WorkerFacts
            {
                Spec = s,
                Alive = random.Next(2) == 0,
                Drained = random.Next(2) == 0,
                StopAskedAt = random.Next(3) == 0 ? Now.AddSeconds(-random.Next(30)) : null,
            }).ToList();

            var steps = ReconcilePlan.Make(new(1, wanted), actual, Now, Times).Steps;

            var running = actual.Where(a => a.Alive).Select(a => a.Spec.StreamerId).ToHashSet();
            foreach (var start in steps.Where(s => s.Kind == StepKind.Start))
                Assert.That(running.Add(start.Spec.StreamerId), $"seed {seed}: a second worker of a streamer");
            foreach (var remove in steps.Where(s => s.Kind == StepKind.Remove))
                Assert.That(actual.Single(a => a.Spec == remove.Spec), Has.Property("Drained").True.And.Property("Alive").False);
        }
    }

    private static WorkerSpec NewSpec(Guid streamer, long epoch) => new()
    {
        ProcessId = Guid.NewGuid(),
        StreamerId = streamer,
        Streamer = "s",
        Url = "https://example.com/s",
        Epoch = epoch,
        Settings = ClipSettings.Default,
    };

    private static WorkerFacts Alive(WorkerSpec spec) => new() { Spec = spec, Alive = true };

    private static WorkerFacts Down(WorkerSpec spec, Verdict? verdict) => new() { Spec = spec, Verdict = verdict };

    private static Verdict Verdict(WorkerState state, DateTimeOffset? next) => new(state, "why", next, []);

    private static ReconcilePlan Plan(WorkerSpec[] wanted, WorkerFacts[] actual) =>
        ReconcilePlan.Make(new(1, [.. wanted.Select(w => new WantedWorker(w))]), actual, Now, Times);

    private static IEnumerable<(StepKind, Guid)> Kinds(WorkerSpec[] wanted, WorkerFacts[] actual) =>
        Plan(wanted, actual).Steps.Select(s => (s.Kind, s.Spec.ProcessId));
}
