using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace StreamClips.Storage.Ssh;

/// <summary>
/// Starts OpenSSH's client with the server's SFTP subsystem on its standard streams, so that the connection ends with this program, however
/// it ends. Everything it needs is in a directory of its own: a configuration, the pinned host keys, and a helper that says the password,
/// which it finds in its environment. The user's own configuration, keys, agent and known hosts play no part.
/// </summary>
public sealed class SshClient(SshOptions options)
{
    private const string PasswordVariable = "STREAMCLIPS_SSH_PASSWORD";
    private const string Target = "streamclips-storage";
    private const string Jump = "streamclips-jump";

    /// <summary>Starts the client.</summary>
    /// <exception cref="IOException">The configuration cannot be written, or there is no ssh program.</exception>
    internal Process Start()
    {
        try
        {
            Prepare();
            var start = new ProcessStartInfo("ssh")
            {
                ArgumentList = { "-F", InDirectory("config"), "-s", "--", Target, "sftp" },
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = options.WorkDirectory,
            };
            foreach (var name in start.Environment.Keys.Where(n => n is not ("PATH" or "HOME" or "LANG" or "USER" or "LOGNAME")).ToList()) start.Environment.Remove(name);
            if (options.Password is not null)
            {
                start.Environment["SSH_ASKPASS"] = InDirectory("askpass");
                start.Environment["SSH_ASKPASS_REQUIRE"] = "force";
                start.Environment[PasswordVariable] = options.Password;
            }

            return Process.Start(start)!;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or UnauthorizedAccessException)
        {
            throw new IOException($"the ssh program cannot be started: {e.Message}; install the package openssh-client", e);
        }
    }

    private void Prepare()
    {
        const UnixFileMode mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Directory.CreateDirectory(options.WorkDirectory, mine | UnixFileMode.UserExecute);
        Write("known_hosts", KnownHosts(), mine);
        Write("config", Configuration(), mine);
        // It is asked for nothing else: the client may not ask about host keys, and keys have no passphrase.
        Write("askpass", $"#!/bin/sh\nprintf '%s\\n' \"${PasswordVariable}\"\n", mine | UnixFileMode.UserExecute);
    }

    /// <summary>The host keys that are known, in the format of sshd(8).</summary>
    private string KnownHosts()
    {
        var text = new StringBuilder();
        foreach (var key in options.HostKeys) text.Append(Target).Append(' ').Append(key).Append('\n');
        foreach (var key in options.Jump?.HostKeys ?? []) text.Append(Jump).Append(' ').Append(key).Append('\n');
        return text.ToString();
    }

    /// <summary>The client's configuration, as ssh_config(5).</summary>
    private string Configuration()
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(options.KeepAlive.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var text = new StringBuilder();
        Host(Target, options.Host, options.Port, options.User);
        if (options.Jump is { } jump) Line($"ProxyJump {Jump}");
        // The jump host is never told the password of the storage.
        Line($"PreferredAuthentications {(options.Password is null ? "publickey" : options.KeyFile is null ? "password,keyboard-interactive" : "publickey,password,keyboard-interactive")}");
        if (options.Password is null) Line("BatchMode yes");
        if (options.Jump is { } on)
        {
            Host(Jump, on.Host, on.Port, on.User);
            Line("PreferredAuthentications publickey");
            Line("BatchMode yes");
        }

        text.Append("Host *\n");
        if (options.KeyFile is null) Line("PubkeyAuthentication no");
        else Line($"IdentityFile \"{options.KeyFile}\"");
        string[] rest =
        [
            "IdentitiesOnly yes", "IdentityAgent none", "GSSAPIAuthentication no", "NumberOfPasswordPrompts 1",
            $"UserKnownHostsFile \"{InDirectory("known_hosts")}\"", "GlobalKnownHostsFile none", "StrictHostKeyChecking yes", "UpdateHostKeys no", "CheckHostIP no",
            "ConnectTimeout 15", $"ServerAliveInterval {seconds}", "ServerAliveCountMax 3", "TCPKeepAlive yes",
            "ForwardAgent no", "ForwardX11 no", "ClearAllForwardings yes", "PermitLocalCommand no", "RequestTTY no", "ControlPath none", "Compression no",
            // At this level it names the fingerprint of the key that it was shown; the rest of what it says is left out of reasons.
            "LogLevel DEBUG1",
        ];
        foreach (var line in rest) Line(line);
        return text.ToString();

        void Line(string line) => text.Append("  ").Append(line).Append('\n');

        // The alias is the name in known_hosts, so that a key counts for one server alone.
        void Host(string alias, string host, int port, string user) =>
            text.Append("Host ").Append(alias).Append('\n')
                .Append("  HostName ").Append(host).Append('\n')
                .Append("  Port ").Append(port.ToString(CultureInfo.InvariantCulture)).Append('\n')
                .Append("  User ").Append(user).Append('\n')
                .Append("  HostKeyAlias ").Append(alias).Append('\n');
    }

    private string InDirectory(string name) => Path.Combine(options.WorkDirectory, name);

    private void Write(string name, string text, UnixFileMode mode)
    {
        // Whole or not at all: two programs may share the directory.
        var path = InDirectory(name);
        var temporary = $"{path}.{Environment.ProcessId}.new";
        using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode }))
            file.Write(Encoding.UTF8.GetBytes(text));
        File.Move(temporary, path, overwrite: true);
    }
}
