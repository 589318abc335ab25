using System.Diagnostics;
using System.Globalization;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Recording;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>
/// Segments that ffmpeg made of pictures that hold their number and a beep at each full second, in a ring; and what became
/// of them. 20 pictures a second; segment n, of 2 s, begins 2(n-1) s after the epoch.
/// </summary>
internal sealed class NumberedStream : IDisposable
{
    public const int Rate = 20;
    public static readonly DateTimeOffset Epoch = new(2026, 1, 2, 3, 4, 0, TimeSpan.Zero);
    private const int Width = 160, Height = 90, Bits = 10;
    private readonly TemporaryDirectory _directory = new();
    private readonly List<TimedSegment> _segments = [];

    public SegmentRing Ring { get; private set; } = null!;

    public string this[string name] => _directory[name];

    public IReadOnlyList<TimedSegment> Segments => _segments;

    /// <summary>Makes one.</summary>
    /// <param name="seconds">How long, in whole segments.</param>
    /// <param name="video">How the pictures are encoded.</param>
    /// <param name="segmenting">Further arguments of the segments.</param>
    public static async Task<NumberedStream> MakeAsync(int seconds, string video = "-c:v libx264 -preset veryfast -bf 2 -g 40 -keyint_min 40 -sc_threshold 0", string segmenting = "", double[]? lengths = null)
    {
        var stream = new NumberedStream();
        await RunAsync("ffmpeg", $"-v error -nostdin -f lavfi -i".Split(' ').Concat([Numbers(seconds), "-f", "lavfi", "-i", Beeps(seconds)])
            .Concat($"{video} -pix_fmt yuv420p -c:a aac -b:a 96k {segmenting} -f segment -segment_time 2 -segment_format mpegts".Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Append(stream["%d.ts"]));
        stream.Ring = new(stream["ring"], 1 << 30);
        stream.Ring.Open();
        var start = Epoch;
        for (var n = 1; File.Exists(stream[$"{n - 1}.ts"]); n++)
        {
            stream.Put(n, File.ReadAllBytes(stream[$"{n - 1}.ts"]));
            var duration = TimeSpan.FromSeconds(lengths is null ? 2 : lengths[n - 1]);
            stream._segments.Add(new(new() { Number = n, Part = 1, Uri = new("https://edge.example/"), Duration = duration, Arrived = start }, start));
            start += duration;
        }

        return stream;
    }

    /// <summary>The same as fragmented MP4, with pictures that need those before and after them.</summary>
    public static async Task<NumberedStream> MakeFragmentsAsync(int seconds, string video = "-c:v libx264 -preset veryfast -bf 2 -g 40 -keyint_min 40 -sc_threshold 0", double segmentSeconds = 2, string sound = "-c:a aac -b:a 96k")
    {
        var stream = new NumberedStream();
        await RunAsync("ffmpeg", $"-v error -nostdin -f lavfi -i".Split(' ').Concat([Numbers(seconds), "-f", "lavfi", "-i", Beeps(seconds)])
            .Concat($"{video} -pix_fmt yuv420p {sound} -f hls -hls_time {segmentSeconds} -hls_list_size 0 -hls_flags split_by_time -hls_segment_type fmp4 -hls_fmp4_init_filename init.mp4".Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Concat(["-hls_segment_filename", stream["%d.m4s"], stream["index.m3u8"]]));
        stream.Ring = new(stream["ring"], 1 << 30);
        stream.Ring.Open();
        var (head, start, map) = (File.ReadAllBytes(stream["init.mp4"]), Epoch, new SegmentMap(new("https://edge.example/init.mp4"), null));
        for (var n = 1; File.Exists(stream[$"{n - 1}.m4s"]); n++)
        {
            stream.Put(n, [.. head, .. File.ReadAllBytes(stream[$"{n - 1}.m4s"])], head.Length);
            stream._segments.Add(new(new() { Number = n, Part = 1, Uri = new("https://edge.example/"), Duration = TimeSpan.FromSeconds(segmentSeconds), Arrived = start, Map = map }, start));
            start += TimeSpan.FromSeconds(segmentSeconds);
        }

        return stream;
    }

    public void Put(int number, byte[] bytes, int headBytes = 0)
    {
        File.WriteAllBytes(Ring.PartOf(number), bytes);
        Ring.Put(number, bytes.Length, headBytes);
    }

    /// <summary>Pictures that hold their number, for ffmpeg's lavfi.</summary>
    public static string Numbers(int seconds) => $"nullsrc=size={Width}x{Height}:rate={Rate}:duration={seconds},geq=lum='if(lt(mod(floor(N/pow(2,floor(X/16))),2),1),16,235)':cb=128:cr=128";

    /// <summary>A beep at each full second, for ffmpeg's lavfi.</summary>
    public static string Beeps(int seconds) => $"aevalsrc='if(lt(mod(t,1),0.1),0.5*sin(2*PI*1000*t),0)':s=48000:d={seconds}";

    public ClipPlan Plan(double start, double end) =>
        ClipWindow.Choose(Segments, Ring.Holds, Epoch.AddSeconds(start), Epoch.AddSeconds(end))!;

    /// <summary>The picture that is shown so many seconds after the epoch.</summary>
    public static int At(double seconds) => (int)Math.Round(seconds * Rate);

    /// <summary>Decodes a clip: the numbers of its pictures, when each is shown, and where its beeps begin.</summary>
    public static async Task<DecodedClip> DecodeAsync(string path, bool quiet = false)
    {
        var luma = await RunAsync("ffmpeg", ["-v", quiet ? "fatal" : "warning", "-nostdin", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"]);
        var numbers = new List<int>();
        for (var at = 0; at < luma.Length; at += Width * Height)
        {
            var number = 0;
            for (var bit = 0; bit < Bits; bit++)
                if (luma[at + Height / 2 * Width + bit * 16 + 8] > 126) number |= 1 << bit;
            numbers.Add(number);
        }

        var times = System.Text.Encoding.UTF8.GetString(await RunAsync("ffprobe", ["-v", quiet ? "fatal" : "warning", "-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of", "csv=p=0", path]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(t => double.Parse(t.TrimEnd(','), CultureInfo.InvariantCulture)).ToList();
        var content = await ClipContent.DecodeAsync(path);
        return new(numbers, times, [.. content.Beeps.Select(b => b.TotalSeconds)], content.Duration.TotalSeconds, content.Complaints);
    }

    /// <summary>Runs a tool that must succeed in silence.</summary>
    public static async Task<byte[]> RunAsync(string tool, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        using var output = new MemoryStream();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.WaitForExitAsync();
        Assert.That(process.ExitCode, Is.Zero, await errors);
        Assert.That(await errors, Is.Empty, $"{tool} {string.Join(' ', arguments)}");
        return output.ToArray();
    }

    public void Dispose() => _directory.Dispose();
}

/// <summary>A decoded clip.</summary>
internal sealed record DecodedClip(IReadOnlyList<int> Numbers, IReadOnlyList<double> Times, IReadOnlyList<double> Beeps, double Duration, string Complaints)
{
    /// <summary>Asserts that every picture of a range is there once and in order, at its time, with its sound, and nothing else.</summary>
    public void AssertHolds(int first, int last)
    {
        Assert.That(Complaints, Is.Empty);
        Assert.That(Numbers, Is.EqualTo(Enumerable.Range(first, last - first + 1)));
        Assert.That(Times, Is.EqualTo(Enumerable.Range(0, Times.Count).Select(i => (double)i / NumberedStream.Rate)).AsCollection.Within(0.002), "each at its time");
        Assert.That(Duration, Is.EqualTo((last - first + 1) / (double)NumberedStream.Rate).Within(0.06));
        var start = first / (double)NumberedStream.Rate;
        // A beep that lasts on from before the start is none of the clip's.
        var expected = Enumerable.Range(0, 1000).Select(s => s - start).Where(b => b > 0.05 && b < Duration - 0.06).ToList();
        Assert.That(Beeps.Where(b => b > 0.05 && b < Duration - 0.06), Is.EqualTo(expected).AsCollection.Within(0.03), "sound and picture are in step");
    }
}
