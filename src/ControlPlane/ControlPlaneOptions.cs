using System.Globalization;
using System.Net;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Liveness;
using StreamClips.ControlPlane.Partitions;
using StreamClips.Shared.Hosting;
using StreamClips.Storage;

namespace StreamClips.ControlPlane;

/// <summary>What the environment tells the control plane. Checked as a whole before anything starts.</summary>
public sealed record ControlPlaneOptions
{
    /// <summary>Where everything of this control plane lies; a full path. <c>DATA_DIRECTORY</c>.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The database as a connection string; null: a private Postgres below the data directory. <c>DATABASE_URL</c>.</summary>
    public string? Database { get; init; }

    /// <summary>
    /// The same database as the role that owns its tables, for changes to them; null: <see cref="Database"/>'s role owns them itself.
    /// <c>DATABASE_MIGRATION_URL</c>.
    /// </summary>
    public string? MigrationDatabase { get; init; }

    /// <summary>The first admin's password; null: one is made and printed once. <c>ADMIN_PASSWORD</c>.</summary>
    public string? AdminPassword { get; init; }

    /// <summary>What the secrets in the database are sealed with; null: a file in the data directory holds it. <c>SECRET_KEY</c>, or the file of <c>SECRET_KEY_FILE</c>.</summary>
    public string? SecretKey { get; init; }

    /// <summary>What they were sealed with before: they are sealed anew at the start. Null: the same. <c>SECRET_KEY_OLD</c>, or the file of <c>SECRET_KEY_OLD_FILE</c>.</summary>
    public string? OldSecretKey { get; init; }

    /// <summary>Where API and dashboard listen, and who provides TLS.</summary>
    public DashboardBinding Dashboard { get; init; } = new();

    /// <summary>Port of the API and the dashboard; 0: any free one. <c>DASHBOARD_PORT</c>.</summary>
    public int DashboardPort { get; init; } = 8080;

    /// <summary>Port of the agents' gRPC; 0: any free one. <c>GRPC_PORT</c>.</summary>
    public int GrpcPort { get; init; }

    /// <summary>Address that the agents' gRPC listens on; loopback unless told otherwise, as by <c>0.0.0.0</c>. <c>GRPC_ADDRESS</c>.</summary>
    public IPAddress GrpcAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Host names and addresses by which agents dial this control plane: its certificate is for these. <c>GRPC_NAMES</c> and those of this machine.</summary>
    public IReadOnlyList<string> GrpcNames { get; init; } = OwnNames;

    /// <summary>The addresses by which agents reach the replicas, where new nodes are told more than this one's. <c>GRPC_URLS</c>.</summary>
    public IReadOnlyList<Uri> GrpcUrls { get; init; } = [];

    /// <summary>How long a node's certificate lives, 10 s to a year; agents renew it at two thirds. <c>NODE_CERTIFICATE_LIFE</c>.</summary>
    public TimeSpan NodeCertificateLife { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long log lines and chat rates are kept. <c>LOG_KEEP_DAYS</c>, <c>LOG_KEEP_GIB</c>, <c>CHAT_RATE_KEEP_DAYS</c>, <c>CHAT_RATE_KEEP_GIB</c>.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>
    /// Where clips are: <c>STORAGE_SERVER_PATH</c> and its like for new ones, by default <c>clips</c> in the data directory; and those that
    /// <c>STORAGE_ALSO</c> names for older ones.
    /// </summary>
    public required IReadOnlyList<StorageSettings> Storages { get; init; }

    /// <summary>The agent's package that <c>/install</c> gives to servers; need not be there; empty: none. <c>AGENT_PACKAGE</c>; by default <c>agent.tar.gz</c> in the data directory.</summary>
    public string AgentPackage { get; init; } = "";

    /// <summary>Whether and where platforms are asked who is live.</summary>
    public LivenessOptions Liveness { get; init; } = LivenessOptions.Off;

    /// <summary>Who looks after this program: <c>NOTIFY_SOCKET</c>, <c>WATCHDOG_USEC</c>, <c>WATCHDOG_PID</c>.</summary>
    public ServiceManager Service { get; init; } = new((ServiceSocket?)null);

    /// <summary>Where the addresses are written once everything answers.</summary>
    public string EndpointsFile => Path.Combine(DataDirectory, "endpoints.json");

    /// <summary>Where agents reach the control plane: <c>GRPC_URLS</c>; or this replica, by the first of <c>GRPC_NAMES</c>, or this machine's name or loopback where none is given.</summary>
    /// <param name="port">The port that it listens on.</param>
    /// <returns>One or more, without paths.</returns>
    public IReadOnlyList<string> AgentsUrls(int port)
    {
        if (GrpcUrls.Count > 0) return [.. GrpcUrls.Select(u => u.GetLeftPart(UriPartial.Authority))];
        var name = GrpcNames.Except(OwnNames).FirstOrDefault()
            ?? (IPAddress.IsLoopback(GrpcAddress) ? "127.0.0.1" : GrpcAddress.Equals(IPAddress.Any) || GrpcAddress.Equals(IPAddress.IPv6Any) ? Environment.MachineName : GrpcAddress.ToString());
        return [new UriBuilder(Uri.UriSchemeHttps, name, port).Uri.GetLeftPart(UriPartial.Authority)];
    }

    private static IReadOnlyList<string> OwnNames { get; } = [.. new[] { "localhost", "127.0.0.1", "::1", Environment.MachineName }.Distinct()];

    /// <summary>Reads the options.</summary>
    /// <param name="variable">Looks up an environment variable.</param>
    /// <returns>The options, or every fault, each naming its variable, the value and the remedy.</returns>
    public static (ControlPlaneOptions? Options, IReadOnlyList<string> Faults) Read(Func<string, string?> variable)
    {
        var faults = new List<string>();
        var data = Text("DATA_DIRECTORY");
        if (data is null) faults.Add("DATA_DIRECTORY is not set: give the directory where the control plane keeps its data");
        var (database, migrations) = ReadDatabases(Text, faults);
        var password = Text("ADMIN_PASSWORD");
        if (password is { Length: < 8 or > 200 })
            faults.Add($"ADMIN_PASSWORD has {password.Length} characters: give 8 to 200, or leave it out and one is made");
        var dashboard = Port("DASHBOARD_PORT", 8080);
        var grpc = Port("GRPC_PORT", 0);
        if (dashboard != 0 && dashboard == grpc)
            faults.Add($"DASHBOARD_PORT and GRPC_PORT are both {grpc}: give two ports, or 0 for any free one");
        var binding = DashboardBinding.Read(Text, faults);
        var (trust, liveness, retention) = (TrustVariables.Read(Text, faults), LivenessOptions.Read(Text, faults), RetentionOptions.Read(Text, faults));
        var (service, unclear) = ServiceManager.Read(Text("NOTIFY_SOCKET") ?? "", Text("WATCHDOG_USEC") ?? "", Text("WATCHDOG_PID") ?? "", Environment.ProcessId);
        faults.AddRange(unclear);
        var directory = Path.GetFullPath(data ?? "/");
        var storages = ReadStorages(Text, directory, faults);
        if (faults.Count > 0) return (null, faults);

        return (new ControlPlaneOptions
        {
            DataDirectory = directory,
            Database = database,
            MigrationDatabase = migrations,
            AdminPassword = password,
            SecretKey = trust.SecretKey,
            OldSecretKey = trust.OldSecretKey,
            Dashboard = binding,
            AgentPackage = Path.GetFullPath(Text("AGENT_PACKAGE") ?? Path.Combine(directory, "agent.tar.gz")),
            DashboardPort = dashboard,
            GrpcPort = grpc,
            GrpcAddress = trust.Address,
            GrpcNames = [.. trust.Names.Concat(trust.Urls.Select(u => u.IdnHost)).Concat(OwnNames).Concat(trust.OwnAddress).Distinct()],
            GrpcUrls = trust.Urls,
            NodeCertificateLife = trust.NodeCertificateLife,
            Retention = retention, Liveness = liveness,
            Storages = storages,
            Service = service,
        }, faults);

        string? Text(string name) => variable(name) is { Length: > 0 } value ? value : null;

        int Port(string name, int otherwise)
        {
            if (Text(name) is not { } text) return otherwise;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535) return port;
            faults.Add($"{name} is '{text}': give a port from 1 to 65535, or 0 for any free one");
            return otherwise;
        }
    }

    private static (string? Database, string? Migrations) ReadDatabases(Func<string, string?> text, List<string> faults)
    {
        if (text("DATABASE_MIGRATION_URL") is not null && text("DATABASE_URL") is null)
            faults.Add("DATABASE_MIGRATION_URL is set without DATABASE_URL: give both, or neither and a private Postgres is run");
        return (Read("DATABASE_URL"), Read("DATABASE_MIGRATION_URL"));

        string? Read(string name)
        {
            if (text(name) is not { } url) return null;
            var (connection, fault) = DatabaseUrl.Read(url, name);
            if (fault is not null) faults.Add(fault);
            return connection;
        }
    }

    private static List<StorageSettings> ReadStorages(Func<string, string?> variable, string directory, List<string> faults)
    {
        var local = Path.Combine(directory, "clips");
        var storages = new List<StorageSettings?> { StorageSettings.Read(variable, "", null, directory, local, faults) };
        foreach (var name in (variable("STORAGE_ALSO") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var prefix = $"{name.ToUpperInvariant().Replace('-', '_')}_";
            var also = StorageSettings.Read(variable, prefix, name, directory, name == StorageSettings.LocalName ? local : null, faults);
            if (also is not null && storages.Exists(s => s?.Name == also.Name)) faults.Add($"STORAGE_ALSO is '{variable("STORAGE_ALSO")}': there are two storages called '{also.Name}': give each its own STORAGE_NAME");
            storages.Add(also);
        }

        // Clips that were made before another storage was set lie here.
        if (!storages.Exists(s => s?.Name == StorageSettings.LocalName)) storages.Add(new() { Name = StorageSettings.LocalName, LocalPath = local });
        return [.. storages.OfType<StorageSettings>()];
    }
}
