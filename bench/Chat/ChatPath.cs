using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Settings;

namespace StreamClips.Bench.Chat;

/// <summary>The way of a chat through the worker's own classes: bytes as a socket gives them, lines, messages, decisions.</summary>
internal sealed class ChatPath(TwitchLines lines)
{
    private const int ReadBytes = 4096;
    private const int IdsRemembered = 10_000; // Fewer than there are lines: repeated, each is new again.

    private readonly LineSplitter _splitter = new(TwitchChat.MaxLineBytes);
    private readonly TextBuffer _text = new();
    private readonly IChatDetector _detector = ChatDetector.For(new ClipSettings() with { Detector = ClipSettings.HighlightDetector });
    private readonly NotedDetector _noted = new(ChatDetector.For(new ClipSettings() with { Detector = ClipSettings.HighlightDetector }), new ChatLines(_ => { }, TimeProvider.System));
    private readonly List<ChatMessage> _messages = [];
    private readonly RecentIds _seen = new(IdsRemembered);
    private DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);
    private long _messageCount;

    /// <summary>Messages that the detector did not count for their times.</summary>
    public long TooLate => _detector.TooLate + _noted.TooLate;

    /// <summary>Lets the chat go on: the same lines, later and as new ones.</summary>
    public void Rewind()
    {
        lines.SetTimes(_now);
        _now += lines.Length;
    }

    /// <summary>The same with the lines parsed already.</summary>
    public void RewindParsed()
    {
        Rewind();
        _messages.Clear();
        ReadAll(detect: false, keep: true);
    }

    /// <summary>Bytes to messages.</summary>
    /// <returns>How many.</returns>
    public long Parse() => ReadAll(detect: false, keep: false);

    /// <summary>Messages to decisions.</summary>
    /// <returns>How many messages.</returns>
    public long Detect()
    {
        foreach (var message in _messages) _detector.Observe(message);
        return _messages.Count;
    }

    /// <summary>Messages to decisions and to the history of the chat's rate, as a worker does.</summary>
    /// <returns>How many messages.</returns>
    public long DetectAndNote()
    {
        foreach (var message in _messages) _noted.Observe(message);
        return _messages.Count;
    }

    /// <summary>Bytes to decisions and to the history.</summary>
    /// <returns>How many messages.</returns>
    public long ParseAndDetect() => ReadAll(detect: true, keep: false);

    private long ReadAll(bool detect, bool keep)
    {
        _messageCount = 0;
        for (ReadOnlySpan<byte> rest = lines.Bytes; rest.Length > 0;)
        {
            var free = _splitter.Free().Span;
            var read = rest[..Math.Min(Math.Min(rest.Length, ReadBytes), free.Length)];
            read.CopyTo(free);
            rest = rest[read.Length..];
            _splitter.Written(read.Length);
            while (_splitter.TryTake(out var bytes)) Take(bytes, detect, keep);
        }

        return _messageCount == lines.Count ? _messageCount : throw new InvalidOperationException($"{_messageCount} messages were read of {lines.Count}");
    }

    private void Take(ReadOnlySpan<byte> bytes, bool detect, bool keep)
    {
        var line = TwitchLine.Parse(bytes);
        if (line.Kind != TwitchLineKind.Said) return;
        var message = line.ToEvent(_now, _text).Message;
        if (!_seen.Add(message.Id)) return;
        _messageCount++;
        if (detect) _noted.Observe(message);
        if (keep) _messages.Add(message with { Text = message.Text.ToArray() });
    }
}
