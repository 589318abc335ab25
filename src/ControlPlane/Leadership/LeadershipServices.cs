using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Leadership;

/// <summary>Adds the leadership.</summary>
public static class LeadershipServices
{
    /// <summary>Adds it before all loops that lead: services stop in the other order, so the lease is given back when those have ended.</summary>
    /// <param name="services">The services.</param>
    /// <param name="connection">The database.</param>
    public static IServiceCollection AddLeadership(this IServiceCollection services, string connection) => services
        .AddSingleton<Leader>()
        .AddSingleton(_ => new LeaseStore(new Postgres(connection, LeaseStore.MostConnections)))
        .AddSingleton<LeaderLoop>()
        .AddHostedService(provider => provider.GetRequiredService<LeaderLoop>());
}
