using StreamClips.ControlPlane.Nodes;

namespace StreamClips.ControlPlane.Assignments;

/// <summary>Adds the assignment loop.</summary>
public static class AssignmentServices
{
    /// <summary>Adds the loop as a service that others may wake, and as one that runs by itself.</summary>
    public static IServiceCollection AddAssignments(this IServiceCollection services) => services
        .AddSingleton<AssignmentStore>()
        .AddSingleton(_ => new NodeWatch())
        .AddSingleton<AssignmentLoop>()
        .AddHostedService(provider => provider.GetRequiredService<AssignmentLoop>());
}
