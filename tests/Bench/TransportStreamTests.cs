using System.Diagnostics;
using System.Globalization;
using StreamClips.Bench.Load;
using StreamClips.Testing;

namespace StreamClips.Bench.Tests;

[TestFixture]
internal sealed class TransportStreamTests
{
    [Test]
    public async Task A_shifted_segment_plays_later_by_just_that_and_is_otherwise_the_same()
    {
        using var directory = new TemporaryDirectory();
        await RunAsync("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=1", "-f", "lavfi", "-i", "sine=duration=1", "-c:v", "libx264", "-c:a", "aac", directory["a.ts"]);
        var source = new TransportStream(await File.ReadAllBytesAsync(directory["a.ts"]));

        await File.WriteAllBytesAsync(directory["b.ts"], source.Shifted(TimeSpan.FromHours(1)));
        await File.WriteAllBytesAsync(directory["same.ts"], source.Shifted(TimeSpan.Zero));

        var (before, after) = (await StampsAsync(directory["a.ts"]), await StampsAsync(directory["b.ts"]));
        Assert.That(before, Has.Count.GreaterThan(40));
        // ffprobe reckons the times of the later sound frames of a packet itself, and rounds.
        Assert.That(after, Has.Count.EqualTo(before.Count));
        Assert.That(after.Zip(before, (late, early) => late - early), Is.All.EqualTo(3600 * 90_000L).Within(1));
        Assert.That(await File.ReadAllBytesAsync(directory["same.ts"]), Is.EqualTo(await File.ReadAllBytesAsync(directory["a.ts"])));
    }

    [Test]
    public void What_is_no_transport_stream_is_refused()
    {
        Assert.That(() => new TransportStream(new byte[100]), Throws.InvalidOperationException);
        Assert.That(() => new TransportStream(new byte[188]), Throws.InvalidOperationException);
    }

    // Time stamps of all packets of sound and picture, in ticks of 1/90,000 s.
    private static async Task<IReadOnlyList<long>> StampsAsync(string file) =>
        [.. (await RunAsync("ffprobe", "-v", "error", "-show_entries", "packet=pts", "-of", "csv=p=0", file))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => long.Parse(l.TrimEnd(','), CultureInfo.InvariantCulture))];

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero, program);
        return output;
    }
}
