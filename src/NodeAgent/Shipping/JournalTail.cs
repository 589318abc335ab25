using System.Text.Json;
using System.Text.Json.Serialization;
using StreamClips.NodeAgent.Host;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Shipping;

/// <summary>Lines of a journal that are to be sent.</summary>
/// <param name="From">What was acknowledged before.</param>
/// <param name="To">What its acknowledgement will cover.</param>
/// <param name="Lines">Log, surge and clip lines; none where the batch only moves the cursor.</param>
/// <param name="Damaged">Lines in between that could not be read.</param>
public sealed record JournalDraft(JournalPosition From, JournalPosition To, IReadOnlyList<byte[]> Lines, int Damaged);

/// <summary>
/// Follows one worker's journal twice: for its newest status, whatever the control plane does, and for the lines that the
/// control plane has not acknowledged. Status lines are not sent, so that an idle worker costs nothing. Safe for several threads.
/// </summary>
/// <param name="directory">The worker's directory.</param>
/// <param name="rate">How many log lines it may write; those above are dropped, and a line in their place says how many. Others never are.</param>
public sealed class JournalTail(WorkerDirectory directory, LogRate rate = default)
{
    /// <summary>Lines in a draft at most, as the contract says.</summary>
    public const int MostLines = 2000;

    /// <summary>The event of the line that says how many were dropped.</summary>
    public const string Limited = "journal.limited";

    // So often a draft looks further for a line that may pass, before it only tells what was dropped.
    private const int MostReads = 16;

    /// <summary>The acknowledged cursor's file in the worker's directory.</summary>
    public const string AckFileName = "ack.json";

    /// <summary>A cursor that moved so many bytes over status lines alone is told, so that their files can go.</summary>
    public const long SilentBytes = 1 << 20;

    private static readonly byte[] StatusStart = [.. "{\"kind\":\"status\""u8];

    private readonly Lock _lock = new();
    private JournalPosition _seen = new(directory.JournalFiles() is [.., var last] ? last : 1, 0);
    private JournalPosition _acked = ReadAck(directory);
    private JournalPosition _scanned = ReadAck(directory);
    private JournalDraft? _sent;
    private LogRate _rateAcked = rate;
    private LogRate _rate = rate;
    private (int File, string Path, string NextPath) _names = (0, "", "");
    private int _damaged;
    private int _dropped;
    private DateTimeOffset? _droppedAt;
    private int _polls;

    /// <summary>The newest status line; null where there was none.</summary>
    public StatusEntry? LastStatus { get; private set; }

    /// <summary>Status lines that were seen: grows as long as the worker lives and can write.</summary>
    public long Statuses { get; private set; }

    /// <summary>Up to where the control plane has the journal.</summary>
    public JournalPosition Acked
    {
        get
        {
            lock (_lock) return _acked;
        }
    }

    /// <summary>Whether <see cref="Next"/> may have lines to give, by what the last <see cref="Poll"/> saw: no file is read for it.</summary>
    public bool HasNews
    {
        get
        {
            lock (_lock) return _sent is null && (_scanned < _seen || _dropped > 0);
        }
    }

    /// <summary>Looks whether the journal grew, and takes its newest status.</summary>
    public bool Poll()
    {
        lock (_lock)
        {
            // Mostly nothing grew, and then two looks at names tell; every 32nd time the directory is read, for a gap in the numbers.
            if (IsQuiet() && _polls++ % 32 != 0) return false;
            var before = _seen;
            while (JournalReader.Read(directory, _seen, only: StatusStart) is { } lines)
            {
                foreach (var line in lines.Lines)
                    if (JournalEntry.TryParse(line) is StatusEntry status) (LastStatus, Statuses) = (status, Statuses + 1);
                _seen = lines.To;
                if (IsQuiet()) break;
            }

            return _seen != before;
        }
    }

    /// <summary>The next lines to send; null where there are none, or some are on their way.</summary>
    public JournalDraft? Next()
    {
        lock (_lock)
        {
            if (_sent is not null) return null;
            var reads = 0;
            while (JournalReader.Read(directory, _scanned, MostLines - 1) is { } read)
            {
                _damaged += read.Damaged;
                var kept = new List<byte[]>(read.Lines.Count);
                foreach (var line in read.Lines)
                {
                    if (IsStatus(line)) continue;
                    if (_rate.Lets(line, out _rate)) kept.Add(line);
                    else (_dropped, _droppedAt) = (_dropped + 1, _droppedAt ?? JournalEntry.TryParse(line)?.At);
                }

                _scanned = read.To;
                if (kept.Count == 0 && (_dropped == 0 || ++reads < MostReads)) continue;
                if (_dropped > 0) kept.Add(Loss());
                return _sent = new(_acked, _scanned, kept, Interlocked.Exchange(ref _damaged, 0));
            }

            if (_dropped > 0) return _sent = new(_acked, _scanned, [Loss()], Interlocked.Exchange(ref _damaged, 0));
            var silent = _scanned.File == _acked.File ? _scanned.Offset - _acked.Offset : SilentBytes;
            return silent >= SilentBytes && _scanned != _acked ? _sent = new(_acked, _scanned, [], Interlocked.Exchange(ref _damaged, 0)) : null;
        }
    }

    /// <summary>The control plane has the journal up to here, be it what was sent or not: from here on it goes.</summary>
    /// <exception cref="IOException">The cursor cannot be written down.</exception>
    public void Acknowledge(JournalPosition to)
    {
        lock (_lock)
        {
            if (_sent?.To != to) ReadFrom(to);
            _sent = null;
            (_acked, _rateAcked) = (to, _rate);
            AtomicFile.Write(Path.Combine(directory.Path, AckFileName), JsonSerializer.Serialize(to, AckJson.Default.JournalPosition), durable: false);

            // The last file is its writer's, and the one by which a new writer knows its number.
            var files = directory.JournalFiles();
            foreach (var number in files.SkipLast(1).Where(n => n < to.File && n < _seen.File)) File.Delete(directory.JournalFile(number));
        }
    }

    /// <summary>What was sent may be lost: it is sent again.</summary>
    public void Rewind()
    {
        lock (_lock)
        {
            _sent = null;
            ReadFrom(_acked);
        }
    }

    /// <summary>Whether nothing is left to send.</summary>
    public bool IsDrained()
    {
        lock (_lock)
        {
            var at = _scanned;
            while (_sent is null && JournalReader.Read(directory, at) is { } read)
            {
                if (read.Lines.Any(l => !IsStatus(l))) return false;
                at = read.To;
            }

            return _sent is null;
        }
    }

    private bool IsQuiet()
    {
        if (_names.File != _seen.File) _names = (_seen.File, directory.JournalFile(_seen.File), directory.JournalFile(_seen.File + 1));
        var file = new FileInfo(_names.Path);
        return (!file.Exists || file.Length <= _seen.Offset) && !File.Exists(_names.NextPath);
    }

    /// <summary>What was passed over since is read, and counted, again.</summary>
    private void ReadFrom(JournalPosition position)
    {
        (_scanned, _rate) = (position, _rateAcked);
        (_damaged, _dropped, _droppedAt) = (0, 0, null);
    }

    /// <summary>Tells what was dropped, which is then told.</summary>
    private byte[] Loss()
    {
        var line = new LogEntry
        {
            At = _droppedAt ?? LastStatus?.At ?? DateTimeOffset.UnixEpoch,
            Level = "warning",
            Event = Limited,
            Message = $"{_dropped} log lines dropped here: the worker wrote more than {_rate.LinesPerSecond:0} a second",
        }.ToUtf8();
        (_dropped, _droppedAt) = (0, null);
        return line;
    }

    private static bool IsStatus(ReadOnlySpan<byte> line) => line.StartsWith(StatusStart);

    private static JournalPosition ReadAck(WorkerDirectory directory)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(directory.Path, AckFileName)), AckJson.Default.JournalPosition);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            // The control plane knows better, and says so in its first acknowledgement.
            return JournalPosition.Start;
        }
    }
}

/// <summary>Serialisation of cursors, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JournalPosition))]
public sealed partial class AckJson : JsonSerializerContext;
