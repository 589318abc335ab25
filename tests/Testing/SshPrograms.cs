using System.Diagnostics;

namespace StreamClips.Testing;

/// <summary>Programs of the machine that the tests need.</summary>
public static class SshPrograms
{
    /// <summary>The program of the SFTP subsystem.</summary>
    public static string SftpServer => First("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server");

    /// <summary>The SSH server.</summary>
    public static string Sshd => First("/usr/sbin/sshd", "/usr/bin/sshd");

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it said.</returns>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await error}");
    }

    /// <summary>Makes a key pair.</summary>
    /// <returns>The public key as <c>ssh-ed25519 AAAA…</c>, and its fingerprint as <c>SHA256:…</c>.</returns>
    public static async Task<(string Key, string Fingerprint)> MakeKeyAsync(string path)
    {
        await RunAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path);
        var print = await RunAsync("ssh-keygen", "-l", "-f", path + ".pub");
        return ((await File.ReadAllTextAsync(path + ".pub")).Trim(), print.Split(' ')[1]);
    }

    private static string First(params string[] places) =>
        places.FirstOrDefault(File.Exists) ?? throw new InvalidOperationException($"none of {string.Join(", ", places)} is there: install the package openssh-server");
}
