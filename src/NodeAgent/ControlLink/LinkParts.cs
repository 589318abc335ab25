using System.Reflection;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Assignments;
using StreamClips.NodeAgent.Enrollment;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Contracts.V1;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>What a session joins.</summary>
public sealed record LinkParts(
    LinkOptions Options, ControlPlaneAddresses Addresses, WorkerFleet Fleet, Reconciler Reconciler, ClipShipper Shipper, RenditionShipper Renditions,
    StatusReporter Statuses, JournalSender Journals, ClipReporter Clips, AgentInstance Agent, Pulse Pulse, LinkState State, JoinTokenFile Token, TimeProvider Clock, ILogger<LinkSession> Logger)
{
    /// <summary>Who is calling.</summary>
    public Hello Hello() => new()
    {
        NodeId = Options.NodeId,
        HostName = Environment.MachineName,
        AgentVersion = typeof(LinkParts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
        BootId = ProcFileSystem.BootId,
        Capacity = Options.Capacity,
        AgentId = Agent.Id,
    };
}
