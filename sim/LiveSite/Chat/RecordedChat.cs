using System.Text.Json;

namespace StreamClips.LiveSite.Chat;

/// <summary>A recorded chat: a line of JSON a message, <c>{"at": seconds, "user": "u7", "text": "LUL"}</c>, played from a start on, once or over and over.</summary>
public sealed class RecordedChat : IChatSource
{
    /// <summary>Most messages that a recording may have.</summary>
    public const int MaxLines = 1_000_000;

    private readonly List<(long AtMs, string User, string Text)> _lines;
    private readonly long _startMs;
    private readonly bool _loop;
    private readonly long _lengthMs;

    private RecordedChat(List<(long AtMs, string User, string Text)> lines, long startMs, bool loop)
    {
        _lines = lines;
        _startMs = startMs;
        _loop = loop;
        _lengthMs = lines[^1].AtMs + 1000;
    }

    /// <summary>Reads a recording.</summary>
    /// <param name="path">The file.</param>
    /// <param name="startMs">When its second 0 is, milliseconds since the Unix epoch.</param>
    /// <param name="loop">Whether it begins anew a second after its last message.</param>
    /// <returns>The chat, or null and what is wrong with the file.</returns>
    public static (RecordedChat? Chat, string? Error) Read(string path, long startMs, bool loop)
    {
        if (!File.Exists(path)) return (null, $"{path} does not exist.");
        var messages = new List<(long, string, string)>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (messages.Count == MaxLines) return (null, $"{path} has more than {MaxLines} messages.");
            try
            {
                using var document = JsonDocument.Parse(line);
                var root = document.RootElement;
                var at = root.GetProperty("at").GetDouble();
                if (at < 0) return (null, $"{path}, line {number}: \"at\" is {at}, less than 0.");
                messages.Add(((long)(at * 1000), root.GetProperty("user").GetString() ?? "", root.GetProperty("text").GetString() ?? ""));
            }
            catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                return (null, $"{path}, line {number}: not a message like {{\"at\": 1.5, \"user\": \"u7\", \"text\": \"LUL\"}}: {fault.Message}");
            }
        }
        messages.Sort((a, b) => a.Item1.CompareTo(b.Item1));
        return messages.Count == 0 ? (null, $"{path} holds no messages.") : (new RecordedChat(messages, startMs, loop), null);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ChatLine> Between(long fromMs, long toMs)
    {
        var found = new List<ChatLine>();
        var first = Math.Max(0, fromMs - _startMs);
        for (var round = _loop ? first / _lengthMs : 0; round * _lengthMs + _startMs < toMs; round++)
        {
            var offset = _startMs + round * _lengthMs;
            for (var i = FirstAt(fromMs - offset); i < _lines.Count && _lines[i].AtMs + offset < toMs; i++) found.Add(Make(i, round, offset));
            if (!_loop) break;
        }
        return found;
    }

    private ChatLine Make(int index, long round, long offset)
    {
        var (atMs, user, text) = _lines[index];
        var (_, emotes) = Vocabulary.WithEmotes(text);
        var login = user.Length == 0 ? "someone" : user.ToLowerInvariant().Replace(' ', '_');
        var random = new Random((int)Channels.ChannelNames.Hash($"{index}/{round}"));
        return new ChatLine(ChatGenerator.Uuid(random), atMs + offset, login, ChatGenerator.UserId(login), text.ReplaceLineEndings(" "), "", emotes, null);
    }

    private int FirstAt(long atMs)
    {
        int low = 0, high = _lines.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_lines[middle].AtMs < atMs) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
