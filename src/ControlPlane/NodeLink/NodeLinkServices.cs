using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Contract = StreamClips.Shared.Contracts.V1;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>Adds the agents' gRPC.</summary>
public static class NodeLinkServices
{
    /// <summary>Longest message either way.</summary>
    public const int MostMessageBytes = 4 << 20;

    /// <summary>The paths of the services: <c>/PACKAGE.SERVICE</c>, as gRPC has it.</summary>
    public static IReadOnlyList<PathString> Paths { get; } = ["/" + Contract.Enrollment.Descriptor.FullName, "/" + Contract.NodeLink.Descriptor.FullName];

    /// <summary>Adds gRPC, the check of nodes' certificates and the stores behind it.</summary>
    public static IServiceCollection AddNodeLink(this IServiceCollection services)
    {
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MostMessageBytes;
            grpc.MaxSendMessageSize = MostMessageBytes;
        });
        const string node = NodeCertificateAuthentication.SchemeName;
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, NodeCertificateAuthentication>(node, null);
        services.AddAuthorizationBuilder().AddPolicy(node, new AuthorizationPolicyBuilder(node).RequireAuthenticatedUser().Build());
        services.AddSingleton<SessionWatch>().AddHostedService(provider => provider.GetRequiredService<SessionWatch>());
        return services.AddSingleton<NodeSessionStore>().AddSingleton<NodeStatusStore>().AddSingleton<JournalStore>().AddSingleton<ClipReportStore>().AddSingleton<RenditionReportStore>();
    }

    /// <summary>Adds the services.</summary>
    public static IEndpointRouteBuilder MapNodeLink(this IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<NodeLinkService>();
        routes.MapGrpcService<EnrollmentService>();
        return routes;
    }
}
