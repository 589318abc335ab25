using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using StreamClips.NodeAgent.Assignments;
using StreamClips.NodeAgent.ControlLink;
using StreamClips.NodeAgent.Enrollment;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Hosting;
using StreamClips.Storage;

namespace StreamClips.NodeAgent.Host;

/// <summary>Puts an agent together.</summary>
public static class AgentHost
{
    /// <summary>An agent that is ready to run.</summary>
    public static IHost Build(AgentOptions options, Action<ILoggingBuilder>? logging = null)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        if (logging is null) builder.Logging.AddConsoleLines();
        else logging(builder.Logging);

        builder.Services
            .Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(12))
            .AddSingleton(TimeProvider.System)
            .AddTransient(_ => new Random(Guid.NewGuid().GetHashCode()))
            .AddSingleton<WakeSignals>()
            .AddSingleton<Pulse>()
            .AddSingleton(options.Service)
            .AddWorkers(options.Workers)
            .AddShipping(options)
            .AddAssignments(options)
            .AddControlLink(options);

        // Ended in reverse: workers first, while their last words still find the way out; the link to the control plane last.
        builder.Services
            .AddHostedService<ControlLinkService>()
            .AddHostedService<CertificateRenewal>()
            .AddHostedService<DiskGuard>()
            .AddHostedService<Rehearsal>()
            .AddHostedService(services => services.GetRequiredService<ShippingQueue>())
            .AddHostedService<JournalWatcher>()
            .AddHostedService(services => services.GetRequiredService<Reconciler>())
            .AddHostedService<AgentNotifier>()
            .AddHostedService<StopWithParent>();
        return builder.Build();
    }

    /// <summary>Runs a host until it is stopped, or one of its services fails.</summary>
    /// <returns>The exit code: 0 where it was stopped, 1 where a service failed. The host logs why, stops, and says nothing more.</returns>
    public static async Task<int> RunAsync(IHost host)
    {
        // Taken first: running a host ends with disposing it.
        var services = host.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
        await host.RunAsync();
        return services.Exists(s => s.ExecuteTask is { IsFaulted: true }) ? 1 : 0;
    }

    private static IServiceCollection AddWorkers(this IServiceCollection services, WorkerOptions options) => services
        .AddSingleton(options)
        .AddSingleton<WorkerLauncher>()
        .AddSingleton<WorkerCgroups>()
        .AddSingleton<Leftovers>()
        .AddSingleton<ExitWatcher>()
        .AddSingleton<WorkerContext>()
        .AddSingleton<WorkerFleet>();

    private static IServiceCollection AddShipping(this IServiceCollection services, AgentOptions options) => services
        .AddSingleton(options.Shipping)
        .AddSingleton<IClipStorage>(services => options.Shipping.Storage.Open(new ByteBudget(options.Shipping.BytesPerSecond, TimeProvider.System), services.GetRequiredService<TimeProvider>()))
        .AddSingleton(new RecordingGate(Path.Combine(options.Directory, RecordingGate.FileName)))
        .AddSingleton(services => new Spool(options.Shipping.Spool, () => DiskSpace.Of(options.Directory)?.TotalBytes ?? 0, services.GetRequiredService<RecordingGate>(), services.GetRequiredService<ILogger<Spool>>()))
        .AddSingleton(options.DiskFloor)
        .AddSingleton<Func<DiskSpace?>>(() => DiskSpace.Of(options.Directory))
        .AddSingleton<ClipShipper>()
        .AddSingleton<RenditionShipper>()
        .AddSingleton<ShippingQueue>();

    private static IServiceCollection AddAssignments(this IServiceCollection services, AgentOptions options) => services
        .AddSingleton(new WantedStateFile(Path.Combine(options.Directory, "desired.json")))
        .AddSingleton(new ReconcilerOptions(Path.Combine(options.Directory, "kept"), options.StopWorkersOnExit))
        .AddSingleton<Reconciler>();

    private static IServiceCollection AddControlLink(this IServiceCollection services, AgentOptions options) => services
        .AddSingleton(options.Link)
        .AddSingleton(new IdentityFiles(Path.Combine(options.Directory, "identity")))
        .AddSingleton(_ => AgentInstance.Of(options.Directory))
        .AddSingleton<ControlPlaneAddresses>()
        .AddSingleton<Enroller>()
        .AddSingleton<Membership>()
        .AddSingleton<LinkParts>()
        .AddSingleton<LinkState>()
        .AddSingleton<JoinTokenFile>()
        .AddSingleton<StatusReporter>()
        .AddSingleton<JournalSender>()
        .AddSingleton<ClipReporter>();

    private static void AddConsoleLines(this ILoggingBuilder logging) => logging
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddFilter("Grpc", LogLevel.Error)
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
            console.ColorBehavior = LoggerColorBehavior.Default;
        });
}
