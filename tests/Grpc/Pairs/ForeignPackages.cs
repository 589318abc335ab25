using System.Diagnostics;

namespace StreamClips.Grpc.Tests.Pairs;

/// <summary>Installs the foreign programs' packages beside the tests, once, and again when the lock file changes.</summary>
public static class ForeignPackages
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(8);

    /// <summary>Runs <c>npm ci</c> unless what is installed is what the lock file says.</summary>
    /// <exception cref="InvalidOperationException">Node.js is missing, or npm failed or took too long; the message says which.</exception>
    public static async Task InstallAsync()
    {
        var locked = await File.ReadAllTextAsync(Path.Combine(NodeProgram.Directory, "package-lock.json"));
        var installed = Path.Combine(NodeProgram.Directory, "node_modules", ".installed-lock.json");
        if (File.Exists(installed) && await File.ReadAllTextAsync(installed) == locked)
            return;
        await RunNpmAsync();
        await File.WriteAllTextAsync(installed, locked);
    }

    private static async Task RunNpmAsync()
    {
        using var npm = NodeProgram.Start(new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        {
            WorkingDirectory = NodeProgram.Directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        var output = npm.StandardOutput.ReadToEndAsync();
        var errors = npm.StandardError.ReadToEndAsync();
        try
        {
            await npm.WaitForExitAsync().WaitAsync(Deadline, TimeProvider.System);
        }
        catch (TimeoutException error)
        {
            npm.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"npm ci in tests/Grpc/foreign took more than {Deadline.TotalMinutes} minutes.", error);
        }

        if (npm.ExitCode != 0)
            throw new InvalidOperationException($"npm ci in tests/Grpc/foreign failed with {npm.ExitCode}:\n{await output}{await errors}");
    }
}
