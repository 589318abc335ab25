using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Enrollment;
using StreamClips.ControlPlane.Secrets;
using StreamClips.Shared.Settings;

namespace StreamClips.Bench.Crowd;

/// <summary>A Postgres and a control plane as programs of their own, and a fleet in the database. They end with its using block.</summary>
internal sealed class FleetStack : IAsyncDisposable
{
    private const string Password = "bench-admin-password";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _directory;
    private readonly PrivatePostgres _server;
    private readonly Process _program;

    private FleetStack(string directory, PrivatePostgres server, Postgres postgres, Process program) => (_directory, _server, Database, _program) = (directory, server, postgres, program);

    /// <summary>The database.</summary>
    public Postgres Database { get; }

    /// <summary>The API, signed in.</summary>
    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>Where agents dial.</summary>
    public Uri Grpc { get; private set; } = null!;

    /// <summary>The control plane's process.</summary>
    public int ControlPlaneId => _program.Id;

    /// <summary>Where Postgres works.</summary>
    public string PostgresDirectory => _server.DataDirectory;

    private string DataDirectory => Path.Combine(_directory, "control-plane");

    /// <summary>Starts both.</summary>
    /// <param name="directory">For the data: emptied first, and left behind for whoever wonders.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<FleetStack> StartAsync(string directory, CancellationToken ct)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        Directory.CreateDirectory(directory);
        var server = await PrivatePostgres.StartAsync(Path.Combine(directory, "postgres"), TimeProvider.System, ct);
        var dll = Path.Combine(BenchPlace.Root, "src/ControlPlane/bin/Release/net10.0/StreamClips.ControlPlane.dll");
        var program = BenchProcess.Start(
            "/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", Path.Combine(directory, "control-plane.log"), "dotnet", dll],
            environment: new Dictionary<string, string>
            {
                ["DATA_DIRECTORY"] = Path.Combine(directory, "control-plane"), ["DATABASE_URL"] = server.ConnectionTo("postgres"), ["ADMIN_PASSWORD"] = Password, ["DASHBOARD_PORT"] = "0",
                ["STORAGE_SERVER_PATH"] = Path.Combine(directory, "clips"), ["LIVENESS"] = "off",
            });
        var stack = new FleetStack(directory, server, new Postgres(server.ConnectionTo("postgres")), program);
        try
        {
            await stack.ReadyAsync(ct);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>Certificates for nodes, issued in bulk by the control plane's own CA, and written down as enrolments are.</summary>
    public async Task<CrowdOrder> EnrolAsync(IReadOnlyList<string> nodes, int capacity, CancellationToken ct)
    {
        var row = await new AuthorityStore(Database).FindAsync(ct) ?? throw new InvalidOperationException("the control plane has no CA");
        var secret = SecretKey.Of(new ControlPlaneOptions { DataDirectory = DataDirectory, Storages = [] });
        using var authority = Authority.Open(row.Certificate, row.SealedKey, secret) ?? throw new InvalidOperationException("the CA's key cannot be opened");
        var now = TimeProvider.System.GetUtcNow();
        var issued = new List<(string Serial, byte[] KeyHash, CrowdMember Agent)>();
        foreach (var node in nodes)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var bare = authority.IssueNode(node, new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).PublicKey, now, TimeSpan.FromDays(1));
            issued.Add((bare.SerialNumber, SHA256.HashData(key.ExportSubjectPublicKeyInfo()), new(node, bare.RawData, key.ExportPkcs8PrivateKey())));
        }

        await Database.ExecuteAsync(
            """
            insert into node_certificate (serial, node_id, key_hash, certificate, host_name, address, issued_at, expires_at)
            select serial, node, hash, certificate, node, '127.0.0.1', @now, @until from unnest(@serial, @nodes, @hash, @certificate) as c (serial, node, hash, certificate)
            """,
            new
            {
                now, until = now.AddDays(1), nodes = nodes.ToArray(), serial = issued.Select(i => i.Serial).ToArray(), hash = issued.Select(i => i.KeyHash).ToArray(),
                certificate = issued.Select(i => i.Agent.Certificate).ToArray(),
            }, ct);
        return new(Grpc, row.Certificate, capacity, issued.ConvertAll(i => i.Agent));
    }

    /// <summary>Adds channels that run already, at once. The nodes are locked meanwhile, so that their heartbeats wait: as many as they are, and not the whole fleet.</summary>
    public Task<int> FillAsync(IReadOnlyList<string> nodes, IReadOnlyList<Guid> processes, CancellationToken ct) => Database.ExecuteAsync(
        """
        -- In the order of all who change several of them, as no two are to wait for each other.
        select 1 from node order by id for update;
        with p as (
            select id, node, gen_random_uuid() as streamer from unnest(@processes, @nodes) as p (id, node)
        ), added as (
            insert into streamer (id, name, url, active, last_epoch, created_at, updated_at) select streamer, 's' || id, 'https://example.net/s' || id, true, 1, @now, @now from p
        )
        insert into process (id, streamer_id, node_id, epoch, streamer_name, url, settings, placement, wished, state, revision, created_at)
        select id, streamer, node, 1, 's' || id, 'https://example.net/s' || id, @settings::jsonb, 'bench', 'run', 'running', 1, @now from p;
        update node set desired_revision = desired_revision + 1;
        update balance set balanced_at = @now;
        """,
        new { processes = processes.ToArray(), nodes = processes.Select((_, i) => nodes[i % nodes.Count]).ToArray(), now = TimeProvider.System.GetUtcNow(), settings = ClipSettings.Default.ToJson() }, ct);

    /// <summary>What the control plane's process has used so far.</summary>
    public (double CpuSeconds, double RssMiB) Usage()
    {
        // proc(5): fields 14 and 15, in USER_HZ, which is 100; VmRSS in KiB.
        var stat = File.ReadAllText($"/proc/{_program.Id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var rss = File.ReadLines($"/proc/{_program.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return ((long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0, long.Parse(rss, CultureInfo.InvariantCulture) / 1024.0);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_program.HasExited)
        {
            await BenchProcess.RunAsync("kill", [_program.Id.ToString(CultureInfo.InvariantCulture)], "/", TimeSpan.FromSeconds(5), CancellationToken.None);
            try
            {
                await _program.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
            }
            catch (TimeoutException)
            {
                _program.Kill();
            }
        }

        _program.Dispose();
        await Database.DisposeAsync();
        await _server.StopAsync();
    }

    private async Task ReadyAsync(CancellationToken ct)
    {
        var endpoints = Path.Combine(DataDirectory, "endpoints.json");
        var begun = TimeProvider.System.GetTimestamp();
        while (!File.Exists(endpoints))
        {
            if (_program.HasExited || TimeProvider.System.GetElapsedTime(begun) > Patience) throw new InvalidOperationException($"the control plane does not start: see the log in {_directory}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ct);
        }

        var addresses = JsonNode.Parse(await File.ReadAllTextAsync(endpoints, ct))!;
        Grpc = new(addresses["grpc"]!.ToString());
        Http.BaseAddress = new(addresses["dashboard"]!.ToString());
        using var request = new HttpRequestMessage(HttpMethod.Post, "/auth/login") { Content = JsonContent.Create(new { username = "admin", password = Password }) };
        request.Headers.Add("Origin", Http.BaseAddress.GetLeftPart(UriPartial.Authority));
        using var signedIn = await Http.SendAsync(request, ct);
        signedIn.EnsureSuccessStatusCode();
    }
}
