using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>Adds the agents' gRPC.</summary>
public static class NodeLinkServices
{
    /// <summary>Longest message either way.</summary>
    public const int MostMessageBytes = 4 << 20;

    /// <summary>Adds gRPC, the node token and the stores behind it.</summary>
    public static IServiceCollection AddNodeLink(this IServiceCollection services)
    {
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MostMessageBytes;
            grpc.MaxSendMessageSize = MostMessageBytes;
        });
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, NodeTokenAuthentication>(NodeTokenAuthentication.SchemeName, null);
        services.AddAuthorizationBuilder().AddPolicy(NodeTokenAuthentication.SchemeName, new AuthorizationPolicyBuilder(NodeTokenAuthentication.SchemeName).RequireAuthenticatedUser().Build());
        return services.AddSingleton<NodeSessionStore>().AddSingleton<NodeStatusStore>().AddSingleton<JournalStore>().AddSingleton<ClipReportStore>().AddSingleton<RenditionReportStore>();
    }

    /// <summary>Adds the service.</summary>
    public static IEndpointRouteBuilder MapNodeLink(this IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<NodeLinkService>();
        return routes;
    }
}
