using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;

namespace StreamClips.ControlPlane.Database;

/// <summary>
/// A Postgres server of this control plane's own, below its data directory: made when it is first needed, on loopback
/// only, with a password of its own. The one class that starts processes.
/// </summary>
/// <remarks>
/// The server runs in a session of its own, so that Ctrl-C in a terminal reaches the control plane and not the
/// database under it. Where the control plane was killed, the server runs on and the next one adopts it.
/// </remarks>
public sealed partial class PrivatePostgres
{
    private const string UserName = "streamclips";

    /// <summary>The role that the control plane works as; <c>streamclips</c> owns the tables.</summary>
    public const string ApplicationRole = "streamclips_app";

    private const int MostPortTries = 3;
    private readonly TimeProvider _clock;
    private readonly PostgresUser? _user;
    private readonly PostgresInstallation _programs;
    private readonly string _root;
    private readonly string _password;
    private readonly ServerOutput _output = new();
    private Process? _process;
    private int _pid;

    private PrivatePostgres(string root, string password, PostgresUser? user, PostgresInstallation programs, TimeProvider clock) =>
        (_root, _password, _user, _programs, _clock) = (root, password, user, programs, clock);

    /// <summary>Directory of the cluster.</summary>
    public string DataDirectory => DataDirectoryOf(_root);

    /// <summary>Process id of the server, of the last one where none runs.</summary>
    public int Pid => _pid;

    /// <summary>TCP port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>Whether the running server was there before.</summary>
    public bool Adopted { get; private set; }

    /// <summary>The way to the control plane's database, as the owner of all.</summary>
    public string Connection => ConnectionTo(UserName);

    /// <summary>The way there as <see cref="ApplicationRole"/>.</summary>
    public string ApplicationConnection => AsApplication(Connection);

    /// <summary>Where the cluster lies below a private Postgres's directory.</summary>
    public static string DataDirectoryOf(string root) => Path.Combine(root, "data");

    /// <summary>The way to another database of the server.</summary>
    public string ConnectionTo(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = UserName,
        Password = _password,
        Database = database,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    /// <summary>The same way as <see cref="ApplicationRole"/>, which may change rows and not the audit trail, nor any table's shape.</summary>
    public string AsApplication(string connection) => new NpgsqlConnectionStringBuilder(connection) { Username = ApplicationRole, Password = ApplicationPassword }.ConnectionString;

    /// <summary>Follows from the owner's password, and not the other way round, so there is no second file to keep.</summary>
    private string ApplicationPassword => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes($"{ApplicationRole} {_password}")));

    /// <summary>Makes the cluster where there is none, and starts or adopts its server; returns when it takes connections.</summary>
    /// <param name="root">The directory that is this server's alone; made where it is missing.</param>
    /// <param name="clock">The clock of the waits.</param>
    /// <param name="cancellation">Gives up; a server that was started then runs on and is adopted the next time.</param>
    /// <exception cref="StartupException">It cannot run here; the message says why and what to do.</exception>
    public static async Task<PrivatePostgres> StartAsync(string root, TimeProvider clock, CancellationToken cancellation)
    {
        var version = Path.Combine(DataDirectoryOf(root), "PG_VERSION");
        int? cluster = File.Exists(version) && int.TryParse((await File.ReadAllTextAsync(version, cancellation)).Trim(), out var major) ? major : null;
        var (programs, fault) = PostgresInstallation.Choose(PostgresInstallation.Find(), cluster);
        if (programs is null) throw new StartupException(fault!);
        var user = PostgresUser.ToChangeTo();
        try
        {
            Directory.CreateDirectory(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (cluster is null) user?.Own(root);
            else PostgresUser.CheckOwner(DataDirectoryOf(root), user);
            var server = new PrivatePostgres(root, await PasswordAsync(root + ".password", cluster is not null, cancellation), user, programs, clock);
            if (cluster is null) await server.InitialiseAsync(cancellation);
            await server.StartOrStopAsync(cancellation);
            return server;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{root} cannot be written ({e.Message.TrimEnd('.')}): make room there or give the right to write, or choose another data directory");
        }
    }

    /// <summary>Starts the server, or adopts the one that runs; returns when it takes connections.</summary>
    /// <exception cref="StartupException">It did not come up; the message holds what it said.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var running = Postmaster.Of(DataDirectory);
        if (running is null)
        {
            await ClearTheWayAsync(cancellation);
            if (Port == 0) Port = FreePort();
            _process = Launch(_programs.Server, ServerArguments());
            _pid = _process.Id;
        }
        else
        {
            _process = null;
            _pid = running.Pid;
        }

        Adopted = running is not null;
        await WaitUntilReadyAsync(cancellation);
    }

    /// <summary>The first start: where it fails or is given up, a server that was not there before is not left behind.</summary>
    private async Task StartOrStopAsync(CancellationToken cancellation)
    {
        try
        {
            await StartOnFreePortAsync(cancellation);
            await EnsureDatabaseAsync(cancellation);
        }
        catch (Exception) when (_process is not null)
        {
            await StopAsync();
            throw;
        }
    }

    /// <summary>Starts the server; a port that was free a moment ago may be taken before the server has it: then another is tried.</summary>
    /// <inheritdoc cref="StartAsync(CancellationToken)"/>
    public async Task StartOnFreePortAsync(CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await StartAsync(cancellation);
                return;
            }
            catch (StartupException) when (tries < MostPortTries && LastWords.Contains("could not bind", StringComparison.Ordinal))
            {
                Port = 0;
            }
        }
    }

    /// <summary>Whether the server's main process lives.</summary>
    public bool IsRunning => _process is { } process ? !process.HasExited : Postmaster.IsServerOf(_pid, DataDirectory);

    /// <summary>What the server last said: on its standard error, and, once its collector runs, in its log.</summary>
    public string LastWords => string.Join(Environment.NewLine, ((string[])[_output.ToString(), LogSinceLaunch()]).Where(t => t.Length > 0));

    /// <summary>Stops the server: fast, after 5 s immediately, after 5 more by force.</summary>
    public async Task StopAsync()
    {
        if (!IsRunning) return;
        foreach (var signal in (int[])[Postmaster.FastStop, Postmaster.ImmediateStop, Postmaster.Kill])
        {
            Postmaster.Signal(_pid, signal);
            if (await UntilAsync(() => !IsRunning, TimeSpan.FromSeconds(5), CancellationToken.None)) return;
        }
    }

    /// <summary>Stops the server of a directory, whoever started it.</summary>
    /// <returns>Whether one ran.</returns>
    public static async Task<bool> StopLeftBehindAsync(string root, TimeProvider clock)
    {
        if (Postmaster.Of(DataDirectoryOf(root)) is not { } running) return false;
        var programs = new PostgresInstallation("", 0);
        await new PrivatePostgres(root, "", null, programs, clock) { _pid = running.Pid }.StopAsync();
        return true;
    }

    private static async Task<string> PasswordAsync(string file, bool hasCluster, CancellationToken cancellation)
    {
        if (File.Exists(file)) return (await File.ReadAllTextAsync(file, cancellation)).Trim();
        if (hasCluster)
            throw new StartupException($"the database in {Path.GetDirectoryName(file)} is there, but its password file {file} is missing: put the file back, or move the directory away to begin anew");
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        await using (var stream = SecretFile(file + ".part"))
        {
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(password), cancellation);
            stream.Flush(flushToDisk: true);
        }

        File.Move(file + ".part", file, overwrite: true);
        return password;
    }

    private static FileStream SecretFile(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });
}
