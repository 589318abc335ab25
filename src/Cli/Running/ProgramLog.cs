namespace StreamClips.Cli.Running;

/// <summary>A program's output in a file, with one file of the time before: twice <see cref="MostBytes"/> at most.</summary>
public sealed class ProgramLog : IDisposable
{
    /// <summary>A file that has grown to this is moved to <c>NAME.1</c>.</summary>
    public const long MostBytes = 8L << 20;

    private const int KeptLines = 20;

    private readonly string _path;
    private readonly Lock _lock = new();
    private readonly Queue<string> _last = new();
    private StreamWriter? _writer;
    private long _bytes;

    /// <summary>Appends to this file.</summary>
    public ProgramLog(string path) => _path = path;

    /// <summary>The last lines, oldest first.</summary>
    public IReadOnlyList<string> LastLines
    {
        get
        {
            lock (_lock) return [.. _last];
        }
    }

    /// <summary>Writes a line. A disk that is full loses the line, never the program.</summary>
    public void Write(string line)
    {
        lock (_lock)
        {
            _last.Enqueue(line);
            if (_last.Count > KeptLines) _last.Dequeue();
            try
            {
                if (_writer is null || _bytes > MostBytes) Open();
                _writer!.WriteLine(line);
                _bytes += line.Length + 1;
            }
            catch (IOException)
            {
                _writer = null;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock) _writer?.Dispose();
        _writer = null;
    }

    private void Open()
    {
        _writer?.Dispose();
        if (File.Exists(_path) && new FileInfo(_path).Length > MostBytes) File.Move(_path, _path + ".1", overwrite: true);
        var stream = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        _bytes = stream.Length;
        _writer = new StreamWriter(stream) { AutoFlush = true };
    }
}
