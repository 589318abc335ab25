using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// Which messages count: a chatter once in 5 s, and once in 30 s with the same text; a long text once in 30 s, whoever
/// pastes it; commands to bots (<c>!join</c>) never. Short reactions count from every chatter: that is what a surge is.
/// Fixed size: of more chatters than it has room for, the ones heard longest ago are forgotten.
/// </summary>
internal sealed class HighlightSpam
{
    private const long PerChatter = 5 * TimeSpan.TicksPerSecond;
    private const long SameText = 30 * TimeSpan.TicksPerSecond;
    private const int Ways = 4;
    private const int ChatterSets = 4096;
    private const int TextSets = 1024;
    private const int PasteLetters = 20;
    private const int PasteWords = 4;

    private readonly Entry[] _chatters = new Entry[ChatterSets * Ways];
    private readonly Entry[] _pasted = new Entry[TextSets * Ways];

    /// <summary>Whether the message counts, which is remembered.</summary>
    /// <param name="message">The message.</param>
    /// <param name="ticks">Its time; never earlier than that of a message before it.</param>
    /// <param name="reading">What it says.</param>
    public bool Counts(in ChatMessage message, long ticks, in HighlightReading reading)
    {
        var text = message.Text.Span;
        if (text.Length > 1 && text[0] == '!' && char.IsLetter(text[1])) return false;
        return IsNewFromChatter(message.User, ticks, reading.Identity) && !IsPasted(ticks, reading);
    }

    private bool IsNewFromChatter(ulong user, long ticks, ulong said)
    {
        if (user == ChatHash.Nobody) return true; // Nobody knows who: it cannot be held against anyone.
        ref var chatter = ref Find(_chatters, ChatterSets, user, out var known);
        if (known && ticks - chatter.Ticks < (chatter.Said == said ? SameText : PerChatter)) return false;
        (chatter.Ticks, chatter.Said) = (ticks, said);
        return true;
    }

    private bool IsPasted(long ticks, in HighlightReading reading)
    {
        if (reading.Words < PasteWords || reading.Letters < PasteLetters) return false;
        ref var text = ref Find(_pasted, TextSets, reading.Identity, out var known);
        var pasted = known && ticks - text.Ticks < SameText;
        text.Ticks = ticks; // A wave that goes on stays out, however long it lasts.
        return pasted;
    }

    private static ref Entry Find(Entry[] entries, int sets, ulong key, out bool known)
    {
        if (key == 0) key = 1; // 0 marks an empty entry.
        var first = (int)((key >> 17) & (ulong)(sets - 1)) * Ways;
        var oldest = first;
        for (var i = first; i < first + Ways; i++)
        {
            if (entries[i].Key == key)
            {
                known = true;
                return ref entries[i];
            }

            if (entries[i].Key == 0 || (entries[oldest].Key != 0 && entries[i].Ticks < entries[oldest].Ticks)) oldest = i;
        }

        known = false;
        entries[oldest] = new Entry { Key = key };
        return ref entries[oldest];
    }

    private struct Entry
    {
        public ulong Key;
        public ulong Said;
        public long Ticks;
    }
}
