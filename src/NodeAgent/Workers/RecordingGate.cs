using StreamClips.NodeAgent.Host;

namespace StreamClips.NodeAgent.Workers;

/// <summary>
/// Whether the workers of this node may make new clips. It is shut while anybody has a reason, and is a file: workers look whether it is
/// there, which they do without an agent too, and the next agent finds it as this one left it. A spare file lies ready beside it while it is
/// open: a disk without a byte or an inode left would else keep it from being shut. Safe for several threads.
/// </summary>
public sealed class RecordingGate
{
    /// <summary>Its name below NODE_DIRECTORY.</summary>
    public const string FileName = "recording-paused";

    private const string SpareEnd = ".spare";
    private const int MaxBytes = 16 << 10;
    private readonly Lock _lock = new();
    private readonly string _file;
    private readonly SortedDictionary<string, string> _reasons = new(StringComparer.Ordinal);

    /// <summary>Takes up what an agent before this one left.</summary>
    /// <param name="file">The file.</param>
    public RecordingGate(string file)
    {
        _file = file;
        foreach (var line in Left(file))
        {
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon > 0) _reasons[line[..colon]] = line[(colon + 2)..];
        }

        if (_reasons.Count == 0) LaySpare();
    }

    /// <summary>Why it is shut, for people; empty: it is open.</summary>
    public string Reason
    {
        get
        {
            lock (_lock) return string.Join("; ", _reasons.Select(r => $"{r.Key}: {r.Value}"));
        }
    }

    /// <summary>Whether it is shut for this.</summary>
    /// <param name="cause">What for, in a few words without a colon, as <c>the spool is full</c>.</param>
    public bool IsShutFor(string cause)
    {
        lock (_lock) return _reasons.ContainsKey(cause);
    }

    /// <summary>Shuts it for something.</summary>
    /// <param name="cause">What for; each has its own reason.</param>
    /// <param name="reason">More of it, and when it will be over; one line.</param>
    /// <exception cref="IOException">The file can be neither written nor replaced by the spare one; nothing changed.</exception>
    public void Shut(string cause, string reason)
    {
        lock (_lock)
        {
            if (_reasons.TryGetValue(cause, out var known) && known == reason && File.Exists(_file)) return;
            Write(_reasons.Where(r => r.Key != cause).Append(new(cause, reason)));
            _reasons[cause] = reason;
        }
    }

    /// <summary>Takes a reason away; it is open when there is no other.</summary>
    /// <param name="cause">What it was shut for.</param>
    /// <exception cref="IOException">The file cannot be removed; nothing changed.</exception>
    public void Open(string cause)
    {
        lock (_lock)
        {
            if (!_reasons.ContainsKey(cause)) return;
            Write(_reasons.Where(r => r.Key != cause));
            _reasons.Remove(cause);
        }
    }

    private void Write(IEnumerable<KeyValuePair<string, string>> reasons)
    {
        var text = string.Concat(reasons.Select(r => $"{r.Key}: {r.Value}\n"));
        if (text.Length == 0)
        {
            File.Delete(_file);
            LaySpare();
            return;
        }

        try
        {
            AtomicFile.Write(_file, text, durable: false);
        }
        catch (IOException) when (File.Exists(_file) || TakeSpare())
        {
            // It is shut, with fewer words than are known here: whoever left a reason in the file looks again.
        }
    }

    private void LaySpare()
    {
        try
        {
            if (!File.Exists(_file + SpareEnd)) AtomicFile.Write(_file + SpareEnd, $"{DiskGuard.Low}: nothing more could be written\n", durable: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Laid the next time.
        }
    }

    private bool TakeSpare()
    {
        try
        {
            File.Move(_file + SpareEnd, _file);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // One that cannot be read, or is too long to be ours, holds no reason that anybody would take away again.
    private static string[] Left(string file)
    {
        try
        {
            if (!File.Exists(file)) return [];
            if (new FileInfo(file).Length <= MaxBytes && File.ReadAllLines(file) is { Length: > 0 } lines && Array.TrueForAll(lines, l => l.Contains(": ", StringComparison.Ordinal))) return lines;
            File.Delete(file);
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
