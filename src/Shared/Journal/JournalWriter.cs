using StreamClips.Shared.Workers;

namespace StreamClips.Shared.Journal;

/// <summary>
/// Appends lines to a worker's journal. Every line is written before <see cref="Append"/> returns, so a kill -9 of the
/// process loses none; a power cut may lose the last seconds. A new writer begins a new file, so a line torn by a crash
/// is always the last of its file. Safe for several threads.
/// </summary>
public sealed class JournalWriter : IDisposable
{
    /// <summary>A file is followed by the next one when it has grown to so many bytes.</summary>
    public const long FileBytes = 4 << 20;

    /// <summary>
    /// Files that may lie unread. Beyond it log and status lines are dropped and counted; surge and clip lines are not.
    /// </summary>
    public const int MaxFiles = 64;

    private readonly WorkerDirectory _directory;
    private readonly Lock _lock = new();
    private FileStream? _file;
    private int _number;
    private bool _full;

    /// <summary>Opens the journal in this directory behind what is there.</summary>
    public JournalWriter(WorkerDirectory directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory.Path);
        var files = directory.JournalFiles();
        _number = files.Count == 0 ? 0 : files[^1];
        OpenNext();
    }

    /// <summary>Lines that were dropped since the start: the disk or the journal was full.</summary>
    public long Dropped { get; private set; }

    /// <summary>Writes one line. A line that cannot be written is counted in <see cref="Dropped"/>; this never throws for it.</summary>
    public void Append(JournalEntry entry)
    {
        byte[] line = [.. entry.ToUtf8(), (byte)'\n'];
        lock (_lock)
        {
            if (line.Length > JournalReader.MaxLineBytes)
            {
                Dropped++;
                return;
            }

            try
            {
                if (_file is null || _file.Position >= FileBytes) OpenNext();
                if (_full && entry is (LogEntry or StatusEntry))
                {
                    Dropped++;
                    return;
                }

                _file!.Write(line);
            }
            catch (IOException)
            {
                // What was written of the line is a torn end: the next line begins a new file.
                Dropped++;
                _file?.Dispose();
                _file = null;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock) _file?.Dispose();
    }

    private void OpenNext()
    {
        _full = _directory.JournalFiles().Count >= MaxFiles;
        if (_full && _file is not null) return;
        _file?.Dispose();
        _file = null;
        _file = new FileStream(_directory.JournalFile(++_number), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }
}
