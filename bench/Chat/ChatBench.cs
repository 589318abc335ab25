namespace StreamClips.Bench.Chat;

/// <summary><c>bench chat</c>: from the bytes of Twitch's chat to the detector's decisions, on one core.</summary>
internal sealed class ChatBench : IBench
{
    private const int LineCount = 20_000;

    /// <inheritdoc/>
    public string Name => "chat";

    /// <inheritdoc/>
    public string Summary => "Twitch's chat lines to messages and to decisions, by seconds of one core's time; beside tmi.js";

    /// <inheritdoc/>
    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken ct)
    {
        var (repeats, seconds) = context.Quick ? (3, 0.2) : (7, 1.0);
        var atLeast = TimeSpan.FromSeconds(seconds);
        var lines = new TwitchLines(seed: 1, LineCount);
        await context.Progress.WriteLineAsync($"chat: {LineCount} lines of {(double)lines.Bytes.Length / LineCount:0} bytes, {repeats} repeats");

        var path = new ChatPath(lines);
        var parse = Repeats.PerCoreSecond(repeats, atLeast, path.Rewind, path.Parse, ct);
        var detect = Repeats.PerCoreSecond(repeats, atLeast, path.RewindParsed, path.Detect, ct);
        var note = Repeats.PerCoreSecond(repeats, atLeast, path.RewindParsed, path.DetectAndNote, ct);
        var both = Repeats.PerCoreSecond(repeats, atLeast, path.Rewind, path.ParseAndDetect, ct);
        path.Rewind();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var heard = path.ParseAndDetect();
        var allocated = (double)(GC.GetAllocatedBytesForCurrentThread() - before) / heard;
        if (path.TooLate > 0) throw new InvalidOperationException($"{path.TooLate} messages came too late: what was measured is not what was meant");

        var file = Path.Combine(context.Directory, "lines.irc");
        await File.WriteAllBytesAsync(file, lines.Bytes, ct);
        var peer = await TmiJs.MeasureAsync(Path.Combine(context.Directory, "tmi"), file, seconds, repeats, ct);
        return new(
            [
                new("parse_lines_per_s", parse, "lines/s"),
                new("detect_messages_per_s", detect, "messages/s"),
                new("detect_and_note_messages_per_s", note, "messages/s"),
                new("parse_and_detect_lines_per_s", both, "lines/s"),
                new("allocated_bytes_per_message", allocated, "bytes"),
                new("line_bytes", (double)lines.Bytes.Length / LineCount, "bytes"),
            ],
            [peer]);
    }
}
