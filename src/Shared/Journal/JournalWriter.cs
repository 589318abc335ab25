using Microsoft.Win32.SafeHandles;
using StreamClips.Shared.Workers;

namespace StreamClips.Shared.Journal;

/// <summary>
/// Appends lines to a worker's journal. Every line is written before <see cref="Append"/> returns, so a kill -9 of the
/// process loses none; a power cut may lose the last seconds. A new writer begins a new file, so a line torn by a crash
/// is always the last of its file. Safe for several threads.
/// </summary>
/// <remarks>
/// Where the disk or the journal is full, lines are dropped and counted; the next line that can be written is preceded
/// by a warning, <c>journal.dropped</c>, that tells how many were lost.
/// </remarks>
public sealed class JournalWriter : IDisposable
{
    /// <summary>A file is followed by the next one when it has grown to so many bytes.</summary>
    public const long FileBytes = 4 << 20;

    /// <summary>
    /// Files that may lie unread. Beyond it log, status and chat lines are dropped and counted; surge and clip lines are not:
    /// they lengthen the last file.
    /// </summary>
    public const int MaxFiles = 64;

    private readonly WorkerDirectory _directory;
    private readonly Lock _lock = new();
    private SafeFileHandle? _file;
    private long _length;
    private int _number;
    private long _untold;
    private bool _disposed;

    /// <summary>Opens the journal in this directory behind what is there. A file that cannot be made now is tried again at every line.</summary>
    public JournalWriter(WorkerDirectory directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory.Path);
        var files = directory.JournalFiles();
        _number = files.Count == 0 ? 0 : files[^1];
        Try(OpenNext);
    }

    /// <summary>Lines that were dropped since the start: the disk or the journal was full, or the line too long.</summary>
    public long Dropped { get; private set; }

    /// <summary>Writes one line. A line that cannot be written is counted in <see cref="Dropped"/>; this never throws for it.</summary>
    public void Append(JournalEntry entry)
    {
        byte[] line = [.. entry.ToUtf8(), (byte)'\n'];
        lock (_lock)
        {
            if (_disposed || line.Length > JournalReader.MaxLineBytes || !Try(() => MakeRoom(entry is LogEntry or StatusEntry or ChatEntry)))
            {
                Drop();
                return;
            }

            if (_untold > 0 && Try(() => Write(Loss(_untold, entry.At)))) _untold = 0;
            if (!Try(() => Write(line))) Drop();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _file?.Dispose();
        }
    }

    private static byte[] Loss(long lines, DateTimeOffset at) =>
    [
        .. new LogEntry
        {
            At = at,
            Level = "warning",
            Event = "journal.dropped",
            Message = $"{lines} journal lines before this one are lost: the disk or the journal was full, or a line too long",
        }.ToUtf8(),
        (byte)'\n',
    ];

    private static bool Try(Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Drop()
    {
        Dropped++;
        _untold++;
    }

    /// <param name="droppable">The line may be dropped where the journal is full.</param>
    /// <exception cref="IOException">There is no room.</exception>
    private void MakeRoom(bool droppable)
    {
        if (_file is not null && _length < FileBytes) return;
        if (_file is null || _directory.JournalFiles().Count < MaxFiles) OpenNext();
        else if (droppable) throw new IOException("the journal is full");
    }

    private void OpenNext()
    {
        // A number that is taken is passed over: two writers must never share a file.
        while (File.Exists(_directory.JournalFile(_number + 1))) _number++;
        var next = File.OpenHandle(
            _directory.JournalFile(_number + 1), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        _file?.Dispose();
        _file = next;
        _length = 0;
        _number++;
    }

    private void Write(byte[] line)
    {
        try
        {
            RandomAccess.Write(_file!, line, _length);
            _length += line.Length;
        }
        catch (IOException)
        {
            // A torn end is cut off; where even that fails, the next line is written over it.
            Try(() => RandomAccess.SetLength(_file!, _length));
            throw;
        }
    }
}
