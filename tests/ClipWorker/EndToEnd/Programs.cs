using System.Diagnostics;

namespace StreamClips.ClipWorker.Tests.EndToEnd;

/// <summary>The programs that tests start as processes, where their projects were built.</summary>
internal static class Programs
{
    private static readonly string Root = FindRoot();

    // …/tests/ClipWorker/bin/Release/net10.0/
    private static readonly string Built = string.Join('/', AppContext.BaseDirectory.TrimEnd('/').Split('/')[^3..]);

    /// <summary>The worker that CLIP_WORKER names, as the script's test run does: the native one; else the one that was built beside the tests.</summary>
    public static string ClipWorker { get; } =
        Environment.GetEnvironmentVariable("CLIP_WORKER") is { Length: > 0 } named ? named : Path.Combine(Root, "src/ClipWorker", Built, "StreamClips.ClipWorker");

    public static string LiveSite { get; } = Path.Combine(Root, "sim/LiveSite", Built, "StreamClips.LiveSite");

    /// <summary>Starts a program with its output redirected.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var info = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) info.Environment[name] = value;
        return Process.Start(info)!;
    }

    /// <summary>Sends a signal, which .NET cannot do by itself.</summary>
    public static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Whether a process runs that has this text in its arguments, whoever started it.</summary>
    public static bool AnyNames(string text) => Directory.GetDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])).Any(p => Arguments(p).Contains(text, StringComparison.Ordinal));

    private static string Arguments(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // It ended meanwhile.
        }
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "StreamClips.sln"))) directory = directory.Parent!;
        return directory.FullName;
    }
}
