using System.Diagnostics;
using System.Globalization;
using StreamClips.LiveSite.Playlists;

namespace StreamClips.LiveSite.Video;

/// <summary>One run of ffmpeg: raw pictures and sound in through its standard input, 2 s segments of every quality out into a directory.
/// This is the only class that starts a program. ffmpeg ends by itself when its input ends, so it does not outlive this process even when that
/// is killed: the kernel closes the pipe.</summary>
public sealed class Encoder : IAsyncDisposable
{
    private const int ErrorLinesKept = 20;

    /// <summary>The name of the initialization section of fragmented MP4, beside its segments.</summary>
    public const string SectionFile = "init.mp4";

    private readonly Packaging _packaging;
    private readonly Process _process;
    private readonly string _directory;
    private readonly Queue<string> _errors = new();
    private readonly Task _readingErrors;
    private int _nextCut;

    private Encoder(Process process, string directory, Packaging packaging)
    {
        _packaging = packaging;
        _process = process;
        _directory = directory;
        _readingErrors = ReadErrorsAsync();
    }

    /// <summary>The process id of ffmpeg.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Starts ffmpeg.</summary>
    /// <param name="ffmpeg">The program, a path or a name on PATH.</param>
    /// <param name="directory">An existing, empty directory for the segments.</param>
    /// <param name="packaging">What kind of segments to make.</param>
    /// <param name="timestampOffset">Seconds that are added to all time stamps.</param>
    /// <param name="small">Whether the source's picture is three quarters as wide and high.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    public static Encoder Start(string ffmpeg, string directory, Packaging packaging, double timestampOffset = 0, bool small = false)
    {
        foreach (var rendition in Rendition.All) Directory.CreateDirectory(Path.Combine(directory, rendition.Id));
        var start = new ProcessStartInfo(ffmpeg, Arguments(packaging, timestampOffset, small))
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        var started = Process.Start(start) ?? throw new InvalidOperationException("ffmpeg did not start.");
        return new Encoder(started, directory, packaging);
    }

    /// <summary>Hands the stream's header or a frame over; waits while ffmpeg is busy.</summary>
    /// <param name="frame">Bytes of <see cref="AviStream.Header"/>, then of <see cref="AviStream.WriteFrame"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="IOException">ffmpeg has died.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        var input = _process.StandardInput.BaseStream;
        await input.WriteAsync(frame, cancellation);
        await input.FlushAsync(cancellation);
    }

    /// <summary>The number of the next cut of which every quality is written whole, or null. Numbers count from 0 and come in order.</summary>
    public int? TakeFinishedCut() => Rendition.All.All(r => File.Exists(FileOf(r, _nextCut))) ? _nextCut++ : null;

    /// <summary>Where the segment of a cut lies.</summary>
    /// <param name="rendition">The quality.</param>
    /// <param name="cut">The cut's number.</param>
    public string FileOf(Rendition rendition, int cut) =>
        Path.Combine(_directory, rendition.Id, $"{cut.ToString("D6", CultureInfo.InvariantCulture)}.{_packaging.Extension}");

    /// <summary>Makes one file of cuts that follow each other: that of the first one. Segments of one encoder may be joined byte by byte.</summary>
    /// <param name="rendition">The quality.</param>
    /// <param name="cuts">The cuts, at least one.</param>
    /// <returns>The file.</returns>
    public string Join(Rendition rendition, IReadOnlyList<int> cuts)
    {
        var joined = FileOf(rendition, cuts[0]);
        foreach (var cut in cuts.Skip(1))
        {
            File.AppendAllBytes(joined, File.ReadAllBytes(FileOf(rendition, cut)));
            File.Delete(FileOf(rendition, cut));
        }
        return joined;
    }

    /// <summary>Ends the input and waits until the last segment is written.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task FinishAsync(CancellationToken cancellation)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(cancellation);
    }

    /// <summary>Kills ffmpeg, as a fault.</summary>
    public void Kill()
    {
        if (!_process.HasExited) _process.Kill();
    }

    /// <summary>What ffmpeg complained of last, one line.</summary>
    public string LastErrors()
    {
        lock (_errors) return _errors.Count == 0 ? "no message" : string.Join(" | ", _errors);
    }

    /// <summary>Kills ffmpeg if it still runs, and deletes what it left unfinished: nobody else knows of those files.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        await _readingErrors;
        _process.Dispose();
        foreach (var file in Directory.GetFiles(_directory, "*", SearchOption.AllDirectories))
        {
            var isTaken = int.TryParse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture, out var cut) && cut < _nextCut;
            if (!isTaken && Path.GetFileName(file) != SectionFile) File.Delete(file);
        }
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync(CancellationToken.None) is { } line)
        {
            lock (_errors)
            {
                _errors.Enqueue(line);
                if (_errors.Count > ErrorLinesKept) _errors.Dequeue();
            }
        }
    }

    // One decoder, one audio encoder and three picture encoders; the tee muxer hands the same sound to every quality. temp_file makes a
    // segment appear under its name only when it is whole. Without B-frames and scene cuts every segment is exactly as long as the others.
    private static List<string> Arguments(Packaging packaging, double timestampOffset, bool small)
    {
        var pictures = Rendition.All.Where(r => r.HasPicture).ToList();
        var split = string.Concat(pictures.Select((_, i) => $"[p{i}]"));
        var scales = pictures.Select((r, i) => $"[p{i}]scale={Size(r.Width, r)}:{Size(r.Height, r)}:flags=bilinear[v{i}]");
        int Size(int full, Rendition rendition) => small && rendition.IsSource ? full * 3 / 8 * 2 : full;
        List<string> arguments =
        [
            "-hide_banner", "-nostats", "-loglevel", "error", "-threads", "1", "-filter_complex_threads", "1",
            "-fpsprobesize", "0", "-f", "avi", "-i", "pipe:0",
            "-filter_complex", $"[0:v]split={pictures.Count}{split};{string.Join(';', scales)}",
        ];
        var group = packaging.Keyless ? KeylessGroup : Timing.FramesPerSegment;
        for (var i = 0; i < pictures.Count; i++)
        {
            arguments.AddRange(["-map", $"[v{i}]", $"-crf:v:{i}", $"{pictures[i].Quality}"]);
            arguments.AddRange([$"-maxrate:v:{i}", $"{pictures[i].MaxBitsPerSecond}", $"-bufsize:v:{i}", $"{pictures[i].MaxBitsPerSecond}"]);
        }
        arguments.AddRange(["-map", "0:a", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-level:v", "3.0", "-threads:v", "1"]);
        arguments.AddRange(["-g", $"{group}", "-keyint_min", $"{group}", "-sc_threshold", "0"]);
        if (packaging.Fragmented) arguments.AddRange(["-flags", "+global_header"]);
        if (timestampOffset != 0) arguments.AddRange(["-output_ts_offset", timestampOffset.ToString("0.000", CultureInfo.InvariantCulture)]);
        arguments.AddRange(["-c:a", "aac", "-aac_coder", "fast", "-b:a", "48k", "-f", "tee"]);
        var outputs = Rendition.All.Select(r => TeeOutput(r, packaging, r.HasPicture ? packaging.Apart ? $"{pictures.IndexOf(r)}" : $"{pictures.IndexOf(r)},{pictures.Count}" : $"{pictures.Count}"));
        arguments.Add(string.Join('|', outputs));
        return arguments;
    }

    private static string TeeOutput(Rendition rendition, Packaging packaging, string streams) =>
        $"[select=\\'{streams}\\':f=hls:hls_time={Timing.SegmentSeconds}:hls_list_size=2:hls_flags=temp_file{(packaging.Keyless ? "+split_by_time" : "")}"
        + (packaging.Fragmented ? $":hls_segment_type=fmp4:hls_fmp4_init_filename={SectionFile}" : "")
        + $":hls_segment_filename={rendition.Id}/%06d.{packaging.Extension}]{rendition.Id}/index.m3u8";

    // Three seconds: no multiple of a segment.
    private const int KeylessGroup = 3 * Timing.FramesPerSecond;
}
