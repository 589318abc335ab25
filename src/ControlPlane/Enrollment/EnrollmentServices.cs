using StreamClips.ControlPlane.Nodes;

namespace StreamClips.ControlPlane.Enrollment;

/// <summary>Adds what makes servers nodes.</summary>
public static class EnrollmentServices
{
    /// <summary>Adds the CA, join tokens and nodes' certificates.</summary>
    public static IServiceCollection AddEnrollment(this IServiceCollection services)
    {
        services.AddSingleton<AuthorityStore>().AddSingleton<AuthorityService>().AddHostedService(p => p.GetRequiredService<AuthorityService>());
        return services.AddSingleton<AgentsPort>().AddSingleton<Installer>().AddSingleton<JoinTokenStore>().AddSingleton<EnrollmentStore>().AddSingleton<EnrollmentThrottle>().AddSingleton<NodeTrustStore>();
    }
}
