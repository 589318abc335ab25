using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace StreamClips.Testing;

/// <summary>
/// OpenSSH's server on loopback with keys of its own. It is started once a connection (sshd -i) behind a socket of the test's, so that a test can
/// slow a connection down, cut it, or kill its server; and so that nothing is left of it.
/// </summary>
public sealed class SshServer : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentDictionary<Process, Task> _sessions = new();
    private readonly CancellationTokenSource _end = new();
    private readonly StringBuilder _log = new();
    private readonly HeldPort _port = new();
    private TcpListener _listener = new(IPAddress.Loopback, 0);
    private Task _accepting = Task.CompletedTask;
    private long _received;
    private volatile bool _frozen;
    private volatile bool _refuses;

    /// <summary>Its port on 127.0.0.1.</summary>
    public int Port => _port.Number;

    /// <summary>Its public key.</summary>
    public string HostKey { get; private set; } = "";

    /// <summary>The fingerprint of that.</summary>
    public string Fingerprint { get; private set; } = "";

    /// <summary>The file with the private key of the one who may sign in.</summary>
    public string UserKey => _directory["user_key"];

    /// <summary>Where clips shall go.</summary>
    public string Store => _directory["store"];

    /// <summary>Bytes that clients sent, encrypted, in all connections.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Bytes a second that clients can send; 0: as many as they like.</summary>
    public int BytesPerSecond { get; set; }

    /// <summary>What it said.</summary>
    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    /// <summary>Starts one.</summary>
    /// <param name="talkative">It prints text before it speaks SFTP.</param>
    public static async Task<SshServer> StartAsync(bool talkative = false)
    {
        var server = new SshServer();
        Directory.CreateDirectory(server.Store);
        (server.HostKey, server.Fingerprint) = await SshPrograms.MakeKeyAsync(server._directory["host_key"]);
        await SshPrograms.MakeKeyAsync(server.UserKey);
        File.Copy(server.UserKey + ".pub", server._directory["authorized_keys"]);
        await File.WriteAllTextAsync(server._directory["sshd_config"], $"""
            HostKey {server._directory["host_key"]}
            AuthorizedKeysFile {server._directory["authorized_keys"]}
            PidFile none
            StrictModes no
            UsePAM no
            PermitRootLogin yes
            PasswordAuthentication yes
            KbdInteractiveAuthentication no
            LogLevel VERBOSE
            Subsystem sftp /bin/sh {server._directory["sftp.sh"]}
            """ + "\n");
        await File.WriteAllTextAsync(server._directory["sftp.sh"], $"""
            trap '' XFSZ
            [ -e '{server._directory["quota"]}' ] && ulimit -f "$(cat '{server._directory["quota"]}')"
            [ -e '{server._directory["files"]}' ] && ulimit -n "$(cat '{server._directory["files"]}')"
            echo $$ >>'{server._directory["sftp.pids"]}'
            {(talkative ? "echo 'Welcome to the machine, it is a fine day'" : "")}
            exec {SshPrograms.SftpServer} -e
            """ + "\n");
        // Where the distribution's own start-up makes it; sshd insists on it when it runs as root.
        if (Environment.IsPrivilegedProcess) Directory.CreateDirectory("/run/sshd");
        server.Listen();
        return server;
    }

    /// <summary>No file may become longer than this, as where a quota is used up; null: any may.</summary>
    public void Limit(int? kibibytes)
    {
        // dash counts 512 bytes.
        if (kibibytes is { } limit) File.WriteAllText(_directory["quota"], $"{limit * 2}");
        else File.Delete(_directory["quota"]);
    }

    /// <summary>Connections to come may have so many files open.</summary>
    public void MostFiles(int files) => File.WriteAllText(_directory["files"], $"{files}");

    /// <summary>Ends once all connections have, and all that was said about them is in the <see cref="Log"/>.</summary>
    public Task EndedAsync() => Task.WhenAll(_sessions.Values);

    /// <summary>The SFTP servers of all connections stand still; the connections do not.</summary>
    public void HangSftp()
    {
        foreach (var pid in File.ReadAllLines(_directory["sftp.pids"]))
        {
            using var kill = Process.Start("kill", ["-STOP", pid]);
            kill.WaitForExit();
        }
    }

    /// <summary>Kills the servers of all connections.</summary>
    public void KillSessions()
    {
        foreach (var session in _sessions.Keys) session.Kill(entireProcessTree: true);
    }

    /// <summary>Nothing comes through any more, and connections stay open.</summary>
    public void Freeze() => _frozen = true;

    /// <summary>It goes on after <see cref="Freeze"/>.</summary>
    public void Thaw() => _frozen = false;

    /// <summary>Whether whoever connects is hung up on at once, as where the server is being restarted; the port stays its own.</summary>
    public bool Refuses
    {
        get => _refuses;
        set => _refuses = value;
    }

    /// <summary>Nobody answers at the port any more.</summary>
    public async Task GoAwayAsync()
    {
        _listener.Dispose();
        await _accepting;
        KillSessions();
    }

    /// <summary>It answers at its port again.</summary>
    public void ComeBack() => Listen();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        KillSessions();
        await Task.WhenAll(_sessions.Values);
        _port.Dispose();
        _directory.Dispose();
        _end.Dispose();
    }

    private void Listen()
    {
        _listener = new(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = AcceptAsync(_listener);
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true) Serve(await listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The server is gone.
        }
    }

    private void Serve(TcpClient client)
    {
        if (_refuses)
        {
            client.Dispose();
            return;
        }

        var start = new ProcessStartInfo(SshPrograms.Sshd, ["-i", "-e", "-f", _directory["sshd_config"]])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        var process = Process.Start(start)!;
        _sessions[process] = ServeAsync(client, process);
    }

    private async Task ServeAsync(TcpClient client, Process process)
    {
        await Task.Yield();
        using (client)
        {
            var stream = client.GetStream();
            var words = LogAsync(process);
            var inwards = PumpAsync(stream, process.StandardInput.BaseStream, counts: true);
            var outwards = PumpAsync(process.StandardOutput.BaseStream, stream, counts: false);
            await Task.WhenAny(inwards, outwards);
            CloseInput(process);
            if (!process.WaitForExit(TimeSpan.FromMilliseconds(200))) process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            client.Close();
            await Task.WhenAll(inwards, outwards, words);
        }
    }

    private static void CloseInput(Process process)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended first.
        }
    }

    private async Task LogAsync(Process process)
    {
        while (await process.StandardError.ReadLineAsync() is { } line)
            lock (_log) _log.AppendLine(line);
    }

    private async Task PumpAsync(Stream from, Stream to, bool counts)
    {
        try
        {
            var buffer = new byte[64 << 10];
            while (await from.ReadAsync(buffer, _end.Token) is > 0 and var read)
            {
                while (_frozen) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, _end.Token);
                if (counts) Interlocked.Add(ref _received, read);
                if (counts && BytesPerSecond > 0) await Task.Delay(TimeSpan.FromSeconds((double)read / BytesPerSecond), TimeProvider.System, _end.Token);
                await to.WriteAsync(buffer.AsMemory(0, read), _end.Token);
                await to.FlushAsync(_end.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or SocketException)
        {
            // An end went.
        }
    }
}
