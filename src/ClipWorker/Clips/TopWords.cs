using StreamClips.Shared.Clips;

namespace StreamClips.ClipWorker.Clips;

/// <summary>What a chat said most. Pure.</summary>
internal static class TopWords
{
    /// <summary>The most words that are told.</summary>
    public const int Most = 20;

    private const int MaxWordLength = 40;
    private const int MaxDifferentWords = 50_000;

    /// <summary>
    /// Counts words and emotes, each once a message, so that one message of many repeats is not what the chat said. Case
    /// matters: emotes are names. Links and single letters are passed over.
    /// </summary>
    /// <returns>The most frequent first; of equals the one that sorts first.</returns>
    public static IReadOnlyList<WordCount> Of(IEnumerable<ReadOnlyMemory<char>> texts)
    {
        var counts = new Dictionary<string, int>();
        var inThis = new HashSet<string>();
        foreach (var text in texts)
        {
            inThis.Clear();
            foreach (var word in text.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (word.Length is < 2 or > MaxWordLength || word.Contains("://", StringComparison.Ordinal) || !inThis.Add(word)) continue;
                if (counts.TryGetValue(word, out var known) || counts.Count < MaxDifferentWords) counts[word] = known + 1;
            }
        }

        return [.. counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(Most).Select(c => new WordCount(c.Key, c.Value))];
    }
}
