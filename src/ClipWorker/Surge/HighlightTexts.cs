using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// What was said in the last <see cref="Seconds"/>, for a reason in words: the first <see cref="PerSecond"/> texts of each
/// second that counted, in memory that is used again.
/// </summary>
internal sealed class HighlightTexts
{
    /// <summary>How far back it remembers.</summary>
    public const int Seconds = 64;

    /// <summary>Texts a second; of a faster chat the rest is not looked at.</summary>
    public const int PerSecond = 128;

    private const int MaxChars = Seconds * PerSecond * 64;
    private const int LongestWord = 40;
    private readonly TextQueue<long> _texts = new(Seconds * PerSecond, MaxChars);
    private int _inThisSecond;

    /// <summary>Remembers a text of this second.</summary>
    public void Add(long second, ReadOnlySpan<char> text)
    {
        if (_inThisSecond++ < PerSecond) _texts.Add(second, text);
    }

    /// <summary>Begins a second; forgets what is too old for it.</summary>
    public void Begin(long second)
    {
        _inThisSecond = 0;
        while (_texts.Count > 0 && _texts[0] <= second - Seconds) _texts.DropOldest();
    }

    /// <summary>
    /// The word, emote or phrase of reaction that most messages of these seconds hold: not a word of talk, not a mention, not
    /// a link. Null where none was said three times.
    /// </summary>
    public (string Word, int Times)? MostSaid(long from, long until)
    {
        var counts = new Dictionary<string, int>();
        var inThis = new HashSet<string>();
        for (var i = 0; i < _texts.Count; i++)
        {
            if (_texts[i] < from || _texts[i] >= until) continue;
            inThis.Clear();
            foreach (var word in _texts.Text(i).ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                if (word.Length is > 1 and <= LongestWord && inThis.Add(word)) counts[word] = counts.GetValueOrDefault(word) + 1;
        }

        var best = counts.Where(c => IsTelling(c.Key)).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).FirstOrDefault();
        return best.Value >= 3 ? (best.Key, best.Value) : null;
    }

    private static bool IsTelling(string word) =>
        word[0] != '@' && !word.Contains("://", StringComparison.Ordinal) && !HighlightWords.IsTalk(word);
}
