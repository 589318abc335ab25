using System.Text.Json;
using System.Text.Json.Serialization;
using StreamClips.ControlPlane.Accounts;
using StreamClips.ControlPlane.Assignments;
using StreamClips.ControlPlane.Audit;
using StreamClips.ControlPlane.ChatRates;
using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Dashboard;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Doctor;
using StreamClips.ControlPlane.Enrollment;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Http.OpenApi;
using StreamClips.ControlPlane.Leadership;
using StreamClips.ControlPlane.Liveness;
using StreamClips.ControlPlane.Logs;
using StreamClips.ControlPlane.NodeLink;
using StreamClips.ControlPlane.Nodes;
using StreamClips.ControlPlane.Notifications;
using StreamClips.ControlPlane.Partitions;
using StreamClips.ControlPlane.Processes;
using StreamClips.ControlPlane.Secrets;
using StreamClips.ControlPlane.Service;
using StreamClips.ControlPlane.Settings;
using StreamClips.ControlPlane.StorageChecks;
using StreamClips.ControlPlane.Streamers;
using StreamClips.Shared.Hosting;
using StreamClips.Shared.Settings;
using StreamClips.Storage;

namespace StreamClips.ControlPlane;

/// <summary>Puts the features together: which services there are, and which routes.</summary>
public static class ControlPlaneApp
{
    /// <summary>How long open requests and background work may hold up a stop; the private Postgres is stopped after it.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(2);

    /// <summary>With two of the lease, the one that listens, and on the leader two each that the sweep of days and their indexing need for a while, 33 a replica.</summary>
    private const int MostConnections = 26;

    /// <summary>The whole application, not yet started.</summary>
    /// <param name="options">What the environment told.</param>
    /// <param name="connection">The database, with its schema brought forward.</param>
    /// <param name="configure">Last word on the services, for tests.</param>
    public static WebApplication Build(ControlPlaneOptions options, string connection, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(ControlPlaneApp).Assembly.GetName().Name,
            // Nothing is read from the working directory: it may be anybody's, or gone.
            ContentRootPath = AppContext.BaseDirectory,
        });
        AddServer(builder, options);
        builder.Services.AddSingleton(options);
        // A viewer who holds a clip open keeps its request open: the stop does not wait for them.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = LongestStop);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(_ => new Postgres(connection, MostConnections, forRequests: MostConnections / 2));
        foreach (var storage in options.Storages)
            builder.Services.AddSingleton(services => storage.Open(ByteBudget.Unlimited, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddClips();
        builder.Services.AddStorageChecks();
        builder.Services.AddLeadership(connection);
        builder.Services.AddAccounts();
        builder.Services.AddSingleton<AuditStore>();
        builder.Services.AddEnrollment();
        builder.Services.AddNotifications();
        builder.Services.AddSingleton<SettingsStore>().AddSingleton<StreamerStore>().AddSingleton<StreamerImportStore>().AddSingleton<ProcessStore>();
        builder.Services.AddSingleton(_ => SecretKey.Of(options)).AddSingleton<IdempotencyStore>().AddApiDocument();
        builder.Services.AddSingleton<AddressSeal>().AddHostedService<SealedAddresses>();
        builder.Services.AddSingleton<NodeStore>();
        builder.Services.AddLogs();
        builder.Services.AddChatRates();
        builder.Services.AddPartitions(options.Retention);
        builder.Services.AddLiveness(options.Liveness);
        builder.Services.AddAssignments();
        builder.Services.AddNodeLink();
        builder.Services.AddDashboard();
        builder.Services.AddDoctor();
        builder.Services.AddSingleton<Trimmer>().AddHostedService(p => p.GetRequiredService<Trimmer>());
        builder.Services.AddServiceManager(options.Service);
        builder.Services.AddHostedService<StopWithParent>();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseFront(options.Dashboard);
        app.UseSecurityHeaders(app.Services.GetRequiredService<ClipStorages>().LinkOrigins);
        app.UseExceptionHandler();
        app.UseProblems();
        AgentsPort.Guard(app, NodeLinkServices.Paths);
        app.UsePlainAddress();
        app.UseDatabaseGuard();
        app.UseSameOrigin();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseActor();
        app.MapHealth().MapApiDocument();
        app.MapAccounts().MapAudit().MapStreamers().MapProcesses().MapClips().MapStorageChecks().MapLogs().MapChatRates().MapNodes().MapRebalance().MapJoinTokens().MapInstall().MapSettings().MapEvents().MapDoctor().MapNodeLink().MapDashboard();
        return app;
    }

    private static void AddServer(WebApplicationBuilder builder, ControlPlaneOptions options)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1 << 20;
            // A peer that is gone without a word is noticed within 15 s.
            kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
            kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(5);
            Front.Listen(kestrel, options.Dashboard, options.DashboardPort);
            kestrel.Listen(options.GrpcAddress, options.GrpcPort, AgentsPort.Configure);
        });
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter<Role>(JsonNamingPolicy.SnakeCaseLower));
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter<SettingEffect>(JsonNamingPolicy.SnakeCaseLower));
        });
    }
}
