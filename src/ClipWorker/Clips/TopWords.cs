using StreamClips.Shared.Clips;

namespace StreamClips.ClipWorker.Clips;

/// <summary>
/// What a chat said most: words and emotes, each counted once a message, so that one message of many repeats is not what
/// the chat said. Case matters: emotes are names. Links and single letters are passed over.
/// </summary>
internal sealed class TopWords
{
    /// <summary>The most words that are told.</summary>
    public const int MostTold = 20;

    private const int MaxWordLength = 40;
    private const int MaxDifferentWords = 50_000;

    private readonly Dictionary<string, int> _counts = [];
    private readonly HashSet<string> _inThis = [];

    /// <summary>Counts a message's words.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        _inThis.Clear();
        foreach (var range in text.Split(' '))
        {
            var word = text[range].Trim();
            if (word.Length is < 2 or > MaxWordLength || word.Contains("://", StringComparison.Ordinal)) continue;
            if (!_counts.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out var known, out var times))
            {
                if (_counts.Count >= MaxDifferentWords) continue;
                known = word.ToString();
            }

            if (_inThis.Add(known)) _counts[known] = times + 1;
        }
    }

    /// <summary>The most frequent first; of equals the one that sorts first.</summary>
    public IReadOnlyList<WordCount> Most() =>
        [.. _counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(MostTold).Select(c => new WordCount(c.Key, c.Value))];
}
