using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using StreamClips.ControlPlane.Leadership;
using StreamClips.Shared.Hosting;

namespace StreamClips.ControlPlane.Service;

/// <summary>Tells systemd how the control plane is. It is ready once both of its ports answer.</summary>
public sealed class ControlPlaneNotifier(ServiceManager manager, ControlPlanePulse pulse, Leader leader, IServer server, TimeProvider clock, ILogger<ControlPlaneNotifier> logger)
    : ServiceNotifier(manager, pulse, clock, logger)
{
    /// <inheritdoc/>
    protected override string Status
    {
        get
        {
            var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            return $"{(leader.Current is { } term ? $"leads with term {term.Number}" : "does not lead")}{(addresses.Count > 0 ? $"; listens on {string.Join(" and ", addresses)}" : "")}";
        }
    }
}

/// <summary>Adds what makes the control plane a service of systemd.</summary>
public static class ServiceServices
{
    /// <summary>Adds it.</summary>
    /// <param name="services">The services.</param>
    /// <param name="manager">Who looks after this program.</param>
    public static IServiceCollection AddServiceManager(this IServiceCollection services, ServiceManager manager) => services
        .AddSingleton(manager)
        .AddSingleton<ControlPlanePulse>()
        .AddHostedService<RequestWatch>()
        .AddHostedService<ControlPlaneNotifier>();
}
