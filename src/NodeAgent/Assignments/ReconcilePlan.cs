using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Assignments;

/// <summary>How a worker is, as far as plans need it.</summary>
public sealed record WorkerFacts
{
    /// <summary>What it was last told.</summary>
    public required WorkerSpec Spec { get; init; }

    /// <summary>Its process runs.</summary>
    public bool Alive { get; init; }

    /// <summary>When its process was asked to stop; null: it was not.</summary>
    public DateTimeOffset? StopAskedAt { get; init; }

    /// <summary>How long its process has said nothing although it could; zero where it has spoken since the last look, or cannot.</summary>
    public TimeSpan Silent { get; init; }

    /// <summary>Its process has said nothing yet since its start.</summary>
    public bool Unheard { get; init; }

    /// <summary>How long its process has known of other settings without working by them; zero where it does, or was never told of others.</summary>
    public TimeSpan Untaken { get; init; }

    /// <summary>Whether a process that runs is still to work by the settings that it was told. One at its end is not: it only finishes what it has begun.</summary>
    /// <param name="told">What it was told.</param>
    /// <param name="said">What it last said of itself; null: nothing yet.</param>
    public static bool IsToTake(WorkerSpec told, StatusEntry? said) =>
        said?.SettingsVersion != told.SettingsVersion && said?.Phase is not (WorkerPhase.Ended or WorkerPhase.Failed);

    /// <summary>Its process was sent SIGKILL.</summary>
    public bool Killed { get; init; }

    /// <summary>How its last run ended.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>Its journal was acknowledged and its clips are shipped.</summary>
    public bool Drained { get; init; }
}

/// <summary>What is to be done with a worker.</summary>
public enum StepKind
{
    /// <summary>Start its process; make its directory first where it has none.</summary>
    Start,

    /// <summary>Tell its process of other settings: it takes them up where it is.</summary>
    Tell,

    /// <summary>Nothing yet: the reason tells what it waits for.</summary>
    Hold,

    /// <summary>Nothing: it cannot be started as it is wanted.</summary>
    Refuse,

    /// <summary>SIGTERM.</summary>
    AskToStop,

    /// <summary>SIGTERM, because it hangs: its end is a crash.</summary>
    EndHung,

    /// <summary>SIGKILL.</summary>
    Kill,

    /// <summary>Remove its directory.</summary>
    Remove,
}

/// <summary>One step.</summary>
/// <param name="Kind">What.</param>
/// <param name="Spec">With whom.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record Step(StepKind Kind, WorkerSpec Spec, string Reason);

/// <summary>The times by which plans are made.</summary>
/// <param name="Grace">From SIGTERM to SIGKILL.</param>
/// <param name="LeastSilence">Nobody hangs who has been silent for less, however often he should speak: a busy machine stands still for moments.</param>
public sealed record PlanTimes(TimeSpan Grace, TimeSpan LeastSilence)
{
    private const int SilentIntervals = 3;

    /// <summary>So long a worker may take until it first speaks: where a machine starts hundreds at once, to end the slow ones would make all slower.</summary>
    public TimeSpan FirstStatus { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>So long a worker may take to work by other settings: it may wait two minutes for an end of its clips, and then cut one.</summary>
    public TimeSpan LongestUntaken { get; init; } = TimeSpan.FromMinutes(6);

    /// <summary>How long a worker may be silent: three of its status lines left out.</summary>
    /// <param name="spec">What the worker was told.</param>
    /// <param name="unheard">It has said nothing yet.</param>
    public TimeSpan LongestSilence(WorkerSpec spec, bool unheard)
    {
        var longest = TimeSpan.FromMilliseconds(Math.Max(LeastSilence.TotalMilliseconds, SilentIntervals * (double)spec.StatusIntervalMs));
        return unheard && longest < FirstStatus ? FirstStatus : longest;
    }
}

/// <summary>
/// The way from how things are to how they shall be. Pure: it never looks at a process, a file or a clock. Two rules stand
/// above all others: never two workers of a streamer at once, and nothing is removed whose words have not arrived.
/// </summary>
/// <param name="Steps">What to do now.</param>
/// <param name="NextAt">When to plan again though nothing happens; null: not by itself.</param>
public sealed record ReconcilePlan(IReadOnlyList<Step> Steps, DateTimeOffset? NextAt)
{
    /// <summary>Makes the plan.</summary>
    /// <param name="wanted">All that shall run.</param>
    /// <param name="actual">All that has a directory.</param>
    /// <param name="now">The time.</param>
    /// <param name="times">The times by which it is made.</param>
    public static ReconcilePlan Make(WantedState wanted, IReadOnlyList<WorkerFacts> actual, DateTimeOffset now, PlanTimes times)
    {
        var planner = new Planner(actual.ToDictionary(a => a.Spec.ProcessId), now, times);
        var newest = wanted.Workers.GroupBy(w => w.Spec.StreamerId)
            .ToDictionary(g => g.Key, g => g.MaxBy(w => w.Spec.Epoch)!.Spec.ProcessId);
        var kept = new HashSet<Guid>();
        foreach (var worker in wanted.Workers)
        {
            kept.Add(worker.Spec.ProcessId);
            if (newest[worker.Spec.StreamerId] != worker.Spec.ProcessId) planner.Supersede(worker.Spec);
            else if (worker.Fault is { } fault) planner.Refuse(worker.Spec, fault);
            else planner.Want(worker.Spec);
        }

        foreach (var facts in actual.Where(a => !kept.Contains(a.Spec.ProcessId)))
        {
            if (!wanted.Known) planner.Want(facts.Spec);
            else if (facts.Alive) planner.Stop(facts, "it is no longer assigned to this node");
            else if (facts.Drained) planner.Add(StepKind.Remove, facts.Spec, "all that it wrote has arrived");
        }

        return new(planner.Steps, planner.NextAt);
    }

    private sealed class Planner(Dictionary<Guid, WorkerFacts> actual, DateTimeOffset now, PlanTimes times)
    {
        public List<Step> Steps { get; } = [];

        public DateTimeOffset? NextAt { get; private set; }

        public void Add(StepKind kind, WorkerSpec spec, string reason) => Steps.Add(new(kind, spec, reason));

        public void Want(WorkerSpec spec)
        {
            var facts = actual.GetValueOrDefault(spec.ProcessId);
            var told = facts is not null && Same(facts.Spec, spec);
            if (facts is { Alive: true })
            {
                if (facts.StopAskedAt is not null) Stop(facts, "");
                else if (!told && facts.Spec.DiffersInSettingsAlone(spec)) Add(StepKind.Tell, spec, $"its settings changed: {SettingsDifference.Words(SettingsDifference.Between(facts.Spec.Settings, spec.Settings))}");
                else if (!told) Stop(facts, "what it shall watch changed");
                else if (facts.Untaken >= times.LongestUntaken) Stop(facts, $"it has not taken up its settings for {facts.Untaken.TotalMinutes:0} min");
                else if (facts.Silent >= times.LongestSilence(facts.Spec, facts.Unheard)) Stop(facts, $"it has said nothing for {facts.Silent.TotalSeconds:0} s", StepKind.EndHung);
            }
            else if (actual.Values.FirstOrDefault(a => a.Alive && a.Spec.StreamerId == spec.StreamerId) is { } before)
            {
                Add(StepKind.Hold, spec, $"waits until the worker of epoch {before.Spec.Epoch} has stopped");
            }
            else if (!told || facts?.Verdict is null or { State: WorkerState.Stopped })
            {
                Add(StepKind.Start, spec, "it is assigned to this node");
            }
            else if (facts.Verdict is { NextStartAt: { } at } verdict)
            {
                if (at <= now) Add(StepKind.Start, spec, verdict.Reason);
                else ComeBack(at);
            }
        }

        public void Refuse(WorkerSpec spec, string fault)
        {
            if (actual.GetValueOrDefault(spec.ProcessId) is { Alive: true } alive) Stop(alive, fault);
            Add(StepKind.Refuse, spec, fault);
        }

        public void Supersede(WorkerSpec spec)
        {
            const string Reason = "a newer assignment of the streamer has taken its place";
            if (actual.GetValueOrDefault(spec.ProcessId) is { Alive: true } alive) Stop(alive, Reason);
            else Add(StepKind.Hold, spec, Reason);
        }

        public void Stop(WorkerFacts facts, string reason, StepKind ask = StepKind.AskToStop)
        {
            if (facts.StopAskedAt is not { } asked) Add(ask, facts.Spec, reason);
            else if (facts.Killed) return;
            else if (asked + times.Grace <= now) Add(StepKind.Kill, facts.Spec, "it did not stop in time");
            else ComeBack(asked + times.Grace);
            if (facts.StopAskedAt is null) ComeBack(now + times.Grace);
        }

        private static bool Same(WorkerSpec told, WorkerSpec wanted) => told with { Streamer = wanted.Streamer } == wanted;

        private void ComeBack(DateTimeOffset at) => NextAt = NextAt < at ? NextAt : at;
    }
}
