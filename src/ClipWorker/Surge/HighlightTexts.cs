namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// What was said in the last <see cref="Seconds"/>, for a reason in words: the first <see cref="PerSecond"/> texts of each
/// second that counted. Holds on to texts that were made anyway, and to no more of them.
/// </summary>
internal sealed class HighlightTexts
{
    /// <summary>How far back it remembers; a power of two.</summary>
    public const int Seconds = 64;

    /// <summary>Texts a second; of a faster chat the rest is not looked at.</summary>
    public const int PerSecond = 128;

    private const int LongestWord = 40;
    private readonly string?[] _texts = new string?[Seconds * PerSecond];
    private readonly int[] _counts = new int[Seconds];

    /// <summary>Remembers a text of this second.</summary>
    public void Add(long second, string text)
    {
        var slot = Slot(second);
        if (_counts[slot] < PerSecond) _texts[slot * PerSecond + _counts[slot]++] = text;
    }

    /// <summary>Begins a second; forgets the one that it takes the place of.</summary>
    public void Begin(long second)
    {
        var slot = Slot(second);
        Array.Clear(_texts, slot * PerSecond, _counts[slot]);
        _counts[slot] = 0;
    }

    /// <summary>
    /// The word, emote or phrase of reaction that most messages of these seconds hold: not a word of talk, not a mention, not
    /// a link. Null where none was said three times.
    /// </summary>
    public (string Word, int Times)? MostSaid(long from, long until)
    {
        var counts = new Dictionary<string, int>();
        var inThis = new HashSet<string>();
        for (var second = Math.Max(from, until - Seconds); second < until; second++)
        {
            var slot = Slot(second);
            for (var i = 0; i < _counts[slot]; i++)
            {
                inThis.Clear();
                foreach (var word in _texts[slot * PerSecond + i]!.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                    if (word.Length is > 1 and <= LongestWord && inThis.Add(word)) counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }

        var best = counts.Where(c => IsTelling(c.Key)).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).FirstOrDefault();
        return best.Value >= 3 ? (best.Key, best.Value) : null;
    }

    private static bool IsTelling(string word) =>
        word[0] != '@' && !word.Contains("://", StringComparison.Ordinal) && !HighlightWords.IsTalk(word);

    private static int Slot(long second) => (int)(second & (Seconds - 1));
}
