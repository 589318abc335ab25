using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// The messages that counted in the last <see cref="Seconds"/>: for a reason in words, and to take them back. Of each second
/// the first <see cref="PerSecond"/> keep their text. In memory that is used again; it grows with the chat, up to its bound.
/// </summary>
internal sealed class HighlightRecent
{
    /// <summary>How far back it remembers.</summary>
    public const int Seconds = 64;

    /// <summary>Texts a second; of a faster chat the rest is not looked at.</summary>
    public const int PerSecond = 128;

    // 512 a second: of a faster chat it remembers less than all seconds.
    private const int MostMessages = Seconds * 512;
    private const int MaxChars = Seconds * PerSecond * 64;
    private const int LongestWord = 40;

    // About as long as what a reason tells of.
    private const int ShareSeconds = 28;
    private const double ShareTimeConstant = 300;
    private static readonly double Alpha = 1 - Math.Exp(-ShareSeconds / ShareTimeConstant);

    private readonly TextQueue<Counted> _messages = new(MostMessages, MaxChars);
    private readonly HashSet<ulong> _users = [];
    private (double Level, double Weight) _share;
    private int _inThisSecond;

    /// <summary>How many different chatters there usually are to a message, over as long as a reason tells of; 0 to 1.</summary>
    public double ChattersPerMessage => _share.Weight > 0 ? _share.Level / _share.Weight : 1;

    /// <summary>Remembers a message of this second.</summary>
    /// <param name="second">The second that it counted in.</param>
    /// <param name="message">The message.</param>
    /// <param name="weight">What it counted for.</param>
    public void Add(long second, in ChatMessage message, int weight) =>
        _messages.Add(new(second, message.User, message.Id, weight), _inThisSecond++ < PerSecond ? message.Text.Span : default);

    /// <summary>Begins a second; forgets what is too old for it.</summary>
    public void Begin(long second)
    {
        _inThisSecond = 0;
        while (_messages.Count > 0 && _messages[0].Second <= second - Seconds) _messages.DropOldest();
        if (second % ShareSeconds == 0) LearnShare(second);
    }

    /// <summary>Takes back one message, or all of a user's, or all: as if they had not counted.</summary>
    /// <param name="removed">The message's id; without one the user; without either it means all.</param>
    /// <param name="history">Where they counted.</param>
    /// <param name="taken">Where those go that there were: the second that each counted in, and its weight.</param>
    public void TakeBack(in ChatMessage removed, HighlightHistory history, List<(long Second, int Weight)> taken)
    {
        for (var i = 0; i < _messages.Count; i++)
        {
            var message = _messages[i];
            if (message.TakenBack || !IsMeant(message, removed)) continue;
            _messages.Replace(i, message with { TakenBack = true });
            _messages.EraseText(i);
            history.Remove(message.Second, message.Weight);
            taken.Add((message.Second, message.Weight));
        }
    }

    /// <summary>How many different chatters' messages counted in these seconds; who cannot be told apart counts each time.</summary>
    public int Chatters(long from, long until) => Count(from, until).Chatters;

    /// <summary>
    /// The word, emote or phrase of reaction that most messages of these seconds hold: not a word of talk, not a mention, not
    /// a link. Null where none was said three times.
    /// </summary>
    public (string Word, int Times)? MostSaid(long from, long until)
    {
        var counts = new Dictionary<string, int>();
        var inThis = new HashSet<string>();
        for (var i = 0; i < _messages.Count; i++)
        {
            if (_messages[i].Second < from || _messages[i].Second >= until) continue;
            inThis.Clear();
            foreach (var word in _messages.Text(i).ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                if (word.Length is > 1 and <= LongestWord && inThis.Add(word)) counts[word] = counts.GetValueOrDefault(word) + 1;
        }

        var best = counts.Where(c => IsTelling(c.Key)).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).FirstOrDefault();
        return best.Value >= 3 ? (best.Key, best.Value) : null;
    }

    private static bool IsTelling(string word) =>
        word[0] != '@' && !word.Contains("://", StringComparison.Ordinal) && !HighlightWords.IsTalk(word);

    private static bool IsMeant(in Counted message, in ChatMessage removed) =>
        removed.Id != ChatHash.Nobody ? message.Id == removed.Id : removed.User == ChatHash.Nobody || message.User == removed.User;

    // A silence says nothing of it, so an outage moves it not.
    private void LearnShare(long second)
    {
        var (chatters, messages) = Count(second - ShareSeconds, second);
        if (messages > 0) _share = (_share.Level + Alpha * ((double)chatters / messages - _share.Level), _share.Weight + Alpha * (1 - _share.Weight));
    }

    private (int Chatters, int Messages) Count(long from, long until)
    {
        _users.Clear();
        var (nobodies, messages) = (0, 0);
        for (var i = _messages.Count - 1; i >= 0 && _messages[i].Second >= from; i--)
        {
            ref readonly var message = ref _messages[i];
            if (message.Second >= until || message.TakenBack) continue;
            messages++;
            if (message.User == ChatHash.Nobody) nobodies++;
            else _users.Add(message.User);
        }

        return (_users.Count + nobodies, messages);
    }

    private readonly record struct Counted(long Second, ulong User, ulong Id, int Weight, bool TakenBack = false);
}
