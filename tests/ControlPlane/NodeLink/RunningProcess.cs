using System.Text.Json.Nodes;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.NodeLink;

/// <summary>A process that runs, as its node says, and what the control plane knows of it.</summary>
internal static class RunningProcess
{
    /// <summary>Adds a streamer, and has node-1 say that its worker runs.</summary>
    public static async Task<(FakeAgent Agent, Assignment Assignment, long Revision)> RunningAsync(this TestControlPlane control, string name)
    {
        var agent = await FakeAgent.ConnectAsync(control);
        await control.AddStreamerAsync(name);
        var desired = await agent.DesiredAsync(d => d.Assignments.Count == 1);
        await agent.StatusAsync(desired.Revision, Status(desired.Assignments[0], ProcessState.Running, WorkerPhase.Watching));
        await Eventually.TrueAsync(async () => (await control.ProcessAsync(desired.Assignments[0]))["state"]!.ToString() == "running", "the process runs");
        return (agent, desired.Assignments[0], desired.Revision);
    }

    /// <summary>The process as the API shows it.</summary>
    public static Task<JsonNode> ProcessAsync(this TestControlPlane control, Assignment assignment) => control.GetAsync($"/stream-clips/{assignment.ProcessId}");

    /// <summary>The kinds of all events so far, in their order.</summary>
    public static async Task<IReadOnlyList<string>> EventKindsAsync(this TestControlPlane control) =>
        [.. (await control.Get<StreamClips.ControlPlane.Notifications.EventStore>().AfterAsync(0, 1000, CancellationToken.None)).Select(e => e.Kind)];

    /// <summary>What a node says of a worker that runs, or ran.</summary>
    public static ProcessStatus Status(Assignment assignment, ProcessState state, string phase) => new()
    {
        ProcessId = assignment.ProcessId,
        Epoch = assignment.Epoch,
        State = state,
        Pid = 123,
        StartedAtMs = 1_790_000_000_000,
        Worker = new WorkerStatus { Phase = phase, AtMs = 1_790_000_000_500, ChatRatePerS = 4.5, LagS = -1 },
    };
}
