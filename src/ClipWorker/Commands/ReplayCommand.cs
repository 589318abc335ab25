using System.CommandLine;
using System.Globalization;
using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Commands;

/// <summary>
/// <c>replay</c>: what the detector would have clipped of a recorded chat. Streams: neither the length of the file nor the
/// rate of the chat costs memory.
/// </summary>
internal static class ReplayCommand
{
    private const int MaxFaultsNamed = 20;

    /// <summary>The command's definition.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("CHAT.ndjson") { Description = "One message a line: {\"at\": seconds, \"user\": \"u7\", \"text\": \"LUL\"}; - reads standard input" };
        var set = SettingsOption.Create();
        var format = new Option<string>("--format") { Description = "table, or ndjson: one JSON object a clip", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "ndjson");
        var command = new Command("replay", "Shows what the detector would have clipped of a recorded chat") { file, set, format };
        command.SetAction((result, _) => Task.FromResult(Run(result.GetValue(file)!, result.GetValue(set)!, result.GetValue(format)!, Console.Out, Console.Error)));
        return command;
    }

    /// <summary>Runs the command.</summary>
    /// <returns>0; 1 where the file cannot be read or has bad lines; 2 where the settings are wrong.</returns>
    public static int Run(string path, IReadOnlyList<string> set, string format, TextWriter output, TextWriter errors)
    {
        if (SettingsOption.Read(set, errors) is not { } settings) return ExitCode.Usage;
        try
        {
            using var input = path == "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var clips = format == "ndjson" ? (IReplayOutput)new NdjsonReplayOutput(output) : new TableReplayOutput(output);
            return new Replay(settings, clips, errors).Run(input) == 0 ? ExitCode.Done : ExitCode.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"cannot read '{path}': {e.Message}");
            return ExitCode.Failed;
        }
    }

    private sealed class Replay(ClipSettings settings, IReplayOutput output, TextWriter errors)
    {
        private readonly IChatDetector _detector = ChatDetector.For(settings);
        private DateTimeOffset? _last;
        private long _lineNumber;
        private long _faults;

        /// <summary>Feeds all lines to the detector; gives the number of bad ones.</summary>
        public long Run(Stream input)
        {
            var lines = new LineSplitter(ReplayLine.MaxBytes);
            while (true)
            {
                var read = input.Read(lines.Free().Span);
                if (read == 0) break;
                lines.Written(read);
                while (lines.TryTake(out var line)) Take(line);
            }

            Take(lines.Rest());
            if (_last is { } last) Print(_detector.Advance(last + _detector.DecidesWithin)); // The stream goes on a little after its last message.
            output.End();
            if (lines.TooLong > 0) errors.WriteLine($"{lines.TooLong} lines are longer than {ReplayLine.MaxBytes} bytes");
            if (_faults > MaxFaultsNamed) errors.WriteLine($"and {_faults - MaxFaultsNamed} more bad lines");
            if (_detector.TooLate > 0) errors.WriteLine($"note: {_detector.TooLate} messages lie too far back and were not counted: sort the file by \"at\"");
            return _faults + lines.TooLong;
        }

        private void Take(ReadOnlySpan<byte> line)
        {
            if (++_lineNumber == 1 && line.StartsWith("\uFEFF"u8)) line = line[3..];
            if (line.Trim((byte)' ').IsEmpty) return;
            var (message, fault) = ReplayLine.Read(line);
            if (fault is not null)
            {
                if (++_faults <= MaxFaultsNamed) errors.WriteLine($"line {_lineNumber} {fault}");
                return;
            }

            if (_last is null || message.At > _last) _last = message.At;
            Print(_detector.Observe(message));
        }

        private void Print(IReadOnlyList<DetectedSurge> surges)
        {
            foreach (var surge in surges) output.Clip(surge);
        }
    }
}

/// <summary>How clips are printed.</summary>
internal interface IReplayOutput
{
    /// <summary>Prints a clip.</summary>
    void Clip(DetectedSurge surge);

    /// <summary>Prints what comes after the last clip.</summary>
    void End();
}

/// <summary>A JSON object a line, times in seconds on the file's clock.</summary>
internal sealed class NdjsonReplayOutput(TextWriter output) : IReplayOutput
{
    /// <inheritdoc/>
    public void Clip(DetectedSurge surge) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"start\":{FileClock.Seconds(surge.Start)},\"end\":{FileClock.Seconds(surge.End)},\"moment\":{FileClock.Seconds(surge.Moment)},\"peak\":{FileClock.Seconds(surge.Peak)},\"triggered_at\":{FileClock.Seconds(surge.TriggeredAt)},\"score\":{surge.Score}}}"));

    /// <inheritdoc/>
    public void End() => output.Flush();
}

/// <summary>A table for people.</summary>
internal sealed class TableReplayOutput(TextWriter output) : IReplayOutput
{
    private int _clips;

    /// <inheritdoc/>
    public void Clip(DetectedSurge surge)
    {
        if (_clips++ == 0) output.WriteLine($"{"start",12} {"end",12} {"moment",12} {"decided",12} {"score",6}  reason");
        output.WriteLine($"{Clock(surge.Start),12} {Clock(surge.End),12} {Clock(surge.Moment),12} {Clock(surge.TriggeredAt),12} {surge.Score,6:0.00}  {surge.Reason}");
    }

    /// <inheritdoc/>
    public void End() => output.WriteLine(_clips switch { 0 => "no clips", 1 => "1 clip", _ => $"{_clips} clips" });

    private static string Clock(DateTimeOffset at)
    {
        var seconds = FileClock.Seconds(at);
        var whole = TimeSpan.FromSeconds(Math.Abs(seconds));
        return $"{(seconds < 0 ? "-" : "")}{(long)whole.TotalHours}:{whole:mm\\:ss\\.f}";
    }
}

/// <summary>The clock of a recorded chat: seconds, kept as time since the Unix epoch.</summary>
internal static class FileClock
{
    /// <summary>Seconds on the file's clock.</summary>
    public static double Seconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;
}
