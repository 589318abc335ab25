using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Journal;

namespace StreamClips.NodeAgent.Tests.Workers;

public sealed class RestartPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly RestartPolicy Policy = new();

    [Test]
    public void The_first_crash_is_answered_at_once() =>
        Assert.That(Policy.Decide(Crash(), [], new Random(1)), Has.Property("State").EqualTo(WorkerState.BackingOff).And.Property("NextStartAt").EqualTo(Now));

    [Test]
    public void What_hung_and_ended_when_asked_to_has_crashed_and_what_was_only_asked_has_not()
    {
        var asked = Crash() with { ExitCode = 0, StopAsked = true };
        Assert.That(Policy.Decide(asked, [], new Random(1)).State, Is.EqualTo(WorkerState.Stopped));
        var verdict = Policy.Decide(asked with { Hung = "it has said nothing for 7 s" }, [], new Random(1));
        Assert.That((verdict.State, verdict.Reason), Is.EqualTo((WorkerState.BackingOff, "crash 1: it hung: it has said nothing for 7 s")));
    }

    [Test]
    public void What_the_kernel_killed_for_its_memory_is_told_from_any_other_kill() =>
        Assert.That(Policy.Decide(Crash() with { ExitCode = 137, OutOfMemory = true }, [], new Random(1)).Reason, Does.StartWith("crash 1: out of memory"));

    [Test]
    public void Two_quick_crashes_wait_longer_than_one_and_none_longer_than_thirty_seconds([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        IReadOnlyList<DateTimeOffset> crashes = [];
        for (var n = 1; n < Policy.MostCrashes; n++)
        {
            var verdict = Policy.Decide(Crash(), crashes, random);
            var wait = verdict.NextStartAt!.Value - Now;
            var most = n == 1 ? 0 : Math.Min(30, Math.Pow(2, n - 2));
            Assert.That(wait.TotalSeconds, Is.InRange(n == 1 ? 0 : 0.25, most), $"crash {n}");
            crashes = verdict.Crashes;
        }
    }

    [Test]
    public void The_waits_are_spread()
    {
        var crashes = Enumerable.Repeat(Now.AddSeconds(-5), 5).ToList();
        var waits = Enumerable.Range(0, 50).Select(seed => Policy.Decide(Crash(), crashes, new Random(seed)).NextStartAt).Distinct();
        Assert.That(waits.Count(), Is.GreaterThan(40));
    }

    [Test]
    public void The_tenth_crash_in_ten_minutes_is_a_failure_that_is_tried_again_slowly_and_says_how_often_and_why()
    {
        var crashes = Enumerable.Range(1, 9).Select(n => Now.AddMinutes(-n)).Reverse().ToList();

        var verdict = Policy.Decide(Crash(), crashes, new Random(1));

        Assert.That(verdict.State, Is.EqualTo(WorkerState.Failed));
        Assert.That(verdict.NextStartAt, Is.EqualTo(Now + TimeSpan.FromMinutes(5)));
        Assert.That(verdict.Reason, Is.EqualTo("10 crashes within 10 minutes, the last: signal 9 (SIGKILL)"));
    }

    [Test]
    public void Crashes_older_than_the_window_do_not_count()
    {
        var crashes = Enumerable.Range(1, 9).Select(n => Now.AddMinutes(-10 - n)).Reverse().ToList();

        Assert.That(Policy.Decide(Crash(), crashes, new Random(1)), Has.Property("NextStartAt").EqualTo(Now).And.Property("Crashes").EqualTo(new[] { Now }));
    }

    [Test]
    public void A_healthy_run_wipes_the_slate()
    {
        var crashes = Enumerable.Range(1, 9).Select(n => Now.AddMinutes(-n)).Reverse().ToList();

        Assert.That(Policy.Decide(Crash() with { StartedAt = Now.AddMinutes(-5) }, crashes, new Random(1)).NextStartAt, Is.EqualTo(Now));
    }

    [TestCase(0, WorkerPhase.Ended, "the stream ended", WorkerState.Ended, "the stream ended")]
    [TestCase(0, null, "", WorkerState.Ended, "the stream ended")]
    [TestCase(null, WorkerPhase.Ended, "bye", WorkerState.Ended, "bye")]
    [TestCase(1, WorkerPhase.Failed, "no such channel", WorkerState.Failed, "no such channel")]
    [TestCase(null, WorkerPhase.Failed, "no such channel", WorkerState.Failed, "no such channel")]
    [TestCase(0, WorkerPhase.Failed, "", WorkerState.Failed, "the worker failed and did not say why")]
    [TestCase(2, null, "", WorkerState.Failed, "the worker refused its spec")]
    [TestCase(1, WorkerPhase.Watching, "", WorkerState.BackingOff, "crash 1: exit code 1")]
    [TestCase(137, WorkerPhase.Watching, "", WorkerState.BackingOff, "crash 1: signal 9 (SIGKILL)")]
    [TestCase(0, WorkerPhase.Ended, EndReason.Stopped, WorkerState.BackingOff, "crash 1: it was stopped by somebody else")]
    [TestCase(null, WorkerPhase.Ended, EndReason.Stopped, WorkerState.BackingOff, "crash 1: it was stopped by somebody else")]
    [TestCase(137, WorkerPhase.Ended, EndReason.Stopped, WorkerState.BackingOff, "crash 1: signal 9 (SIGKILL)")]
    [TestCase(134, WorkerPhase.Ended, "", WorkerState.BackingOff, "crash 1: signal 6 (SIGABRT)")]
    [TestCase(null, WorkerPhase.Clipping, "", WorkerState.BackingOff, "crash 1: it ended while no agent was its parent")]
    [TestCase(null, null, "", WorkerState.BackingOff, "crash 1: it ended while no agent was its parent")]
    public void What_is_known_of_the_end_decides(int? exitCode, string? phase, string said, WorkerState state, string reason)
    {
        var verdict = Policy.Decide(Crash() with { ExitCode = exitCode, Phase = phase, PhaseReason = said }, [], new Random(1));

        Assert.That((verdict.State, verdict.Reason), Is.EqualTo((state, reason)));
        if (state == WorkerState.Ended) Assert.That(verdict.NextStartAt, Is.Null);
        if (state == WorkerState.Failed) Assert.That(verdict.NextStartAt, Is.EqualTo(Now + Policy.SlowRetry));
    }

    [Test]
    public void A_stop_that_the_agent_asked_for_is_no_crash_however_it_ended() =>
        Assert.That(Policy.Decide(Crash() with { StopAsked = true }, [], new Random(1)),
            Has.Property("State").EqualTo(WorkerState.Stopped).And.Property("Crashes").Empty);

    [Test]
    public void What_somebody_else_stops_starts_at_once_and_whoever_does_so_again_and_again_makes_it_wait_as_crashes_do()
    {
        var stopped = Crash() with { ExitCode = 0, Phase = WorkerPhase.Ended, PhaseReason = EndReason.Stopped };

        var first = Policy.Decide(stopped, [], new Random(1));

        Assert.That(first, Has.Property("NextStartAt").EqualTo(Now).And.Property("Crashes").EqualTo(new[] { Now }));
        Assert.That(Policy.Decide(stopped, first.Crashes, new Random(1)).NextStartAt, Is.GreaterThan(Now));
        Assert.That(Policy.Decide(stopped with { StopAsked = true }, [], new Random(1)), Has.Property("State").EqualTo(WorkerState.Stopped).And.Property("Crashes").Empty);
    }

    [Test]
    public void A_reboot_is_no_crash_and_the_worker_starts_at_once() =>
        Assert.That(Policy.Decide(Crash() with { ExitCode = null, Rebooted = true }, [Now], new Random(1)),
            Has.Property("NextStartAt").EqualTo(Now).And.Property("Crashes").EqualTo(new[] { Now }));

    [Test]
    public void What_it_said_on_its_standard_error_is_told() =>
        Assert.That(Policy.Decide(Crash() with { ExitCode = 134, Output = "Unhandled exception." }, [], new Random(1)).Reason,
            Is.EqualTo("crash 1: signal 6 (SIGABRT) (Unhandled exception.)"));

    private static RunEnd Crash() => new() { StartedAt = Now.AddSeconds(-2), EndedAt = Now, ExitCode = 137 };
}
