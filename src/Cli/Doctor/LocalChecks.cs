using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StreamClips.Cli.Data;
using StreamClips.Cli.Output;
using StreamClips.Cli.Running;
using StreamClips.Shared.Hosting;

namespace StreamClips.Cli.Doctor;

/// <summary>This machine, as <c>up</c> and <c>demo</c> need it, and the data directory that they keep.</summary>
/// <param name="data">The data directory; need not be there.</param>
/// <param name="port">The dashboard's port.</param>
/// <param name="path">The folders that programs are looked for in, as in PATH.</param>
/// <param name="debianPostgres">Where Debian keeps PostgreSQL's programs.</param>
public sealed class LocalChecks(string data, int port, string path, string debianPostgres = "/usr/lib/postgresql")
{
    private const int OldestPostgres = 15;
    private const int OldestFfmpeg = 5;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>Looks at all of it.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellation)
    {
        var running = IsRunning();
        return
        [
            await FfmpegAsync(cancellation), Find("ffprobe") is null ? Finding.Fail(Finding.Here, "ffprobe", "is not on the PATH", "install it with ffmpeg, as with apt-get install ffmpeg") : Finding.Ok(Finding.Here, "ffprobe", "is there"),
            await PostgresAsync(cancellation), .. running ? [] : new[] { Port() }, .. Directory.Exists(data) ? new[] { Room(), Secrets() } : [],
            Finding.Ok(Finding.Here, "data directory", Directory.Exists(data) ? $"{data}{(running ? ", where streamclips runs now" : ", where nothing runs now")}" : $"{data} is not there yet: up and demo make it"),
        ];
    }

    private async Task<Finding> FfmpegAsync(CancellationToken cancellation)
    {
        if (Find("ffmpeg") is not { } program) return Finding.Fail(Finding.Here, "ffmpeg", "is not on the PATH", "install it, as with apt-get install ffmpeg: it cuts the clips");
        var said = await ChildProgram.AskAsync(program, ["-hide_banner", "-version"], Deadline, cancellation);
        var version = said?.Split(' ', 4) is ["ffmpeg", "version", var number, ..] ? number : null;
        if (version is null) return Finding.Fail(Finding.Here, "ffmpeg", $"{program} does not run", "install the package ffmpeg anew");
        return Major(version) is > 0 and < OldestFfmpeg ? Finding.Warn(Finding.Here, "ffmpeg", $"version {version}", $"it is tested with {OldestFfmpeg} and newer: upgrade it") : Finding.Ok(Finding.Here, "ffmpeg", $"version {version}");
    }

    private async Task<Finding> PostgresAsync(CancellationToken cancellation)
    {
        if (Environment.GetEnvironmentVariable("DATABASE_URL") is { Length: > 0 }) return Finding.Ok(Finding.Here, "PostgreSQL", "DATABASE_URL names a server: no programs are needed here");
        var folders = (Directory.Exists(debianPostgres) ? Directory.GetDirectories(debianPostgres).Select(d => Path.Combine(d, "bin")) : []).Concat(path.Split(':', StringSplitOptions.RemoveEmptyEntries));
        var found = new List<string>();
        foreach (var folder in folders.Where(f => File.Exists(Path.Combine(f, "postgres")) && File.Exists(Path.Combine(f, "initdb"))).Distinct())
        {
            var said = await ChildProgram.AskAsync(Path.Combine(folder, "postgres"), ["--version"], Deadline, cancellation);
            if (said?.Split(' ', 4) is ["postgres", "(PostgreSQL)", var version, ..]) found.Add(version.Trim());
        }

        var remedy = $"install the package postgresql ({OldestPostgres} or newer), or give a server with DATABASE_URL";
        if (found.Count == 0) return Finding.Fail(Finding.Here, "PostgreSQL", "its programs (postgres, initdb) are neither on the PATH nor in /usr/lib/postgresql", remedy);
        return found.Exists(v => Major(v) >= OldestPostgres) ? Finding.Ok(Finding.Here, "PostgreSQL", $"version {string.Join(", ", found.Distinct())}") : Finding.Fail(Finding.Here, "PostgreSQL", $"version {string.Join(", ", found.Distinct())}", remedy);
    }

    private Finding Port()
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return Finding.Ok(Finding.Here, "port", $"{port} is free for the dashboard");
        }
        catch (SocketException e)
        {
            return Finding.Warn(Finding.Here, "port", $"{port} {(e.SocketErrorCode == SocketError.AccessDenied ? "may not be used by this user" : "is in use")}", "give up or demo another with --port, or 0 for any free one");
        }
    }

    private Finding Room()
    {
        var free = new DriveInfo(data).AvailableFreeSpace;
        var seen = $"{Values.Size(free)} are free at {data}";
        return free >= DataDirectory.LeastFreeBytes ? Finding.Ok(Finding.Here, "disk", seen) : Finding.Fail(Finding.Here, "disk", seen, $"free some space: {Values.Size(DataDirectory.LeastFreeBytes)} are needed to start");
    }

    /// <summary>What holds passwords and keys is its owner's alone.</summary>
    private Finding Secrets()
    {
        try
        {
            string[] folders = [Path.Combine(data, "secrets"), Path.Combine(data, "node", "identity")];
            var files = folders.Where(Directory.Exists).SelectMany(Directory.GetFiles).Append(Path.Combine(data, "control-plane", "secret-key")).Where(File.Exists).ToList();
            var open = files.Where(f => (File.GetUnixFileMode(f) & Others) != UnixFileMode.None && !f.EndsWith(".crt", StringComparison.Ordinal)).ToList();
            return open.Count == 0
                ? Finding.Ok(Finding.Here, "secrets", $"{Words.Count(files.Count, "file")}, only for their owner")
                : Finding.Fail(Finding.Here, "secrets", $"others may read or write {string.Join(", ", open.Take(3))}", $"chmod 600 {string.Join(' ', open.Take(3))}; if somebody may have read them, change what they hold");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Warn(Finding.Here, "secrets", e.Message, "run this as the user who runs up or demo");
        }
    }

    private bool IsRunning()
    {
        var file = Path.Combine(data, "lock");
        if (!File.Exists(file)) return false;
        try
        {
            using var held = LockFile.TryTake(file);
            return held is null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private string? Find(string program) => path.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>The number that a version begins with, a letter such as git's n before it left out; 0: it tells none.</summary>
    private static int Major(string version) =>
        int.TryParse(string.Concat(version.TrimStart('n').TakeWhile(char.IsAsciiDigit)), NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : 0;
}
