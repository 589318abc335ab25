using System.Globalization;
using System.Text.Json;

namespace StreamClips.ClipWorker.Chat;

/// <summary>
/// Writes a chat down so that <c>replay</c> decides as was decided live: one line a message, <c>{"at": seconds, "user": "u7",
/// "text": "LUL"}</c>, in Unix time. Chatters get numbers in place of names. A message is held back for a minute; of one that
/// is taken back by then the text is made unreadable, and a line tells when that was: <c>{"at": seconds, "removed": "u7"}</c> of all
/// that a chatter said, with <c>"said_at"</c> of his message of that time, <c>"removed": "*"</c> of all. A message that came
/// too late to be counted is <c>{"at": seconds, "late": true}</c>. The file is bounded: a full one becomes <c>FILE.1</c>, in
/// place of the one before. What cannot be written ends the recording, never the watching. One thread.
/// </summary>
internal sealed class ChatRecorder : IDisposable
{
    /// <summary>The most bytes of a file.</summary>
    public const long DefaultMaxBytes = 64 << 20;

    private const int MostHeld = 20_000;
    private const int MostHeldChars = 2_000_000;
    private const int MostChatters = 100_000;

    // As long as a detector may take a message back.
    private static readonly TimeSpan HoldBack = TimeSpan.FromSeconds(65);

    private readonly string _path;
    private readonly long _maxBytes;
    private readonly TextQueue<Held> _held = new(MostHeld, MostHeldChars);
    private readonly TextDisguise _disguise = new();
    private readonly Dictionary<ulong, int> _numbers = [];
    private readonly MemoryStream _line = new();
    private readonly Utf8JsonWriter _json;
    private FileStream? _file;
    private int _lastNumber;

    private ChatRecorder(string path, long maxBytes, FileStream file)
    {
        (_path, _maxBytes, _file) = (path, maxBytes, file);
        _json = new(_line, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Why the recording ended; null while it goes on.</summary>
    public string? Fault { get; private set; }

    /// <summary>Opens a file; what it holds stays, and new lines follow.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">When it is full.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static ChatRecorder Open(string path, long maxBytes = DefaultMaxBytes) => new(path, maxBytes, Append(path));

    /// <summary>Takes in what happened.</summary>
    /// <param name="chatEvent">What happened.</param>
    /// <param name="at">When the detector counted it, or took it back.</param>
    public void Add(in ChatEvent chatEvent, DateTimeOffset at)
    {
        if (_file is null) return;
        var message = chatEvent.Message;
        switch (chatEvent.Kind)
        {
            case ChatEventKind.Said:
                Hold(new(at, LineKind.Said, message.User, message.Id), message.Text.Span);
                break;
            case ChatEventKind.MessageRemoved when message.Id != ChatHash.Nobody:
                if (Erase(held => held.Id == message.Id) is { } said) Hold(new(at, LineKind.MessageRemoved, said.User, SaidAt: said.At), "");
                break;
            case ChatEventKind.UserRemoved:
                if (Erase(held => message.User == ChatHash.Nobody || held.User == message.User) is not null) Hold(new(at, LineKind.UserRemoved, message.User), "");
                break;
        }
    }

    /// <summary>Takes note of a message that came too late to be counted.</summary>
    /// <param name="at">When that was.</param>
    public void AddLate(DateTimeOffset at)
    {
        if (_file is not null) Hold(new(at, LineKind.Late), "");
    }

    /// <summary>Writes what was held back, and closes the file.</summary>
    public void Dispose()
    {
        while (_held.Count > 0) WriteOldest();
        Try(() => _file?.Dispose());
        _json.Dispose();
        _line.Dispose();
    }

    private static FileStream Append(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return new(path, new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }

    private void Hold(in Held held, ReadOnlySpan<char> text)
    {
        while (_held.Count > 0 && (_held.Count == MostHeld || held.At - _held[0].At >= HoldBack)) WriteOldest();
        _held.Add(held, text);
    }

    /// <returns>The newest that was meant; null where none was.</returns>
    private Held? Erase(Func<Held, bool> isMeant)
    {
        Held? last = null;
        for (var i = 0; i < _held.Count; i++)
        {
            if (_held[i].Kind != LineKind.Said || _held[i].TakenBack || !isMeant(_held[i])) continue;
            _held.Replace(i, _held[i] with { TakenBack = true });
            _disguise.Apply(_held.EditText(i));
            last = _held[i];
        }

        return last;
    }

    private void WriteOldest()
    {
        var held = _held[0];
        _line.SetLength(0);
        _json.Reset();
        _json.WriteStartObject();
        WriteTime("at", held.At);
        switch (held.Kind)
        {
            case LineKind.Said:
                _json.WriteString("user", Name(held.User));
                _json.WriteString("text", _held.Text(0));
                break;
            case LineKind.MessageRemoved:
                _json.WriteString("removed", Name(held.User));
                WriteTime("said_at", held.SaidAt);
                break;
            case LineKind.UserRemoved:
                _json.WriteString("removed", held.User == ChatHash.Nobody ? "*" : Name(held.User));
                break;
            case LineKind.Late:
                _json.WriteBoolean("late", true);
                break;
        }

        _json.WriteEndObject();
        _json.Flush();
        _line.WriteByte((byte)'\n');
        _held.DropOldest();
        Try(() =>
        {
            if (_file is null) return;
            if (_file.Length > 0 && _file.Length + _line.Length > _maxBytes) Rotate();
            _line.WriteTo(_file);
        });
    }

    // Microseconds: what a double still holds of Unix time.
    private void WriteTime(string name, DateTimeOffset at)
    {
        _json.WritePropertyName(name);
        _json.WriteRawValue(((at - DateTimeOffset.UnixEpoch).Ticks / 10 / 1e6m).ToString("0.######", CultureInfo.InvariantCulture));
    }

    private string Name(ulong user) => user == ChatHash.Nobody ? "" : string.Create(CultureInfo.InvariantCulture, $"u{Number(user)}");

    private int Number(ulong user)
    {
        if (_numbers.TryGetValue(user, out var number)) return number;
        // Who is forgotten comes back as somebody new; nobody gets another's number.
        if (_numbers.Count == MostChatters) _numbers.Clear();
        return _numbers[user] = ++_lastNumber;
    }

    private void Rotate()
    {
        _file!.Dispose();
        _file = null;
        File.Move(_path, _path + ".1", overwrite: true);
        _file = Append(_path);
    }

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fault ??= e.Message;
            var broken = _file;
            _file = null;
            _held.Clear();
            try
            {
                broken?.Dispose();
            }
            catch (IOException)
            {
                // It tried to write what it still held: the same fault again.
            }
        }
    }

    private enum LineKind
    {
        Said,
        MessageRemoved,
        UserRemoved,
        Late,
    }

    private readonly record struct Held(DateTimeOffset At, LineKind Kind, ulong User = ChatHash.Nobody, ulong Id = ChatHash.Nobody, DateTimeOffset SaidAt = default, bool TakenBack = false);
}
