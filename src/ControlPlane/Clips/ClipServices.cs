using StreamClips.Storage;

namespace StreamClips.ControlPlane.Clips;

/// <summary>Adds what keeps clips, and what lets them go.</summary>
public static class ClipServices
{
    /// <summary>Adds the services.</summary>
    public static IServiceCollection AddClips(this IServiceCollection services) => services
        .AddSingleton(provider => ClipStorages.Of(provider.GetServices<IClipTarget>()))
        .AddSingleton<ClipStore>().AddSingleton<ClipEditStore>().AddSingleton<RetentionStore>().AddSingleton<ClipRemovalStore>().AddSingleton<ClipLeftoverStore>()
        .AddSingleton<ClipRemover>().AddHostedService(provider => provider.GetRequiredService<ClipRemover>())
        .AddSingleton<RetentionSweep>().AddHostedService(provider => provider.GetRequiredService<RetentionSweep>());
}
