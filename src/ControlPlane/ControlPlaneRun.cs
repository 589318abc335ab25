using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using StreamClips.ControlPlane.Accounts;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Enrollment;

namespace StreamClips.ControlPlane;

/// <summary>One life of the control plane: directory, database, schema, first admin, application, and all of it down again.</summary>
public static class ControlPlaneRun
{
    private const string DatabaseRemedy = "Check DATABASE_URL, and that the server runs and the user, or that of DATABASE_MIGRATION_URL, may make tables";

    /// <summary>A private Postgres that dies while the rest is starting is started again, so often in all.</summary>
    private const int MostStarts = 3;

    /// <summary>A connection may break a moment before its server's main process is gone.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(5);

    /// <summary>Runs until a signal or the parent's end.</summary>
    /// <exception cref="StartupException">It cannot start; the message says why and what to do.</exception>
    /// <returns>The exit code: 0 where it was told to stop, 1 where a part of it broke.</returns>
    public static async Task<int> RunAsync(ControlPlaneOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var directory = DataDirectory.Take(options.DataDirectory);
        // One that a killed run left behind tells nobody anything true.
        File.Delete(options.EndpointsFile);
        PrivatePostgres? server = null;
        try
        {
            if (options.Database is null) server = await PrivatePostgres.StartAsync(PostgresRoot(options), TimeProvider.System, stop.Token);
            for (var starts = 1; ; starts++)
            {
                try
                {
                    return await RunOnceAsync(options, server, stop.Token);
                }
                catch (Exception e) when (server is not null && starts < MostStarts && !stop.IsCancellationRequested && !File.Exists(options.EndpointsFile) && DatabaseFault.IsUnavailable(e))
                {
                    // It was there a moment ago: it was killed, perhaps as the machine had no memory left.
                    await Console.Error.WriteLineAsync($"the private Postgres went away while the control plane was starting ({DatabaseFault.Describe(e)}): starting it again");
                    await EndAsync(server, stop.Token);
                    await server.StartAsync(stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Told to stop while it was still starting.
            return 0;
        }
        catch (Exception e) when (Refusal(e, options) is { } refusal)
        {
            throw new StartupException(refusal);
        }
        finally
        {
            if (server is not null) await server.StopAsync();
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>Stops a private Postgres that a killed control plane left behind.</summary>
    /// <exception cref="StartupException">A control plane is using it.</exception>
    public static async Task StopDatabaseAsync(ControlPlaneOptions options)
    {
        if (!Directory.Exists(PostgresRoot(options))) return;
        using var directory = DataDirectory.Take(options.DataDirectory);
        if (await PrivatePostgres.StopLeftBehindAsync(PostgresRoot(options), TimeProvider.System)) await Console.Out.WriteLineAsync("the private Postgres was stopped");
    }

    /// <summary>Waits for the server's end; one that broke connections and lives on goes on.</summary>
    private static async Task EndAsync(PrivatePostgres server, CancellationToken cancellation)
    {
        try
        {
            await server.ExitAsync(cancellation).WaitAsync(LongestEnd, TimeProvider.System, cancellation);
        }
        catch (TimeoutException)
        {
            // Whether it takes connections is asked next.
        }
    }

    private static async Task<int> RunOnceAsync(ControlPlaneOptions options, PrivatePostgres? server, CancellationToken cancellation)
    {
        var (owner, application) = server is null ? (options.MigrationDatabase ?? options.Database!, options.Database!) : (server.Connection, server.ApplicationConnection);
        foreach (var way in server is null ? (string[])[owner, application] : [])
            if (await Poolers.FaultAsync(way, cancellation) is { } fault) throw new StartupException(fault);
        await Migrations.BuiltIn.RunAsync(owner, TimeProvider.System, cancellation, DatabaseUrl.OtherUser(owner, application));
        await using var app = ControlPlaneApp.Build(options, application, builder =>
        {
            if (server is not null) builder.Services.AddSingleton(server).AddHostedService<PostgresSupervisor>();
        });
        await ServeAsync(app, options, cancellation);
        // The host stops by itself, and says nothing of it in its exit, when a part of it throws.
        var broke = app.Services.GetServices<IHostedService>().OfType<BackgroundService>().Any(s => s.ExecuteTask is { IsFaulted: true });
        return broke && !cancellation.IsCancellationRequested ? 1 : 0;
    }

    /// <summary>Brings the schema forward.</summary>
    /// <exception cref="StartupException">The database does not answer, or is not ours to change.</exception>
    public static async Task MigrateAsync(string connection, CancellationToken cancellation, string? application = null)
    {
        try
        {
            await Migrations.BuiltIn.RunAsync(connection, TimeProvider.System, cancellation, application);
        }
        catch (Exception e) when (DatabaseFault.IsOfDatabase(e))
        {
            throw new StartupException($"the database cannot be used: {DatabaseFault.Describe(e)}. {DatabaseRemedy}");
        }
    }

    private static async Task ServeAsync(WebApplication app, ControlPlaneOptions options, CancellationToken cancellation)
    {
        var made = await app.Services.GetRequiredService<SignIn>().AddFirstAdminAsync(options.AdminPassword, cancellation);
        if (made is not null)
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(new Dictionary<string, string> { ["event"] = "admin.password", ["username"] = "admin", ["password"] = made }));
        await app.StartAsync(cancellation);
        var (dashboard, grpc) = Addresses(app);
        app.Services.GetRequiredService<AgentsPort>().Number = new Uri(grpc).Port;
        DataDirectory.WriteWhole(options.EndpointsFile, JsonSerializer.Serialize(new { dashboard, grpc }));
        await using var stopping = cancellation.Register(app.Lifetime.StopApplication);
        await app.WaitForShutdownAsync(CancellationToken.None);
        File.Delete(options.EndpointsFile);
    }

    /// <summary>The addresses that were bound, in the order in which they were asked for.</summary>
    public static (string Dashboard, string Grpc) Addresses(WebApplication app)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        // Who listens everywhere is reached on loopback too, for those on this machine.
        return (addresses[0], new UriBuilder(addresses[1]) { Host = Reachable(new Uri(addresses[1]).Host) }.Uri.GetLeftPart(UriPartial.Authority));
    }

    private static string Reachable(string host) => host is "0.0.0.0" or "[::]" or "+" or "*" ? "127.0.0.1" : host;

    /// <summary>Why it could not start or go on, in words with the remedy; null where it is a bug, whose trace is worth more.</summary>
    private static string? Refusal(Exception exception, ControlPlaneOptions options) => exception switch
    {
        StartupException => null,
        IOException { InnerException: AddressInUseException } => PortInUse(options),
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            $"DASHBOARD_PORT {options.DashboardPort} or GRPC_PORT {options.GrpcPort} may not be used by user '{Environment.UserName}': choose ports from 1024 up, or 0 for any free one",
        IOException or UnauthorizedAccessException =>
            $"{options.DataDirectory} cannot be used ({exception.Message.TrimEnd('.')}): make room there or give the right to write, or choose another data directory",
        _ when DatabaseFault.IsOfDatabase(exception) && options.Database is null =>
            $"the private Postgres in {PostgresRoot(options)} does not do its work: {DatabaseFault.Describe(exception)}. What it says is in data/log there",
        _ when DatabaseFault.IsOfDatabase(exception) => $"the database cannot be used: {DatabaseFault.Describe(exception)}. {DatabaseRemedy}",
        _ => null,
    };

    private static string PortInUse(ControlPlaneOptions options)
    {
        using var probe = new Socket(options.Dashboard.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new System.Net.IPEndPoint(options.Dashboard.Address, options.DashboardPort));
            return $"port {options.GrpcPort} is in use: choose another with GRPC_PORT, or 0 for any free one";
        }
        catch (SocketException)
        {
            return $"port {options.DashboardPort} is in use: choose another with DASHBOARD_PORT (--port of streamclips), or 0 for any free one";
        }
    }

    private static string PostgresRoot(ControlPlaneOptions options) => Path.Combine(options.DataDirectory, "postgres");
}
