using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace StreamClips.ClipWorker.Clips;

/// <summary>How a program that was run ended.</summary>
/// <param name="Output">What it wrote to its standard output, up to the bound.</param>
/// <param name="Fault">Why it failed, for people, with what it said; null where it succeeded.</param>
/// <param name="Said">What it wrote to its standard error, up to the bound; lines are parted by <c>|</c>.</param>
internal sealed record ToolResult(byte[] Output, string? Fault, string Said = "");

/// <summary>
/// Runs ffmpeg, streamlink and yt-dlp. The only class of this program that starts others. They get a session of their own, or Ctrl-C in
/// a terminal would end them in the middle of the clip that shall still be finished; when this program dies, their input ends.
/// </summary>
/// <param name="clock">The time.</param>
/// <param name="path">Where the tools are looked for; null: on this program's PATH.</param>
internal sealed class MediaTools(TimeProvider clock, string? path = null)
{
    private const int MaxOutputBytes = 1 << 20;
    private const int MaxErrorChars = 2000;

    // What a tool wrote before its end is there at once.
    private static readonly TimeSpan AfterEnd = TimeSpan.FromSeconds(5);

    /// <summary>The tools that are not on the PATH; empty where all are there.</summary>
    public static IReadOnlyList<string> Missing()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return [.. new[] { "ffmpeg", "setsid" }.Where(tool => !folders.Any(f => File.Exists(Path.Combine(f, tool))))];
    }

    /// <summary>Whether a tool can be found.</summary>
    /// <param name="tool">Its name.</param>
    /// <param name="path">Where, as in the variable PATH.</param>
    public static bool IsInstalled(string tool, string path) =>
        path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Any(f => File.Exists(Path.Combine(f, tool)));

    /// <summary>Runs a tool to its end.</summary>
    /// <param name="tool">Its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="deadline">After so long it is killed.</param>
    /// <param name="ct">Kills it too.</param>
    /// <param name="input">Writes its standard input, which is closed afterwards; null: it has none.</param>
    /// <param name="environment">All of its environment; null: this program's.</param>
    /// <param name="idle">Whether everything else goes before it (nice 19).</param>
    public async Task<ToolResult> RunAsync(string tool, IEnumerable<string> arguments, TimeSpan deadline, CancellationToken ct, Func<Stream, CancellationToken, Task>? input = null, IReadOnlyDictionary<string, string>? environment = null, bool idle = false)
    {
        using var late = new CancellationTokenSource(deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        using var process = new Process { StartInfo = StartInfo(idle ? ["nice", "-n", "19", tool, .. arguments] : [tool, .. arguments], environment) };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new([], $"{tool} cannot be started ({e.Message}): install it");
        }

        await using var killing = either.Token.Register(() => Kill(process));
        var output = ReadAsync(process.StandardOutput.BaseStream, MaxOutputBytes);
        var errors = ReadAsync(process.StandardError.BaseStream, MaxErrorChars);
        await FeedAsync(process, input, either.Token);
        await process.WaitForExitAsync(CancellationToken.None);
        var (written, said) = (await RestAsync(output), Encoding.UTF8.GetString(await RestAsync(errors)).Trim().ReplaceLineEndings(" | "));
        ct.ThrowIfCancellationRequested();
        if (late.IsCancellationRequested) return new(written, $"{tool} was killed: it was not done within {deadline.TotalSeconds:0} s. It said: {said}", said);
        return new(written, process.ExitCode == 0 ? null : $"{tool} ended with {process.ExitCode}: {said}", said);
    }

    private ProcessStartInfo StartInfo(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var info = new ProcessStartInfo("setsid") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (environment is not null) info.Environment.Clear();
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) info.Environment[name] = value;
        if (path is not null) info.Environment["PATH"] = path;
        foreach (var argument in arguments) info.ArgumentList.Add(argument);
        return info;
    }

    private static async Task FeedAsync(Process process, Func<Stream, CancellationToken, Task>? input, CancellationToken ct)
    {
        try
        {
            var stream = process.StandardInput.BaseStream;
            if (input is not null) await input(stream, ct);
            stream.Close();
        }
        catch (IOException)
        {
            // It has read enough, or is gone: its exit code tells which.
        }
        catch (OperationCanceledException)
        {
            // It is being killed.
        }
    }

    /// <summary>Reads to the end, so that the tool never blocks, and keeps the beginning.</summary>
    private static async Task<byte[]> ReadAsync(Stream stream, int most)
    {
        var kept = new ArrayBufferWriter<byte>();
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer) is var read && read > 0) kept.Write(buffer.AsSpan(0, Math.Min(read, most - kept.WrittenCount)));
        return kept.WrittenSpan.ToArray();
    }

    /// <summary>What was read, once the tool has ended: whoever it left behind may hold its output open for ever.</summary>
    private async Task<byte[]> RestAsync(Task<byte[]> reading)
    {
        try
        {
            return await reading.WaitAsync(AfterEnd, clock);
        }
        catch (TimeoutException)
        {
            return [];
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended by itself.
        }
    }
}
