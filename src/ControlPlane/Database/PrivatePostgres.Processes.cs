using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace StreamClips.ControlPlane.Database;

// The steps that start processes and wait for them.
public sealed partial class PrivatePostgres
{
    private static readonly string[] Complaints = ["FATAL:", "PANIC:", "ERROR:", "error:", "could not"];
    private static readonly TimeSpan LongestRecovery = TimeSpan.FromMinutes(5);
    private const int LongestTail = 4096; // bytes
    private DateTimeOffset _launchedAt;
    private IReadOnlyDictionary<string, long> _logBefore = new Dictionary<string, long>();

    /// <summary>Returns when the server's main process is gone.</summary>
    public async Task ExitAsync(CancellationToken cancellation)
    {
        if (_process is { } process) await process.WaitForExitAsync(cancellation);
        while (IsRunning) await Task.Delay(TimeSpan.FromMilliseconds(500), _clock, cancellation);
    }

    /// <summary>
    /// Makes the cluster beside its place and moves it there when it is whole, so that an interrupted start leaves
    /// nothing that looks like a cluster.
    /// </summary>
    private async Task InitialiseAsync(CancellationToken cancellation)
    {
        var unfinished = DataDirectory + ".new";
        if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        var passwordFile = Path.Combine(_root, "initdb.password");
        try
        {
            await using (var stream = SecretFile(passwordFile)) await stream.WriteAsync(Encoding.ASCII.GetBytes(_password), cancellation);
            _user?.Own(passwordFile);
            using var process = Launch(_programs.InitDb,
            [
                "-D", unfinished, "-U", UserName, $"--pwfile={passwordFile}", "--auth-host=scram-sha-256", "--auth-local=scram-sha-256",
                "--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions",
            ]);
            try
            {
                await process.WaitForExitAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            if (process.ExitCode != 0) throw new StartupException(Explain("PostgreSQL could not make its directory"));
            Directory.Move(unfinished, DataDirectory);
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    private IReadOnlyList<string> ServerArguments() =>
    [
        "-D", DataDirectory,
        "-c", "listen_addresses=127.0.0.1", "-c", $"port={Port}", "-c", "unix_socket_directories=",
        "-c", "max_connections=60", "-c", "shared_buffers=64MB", "-c", "max_wal_size=256MB", "-c", "jit=off", "-c", "fsync=on",
        "-c", "idle_in_transaction_session_timeout=60s", "-c", "password_encryption=scram-sha-256",
        // What the server says is kept in seven files, one a weekday; refused statements are the caller's to report.
        "-c", "logging_collector=on", "-c", "log_directory=log", "-c", "log_filename=postgres-%u.log", "-c", "log_rotation_age=1d",
        "-c", "log_truncate_on_rotation=on", "-c", "log_min_messages=log", "-c", "log_min_error_statement=panic", "-c", "log_checkpoints=off",
    ];

    /// <summary>Starts a program of Postgres in a session and, as root, under a user of its own, with an environment that holds no secret.</summary>
    private Process Launch(string program, IReadOnlyList<string> arguments)
    {
        List<string> words = ["setsid", .. _user?.Prefix(_root) ?? [], program, .. arguments];
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            WorkingDirectory = "/",
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LC_ALL"] = "C";
        _output.Clear();
        _launchedAt = _clock.GetUtcNow();
        _logBefore = LogFiles().ToDictionary(f => f.FullName, f => f.Length);
        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            process.OutputDataReceived += (_, line) => _output.Add(line.Data);
            process.ErrorDataReceived += (_, line) => _output.Add(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return process;
        }
        catch (Win32Exception e)
        {
            throw new StartupException($"{words[0]} could not be started ({e.Message}): install util-linux, or give a database with DATABASE_URL");
        }
    }

    /// <summary>
    /// Removes what a killed server left in the way: its children, which must be gone before the files are touched, and
    /// a postmaster.pid whose number has passed to a stranger, which Postgres would take for a running server.
    /// </summary>
    private async Task ClearTheWayAsync(CancellationToken cancellation)
    {
        foreach (var signal in (int[])[0, Postmaster.ImmediateStop, Postmaster.Kill])
        {
            var orphans = Postmaster.ProcessesOf(DataDirectory);
            if (orphans.Count == 0) break;
            if (signal != 0) foreach (var orphan in orphans) Postmaster.Signal(orphan, signal);
            await UntilAsync(() => Postmaster.ProcessesOf(DataDirectory).Count == 0, TimeSpan.FromSeconds(3), cancellation);
        }

        File.Delete(Path.Combine(DataDirectory, "postmaster.pid"));
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellation)
    {
        var started = _clock.GetTimestamp();
        while (_clock.GetElapsedTime(started) < LongestRecovery)
        {
            if (!IsRunning)
            {
                // What writes its log outlives it by a moment.
                await UntilAsync(() => Postmaster.ProcessesOf(DataDirectory).Count == 0, TimeSpan.FromSeconds(2), cancellation);
                throw new StartupException(Explain("PostgreSQL did not start"));
            }

            if (Adopted && Postmaster.Of(DataDirectory) is { Port: > 0 } running) Port = running.Port;
            try
            {
                if (Port > 0)
                {
                    await using var connection = new NpgsqlConnection(ConnectionTo("postgres") + ";Pooling=false;Timeout=3");
                    await connection.OpenAsync(cancellation);
                    return;
                }
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
            {
                throw new StartupException($"the database in {_root} refuses the password of {_root}.password: put the right file back, or move the directory away to begin anew");
            }
            catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
            {
                // Not there yet, or still recovering.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), _clock, cancellation);
        }

        throw new StartupException(Explain($"PostgreSQL does not take connections after {LongestRecovery.TotalMinutes} minutes"));
    }

    private async Task EnsureDatabaseAsync(CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(ConnectionTo("postgres") + ";Pooling=false");
        await connection.OpenAsync(cancellation);
        await using var look = new NpgsqlCommand($"select 1 from pg_database where datname = '{UserName}'", connection);
        if (await look.ExecuteScalarAsync(cancellation) is null) await RunAsync($"create database {UserName}");
        await using var role = new NpgsqlCommand($"select 1 from pg_roles where rolname = '{ApplicationRole}'", connection);
        // With the password's hash in it rather than the password, as the statement may get into the server's log.
        if (await role.ExecuteScalarAsync(cancellation) is null) await RunAsync($"create role {ApplicationRole} login password '{ScramVerifier.Of(ApplicationPassword)}'");

        async Task RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    private List<FileInfo> LogFiles()
    {
        var directory = new DirectoryInfo(Path.Combine(DataDirectory, "log"));
        return directory.Exists ? [.. directory.EnumerateFiles("postgres-*.log")] : [];
    }

    /// <summary>
    /// The tail of what the server wrote to its log since it was launched: its collector takes its standard error over
    /// before it binds its port.
    /// </summary>
    private string LogSinceLaunch()
    {
        try
        {
            // A clock in files may be a little behind ours; an adopted server was launched before all of them.
            if (LogFiles().Where(f => f.LastWriteTimeUtc + TimeSpan.FromSeconds(2) > _launchedAt.UtcDateTime).MaxBy(f => f.LastWriteTimeUtc) is not { } newest) return "";
            using var file = new FileStream(newest.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var before = _logBefore.GetValueOrDefault(newest.FullName);
            if (before > file.Length) before = 0; // Begun anew: a week has gone by.
            file.Seek(Math.Max(before, file.Length - LongestTail), SeekOrigin.Begin);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd().TrimEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>A failure with what the server said of it, and the remedy where the cause is plain.</summary>
    private string Explain(string what)
    {
        var said = LastWords;
        var remedy = said switch
        {
            _ when said.Contains("No space left on device", StringComparison.Ordinal) => "the disk is full: make room, or choose another data directory",
            _ when said.Contains("Read-only file system", StringComparison.Ordinal) => "the file system is read-only: choose another data directory",
            _ when said.Contains("Permission denied", StringComparison.Ordinal) => $"user '{_user?.Name ?? Environment.UserName}' may not work there: choose another data directory",
            _ => "choose another data directory, or give a database with DATABASE_URL",
        };
        // What it complained of, without the story around it.
        var lines = said.Split(Environment.NewLine);
        var complaints = lines.Where(l => Complaints.Any(c => l.Contains(c, StringComparison.Ordinal))).ToList();
        var shown = (complaints.Count > 0 ? complaints : [.. lines]).TakeLast(5);
        return $"{what} in {_root}: {remedy}.{Environment.NewLine}{string.Join(Environment.NewLine, shown)}".TrimEnd();
    }

    private async Task<bool> UntilAsync(Func<bool> condition, TimeSpan limit, CancellationToken cancellation)
    {
        var started = _clock.GetTimestamp();
        while (!condition())
        {
            if (_clock.GetElapsedTime(started) >= limit) return false;
            await Task.Delay(TimeSpan.FromMilliseconds(20), _clock, cancellation);
        }

        return true;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>The last lines that a child said.</summary>
    private sealed class ServerOutput
    {
        private const int MostLines = 30;
        private readonly Lock _lock = new();
        private readonly Queue<string> _lines = new();

        public void Clear()
        {
            lock (_lock) _lines.Clear();
        }

        public void Add(string? line)
        {
            if (string.IsNullOrWhiteSpace(line)) return;
            lock (_lock)
            {
                _lines.Enqueue(line);
                if (_lines.Count > MostLines) _lines.Dequeue();
            }
        }

        public override string ToString()
        {
            lock (_lock) return string.Join(Environment.NewLine, _lines);
        }
    }
}
