using System.Globalization;
using System.Text.Json;

namespace StreamClips.ClipWorker.Chat;

/// <summary>
/// Writes a chat down so that <c>replay</c> decides as was decided live: one line a message, <c>{"at": seconds, "user": "u7",
/// "text": "LUL"}</c>, in Unix time. Chatters get numbers in place of names. A message is held back for a minute; of one that
/// is taken back by then the text is left out. The file is bounded: a full one becomes <c>FILE.1</c>, in place of the one
/// before. What cannot be written ends the recording, never the watching. One thread.
/// </summary>
internal sealed class ChatRecorder : IDisposable
{
    /// <summary>The most bytes of a file.</summary>
    public const long DefaultMaxBytes = 64 << 20;

    private const int MostHeld = 20_000;
    private const int MostHeldChars = 2_000_000;
    private const int MostChatters = 100_000;
    private static readonly TimeSpan HoldBack = TimeSpan.FromSeconds(60);

    private readonly string _path;
    private readonly long _maxBytes;
    private readonly TextQueue<Held> _held = new(MostHeld, MostHeldChars);
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
    /// <param name="at">When the detector counted it.</param>
    public void Add(in ChatEvent chatEvent, DateTimeOffset at)
    {
        if (_file is null) return;
        var message = chatEvent.Message;
        switch (chatEvent.Kind)
        {
            case ChatEventKind.Said:
                while (_held.Count > 0 && (_held.Count == MostHeld || at - _held[0].At >= HoldBack)) WriteOldest();
                _held.Add(new(at, message.User, message.Id), message.Text.Span);
                break;
            case ChatEventKind.MessageRemoved when message.Id != ChatHash.Nobody:
                Erase(held => held.Id == message.Id);
                break;
            case ChatEventKind.UserRemoved:
                Erase(held => message.User == ChatHash.Nobody || held.User == message.User);
                break;
        }
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

    private void Erase(Func<Held, bool> isMeant)
    {
        for (var i = 0; i < _held.Count; i++)
            if (isMeant(_held[i])) _held.EraseText(i);
    }

    private void WriteOldest()
    {
        var held = _held[0];
        _line.SetLength(0);
        _json.Reset();
        _json.WriteStartObject();
        // Microseconds: what a double still holds of Unix time.
        _json.WritePropertyName("at");
        _json.WriteRawValue(((held.At - DateTimeOffset.UnixEpoch).Ticks / 10 / 1e6m).ToString("0.######", CultureInfo.InvariantCulture));
        _json.WriteString("user", held.User == ChatHash.Nobody ? "" : $"u{Number(held.User)}");
        _json.WriteString("text", _held.Text(0));
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

    private readonly record struct Held(DateTimeOffset At, ulong User, ulong Id);
}
