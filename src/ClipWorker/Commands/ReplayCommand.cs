using System.CommandLine;
using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Commands;

/// <summary>
/// <c>replay</c>: what the detector would have clipped of a recorded chat, or of a chat-rate history as the control plane keeps it. Streams:
/// neither the length of the file nor the rate of the chat costs memory.
/// </summary>
internal static class ReplayCommand
{
    private const int MaxFaultsNamed = 20;

    /// <summary>The command's definition.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("CHAT.ndjson") { Description = "One message a line: {\"at\": seconds, \"user\": \"u7\", \"text\": \"LUL\"}; or a chat history of the control plane; - reads standard input" };
        var set = SettingsOption.Create();
        var format = new Option<string>("--format") { Description = "table, or ndjson: one JSON object a clip", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "ndjson");
        var plot = new Option<string?>("--plot") { Description = "Write a page with the chat's rate, what is usual, and the clips over time", HelpName = "FILE.html" };
        var labels = new Option<string?>("--labels") { Description = "Highlights that people marked, [{\"start\": s, \"end\": s}, ...]: print how many were found, and mark them in the plot", HelpName = "FILE.json" };
        var reach = new Option<double?>("--reach")
        {
            Description = "Show how recording=auto would have gone beside a playlist of so many seconds, 2 to 3600: time armed, clips whose video could be had",
            HelpName = "SECONDS",
        };
        reach.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<double?>() is not (null or (>= 2 and <= 3600))) r.AddError("--reach: give 2 to 3600 seconds");
        });
        var since = new Option<DateTimeOffset?>("--since") { Description = "Print only clips that were decided at this time or later, as 2026-01-31T12:00:00Z: what is before is only learned from", HelpName = "TIME" };
        var command = new Command("replay", "Shows what the detector would have clipped of a recorded chat") { file, set, format, plot, labels, reach, since };
        command.SetAction((result, _) => Task.FromResult(Run(
            result.GetValue(file)!, result.GetValue(set)!, result.GetValue(format)!, Console.Out, Console.Error, result.GetValue(plot), result.GetValue(labels), result.GetValue(reach), result.GetValue(since))));
        return command;
    }

    /// <summary>Runs the command.</summary>
    /// <returns>0; 1 where a file cannot be read or written or has bad lines; 2 where the settings are wrong.</returns>
    public static int Run(string path, IReadOnlyList<string> set, string format, TextWriter output, TextWriter errors, string? plot = null, string? labels = null, double? reach = null, DateTimeOffset? since = null)
    {
        if (SettingsOption.Read(set, errors) is not { } settings) return ExitCode.Usage;
        try
        {
            var (marked, fault) = labels is null ? (null, null) : ReplayLabels.Read(labels);
            if (fault is not null)
            {
                errors.WriteLine(fault);
                return ExitCode.Failed;
            }

            using var input = ReplayProgress.OfConsole(path == "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0), errors);
            // Whatever reads clips from the standard output finds nothing else there.
            var outputs = format == "ndjson" ? new List<IReplayOutput> { new NdjsonReplayOutput(output) } : [new TableReplayOutput(output)];
            if (marked is not null) outputs.Add(new ReplayScores(marked, format == "ndjson" ? errors : output));
            if (reach is { } playlist) outputs.Add(new ArmingOutput(settings, playlist, output, json: format == "ndjson"));
            if (plot is not null) outputs.Add(new ReplayPlot(plot, path, settings, marked ?? []));
            return new Replay(settings, outputs, errors, since, messagesOnly: reach is not null).Run(input) == 0 ? ExitCode.Done : ExitCode.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine(plot is null ? $"cannot read '{path}': {e.Message}" : $"cannot read '{path}' or write '{plot}': {e.Message}");
            return ExitCode.Failed;
        }
    }

    private sealed class Replay(ClipSettings settings, IReadOnlyList<IReplayOutput> outputs, TextWriter errors, DateTimeOffset? since, bool messagesOnly)
    {
        private readonly IChatDetector _detector = ChatDetector.For(settings);
        private readonly ReplayReader _reader = new();
        private HistoryFeed? _history;
        private DateTimeOffset? _last;
        private long _lineNumber;
        private long _tooLong;
        private long _faults;
        private long _late;

        /// <summary>Feeds all lines to the detector; gives the number of bad ones.</summary>
        public long Run(Stream input)
        {
            var lines = new LineSplitter(ReplayReader.MaxBytes);
            while (true)
            {
                var read = input.Read(lines.Free().Span);
                if (read == 0) break;
                lines.Written(read);
                while (lines.TryTake(out var line)) TakeNumbered(line, lines.TooLong);
            }

            TakeNumbered(lines.Rest(), lines.TooLong);
            _history?.End();
            if (_last is { } last) Print(_detector.Advance(last + _detector.DecidesWithin)); // The stream goes on a little after its last message.
            foreach (var output in outputs) output.End();
            if (lines.TooLong > 0) errors.WriteLine($"{lines.TooLong} lines are longer than {ReplayReader.MaxBytes} bytes");
            if (_faults > MaxFaultsNamed) errors.WriteLine($"and {_faults - MaxFaultsNamed} more bad lines");
            if (_detector.TooLate > 0) errors.WriteLine($"note: {_detector.TooLate} messages lie too far back and were not counted: sort the file by \"at\"");
            if (_late > 0) errors.WriteLine($"note: {_late} messages came too late when the chat was recorded, and were not counted");
            if (_history is { Gaps: > 0 and var gaps }) errors.WriteLine($"note: {gaps} times lines of the history are missing: that time counts as not heard");
            return _faults + lines.TooLong;
        }

        // Lines that were passed over as too long count too.
        private void TakeNumbered(ReadOnlySpan<byte> line, long tooLong)
        {
            _lineNumber += 1 + tooLong - _tooLong;
            _tooLong = tooLong;
            Take(line);
        }

        private void Take(ReadOnlySpan<byte> line)
        {
            if (_lineNumber == 1 && line.StartsWith("\uFEFF"u8)) line = line[3..];
            if (line.Trim((byte)' ').IsEmpty) return;
            if (line.IndexOf("\"kind\""u8) >= 0 && JournalEntry.TryParse(line) is ChatEntry entry)
            {
                TakeHistory(entry);
                return;
            }

            var (kind, message, fault) = _reader.Read(line);
            switch (kind)
            {
                case ReplayLineKind.Said:
                    if (_last is null || message.At > _last) _last = message.At;
                    Print(_detector.Observe(message));
                    foreach (var output in outputs) output.Heard(message, _detector.Latest);
                    break;
                case ReplayLineKind.Removed:
                    Print(_detector.Forget(message));
                    foreach (var output in outputs) output.Removed(message);
                    break;
                case ReplayLineKind.Late:
                    _late++;
                    break;
                default:
                    Fault(fault!);
                    break;
            }
        }

        private void TakeHistory(ChatEntry entry)
        {
            _history ??= new(settings, Print, (second, sample) =>
            {
                foreach (var output in outputs) output.Heard(second, sample);
            });
            if (messagesOnly) Fault("is of a chat history, which --reach cannot be asked of: it needs the messages of a recorded chat");
            else if (_last is not null) Fault("is of a chat history, and those before are messages: give one kind");
            else if (_history.Take(entry) is { } fault) Fault(fault);
        }

        private void Fault(string fault)
        {
            if (++_faults <= MaxFaultsNamed) errors.WriteLine($"line {_lineNumber} {fault}");
        }

        private void Print(IReadOnlyList<DetectedSurge> surges)
        {
            foreach (var surge in surges.Where(s => since is null || s.TriggeredAt >= since))
                foreach (var output in outputs) output.Clip(surge);
        }
    }
}
