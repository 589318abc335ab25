using StreamClips.NodeAgent.ControlLink;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Journal;

namespace StreamClips.NodeAgent.Tests.ControlLink;

/// <summary>What of a worker goes over the wire.</summary>
public sealed class LinkContractsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public void What_the_worker_of_an_earlier_run_said_is_not_told_of_the_present_one()
    {
        var view = new WorkerView(Guid.NewGuid(), 1, WorkerState.Starting, "", 42, Now, 1, null);

        Assert.That(LinkContracts.ToStatus(view, Said(Now.AddMilliseconds(-1))).Worker, Is.Null);
        Assert.That(LinkContracts.ToStatus(view, Said(Now)).Worker.BaselineRatePerS, Is.EqualTo(2.5));
    }

    [Test]
    public void The_last_words_of_a_worker_are_told_while_none_runs()
    {
        var view = new WorkerView(Guid.NewGuid(), 1, WorkerState.BackingOff, "killed by SIGKILL", 0, null, 1, Now.AddSeconds(2));

        Assert.That(LinkContracts.ToStatus(view, Said(Now.AddSeconds(-1))).Worker.Phase, Is.EqualTo("watching"));
    }

    private static StatusEntry Said(DateTimeOffset at) => new() { At = at, Phase = WorkerPhase.Watching, BaselineRate = 2.5 };
}
