namespace StreamClips.ControlPlane.Liveness;

/// <summary>Adds the looks at the platforms.</summary>
public static class LivenessServices
{
    /// <summary>Adds the loop as a service, and what it asks.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">Whether and where platforms are asked.</param>
    public static IServiceCollection AddLiveness(this IServiceCollection services, LivenessOptions options)
    {
        services.AddSingleton(options).AddSingleton<LivenessStore>();
        services.AddSingleton(p => new StatusHttp(p.GetRequiredService<TimeProvider>()));
        Add(services, (http, clock) => options.TwitchClient is { } client
            ? new TwitchHelix(http, options.TwitchHelix, options.TwitchAuth, client, clock)
            : new TwitchGql(http, options.TwitchGql));
        Add(services, (http, _) => new KickSite(http, options.Kick));
        Add(services, (http, _) => new YouTubeSite(http, options.YouTube));
        Add(services, (http, _) => new HlsPlaylists(http));
        return services.AddSingleton<LivenessLoop>().AddHostedService(p => p.GetRequiredService<LivenessLoop>());
    }

    private static void Add(IServiceCollection services, Func<StatusHttp, TimeProvider, IStatusSource> source) => services.AddSingleton(p =>
    {
        var clock = p.GetRequiredService<TimeProvider>();
        // Only spreads the looks: another start is to spread them otherwise.
        return new PlatformLooks(source(p.GetRequiredService<StatusHttp>(), clock), p.GetRequiredService<LivenessStore>(), clock, new Random(Environment.TickCount), p.GetRequiredService<ILogger<PlatformLooks>>());
    });
}
