namespace StreamClips.ClipWorker.Surge;

/// <summary>What a message says, as numbers.</summary>
/// <param name="Weight">How much it sounds like a reaction rather than talk, −<see cref="HighlightWords.Most"/> to <see cref="HighlightWords.Most"/>.</param>
/// <param name="Identity">Hash of its letters without case, spaces and punctuation: the same for the same text pasted.</param>
/// <param name="Words">Words in it.</param>
/// <param name="Letters">Characters that are neither spaces nor punctuation.</param>
internal readonly record struct HighlightReading(int Weight, ulong Identity, int Words, int Letters);

/// <summary>Reads messages: one pass, nothing allocated. Of a long message the first 300 characters.</summary>
internal static class HighlightWords
{
    /// <summary>What weights are counted in: so many make 1.</summary>
    public const int One = 100;

    /// <summary>The most that a message weighs, either way: one message is never an argument by itself.</summary>
    public const int Most = 70;

    private const int MaxRead = 300;
    private const int LongestWord = 24;
    private const ulong Offset = 14695981039346656037; // FNV-1a, 64 bit
    private const ulong Prime = 1099511628211;
    private const int TableSize = 1024;
    private static readonly Word[] Table = BuildTable();
    private static readonly Kind[] Kinds = BuildKinds();
    private static readonly ulong Pog = Hash("pog");
    private static readonly ulong Lul = Hash("lul");
    private static readonly ulong Monka = Hash("monka");
    private static readonly ulong Http = Hash("http");
    private static readonly ulong At = Hash("@");
    private static readonly ulong Laugh = Hash("haha");
    private static readonly ulong OneQuestion = Hash("?");
    private static readonly ulong Questions = Hash("??");

    /// <summary>Hash of a name; the same in every run.</summary>
    public static ulong Hash(ReadOnlySpan<char> name)
    {
        var hash = Offset;
        foreach (var c in name) hash = (hash ^ c) * Prime;
        return hash;
    }

    /// <summary>Whether the chat says this word when nothing happens.</summary>
    public static bool IsTalk(ReadOnlySpan<char> word) => Find(Read(word).FirstWord) is { Weight: < 0 };

    /// <summary>Reads a message.</summary>
    public static HighlightReading ReadMessage(ReadOnlySpan<char> text) => Read(text).Result();

    private static Reader Read(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxRead) text = text[..MaxRead];
        var reader = new Reader();
        for (var at = 0; at < text.Length; at++)
        {
            if (IsSpace(text[at])) continue;
            var begin = at;
            while (at < text.Length && !IsSpace(text[at])) at++;
            reader.TakeWord(text[begin..at]);
        }

        return reader;
    }

    private static bool IsSpace(char c) => c < 128 ? Kinds[c] == Kind.Space : char.IsWhiteSpace(c);

    // What there is to know of a character of ASCII.
    private static Kind[] BuildKinds()
    {
        var kinds = new Kind[128];
        for (var c = '\0'; c < 128; c++)
        {
            if (char.IsWhiteSpace(c)) kinds[c] = Kind.Space;
            else if (c is '.' or ',' or ';' or ':' or '"' or '(' or ')' or '[' or ']' or '*' or '~' or '_' or '-' or '\'' or '!' or '?') kinds[c] = Kind.Punctuation;
            else kinds[c] = (char.ToLowerInvariant(c) switch { 'h' or 'j' => Kind.LaughsH, 'a' or 'e' => Kind.LaughsA, 'u' => Kind.None, _ => Kind.LaughsNot })
                | (char.IsAsciiLetterUpper(c) ? Kind.Capital : char.IsAsciiLetterLower(c) ? Kind.Small : Kind.None);
        }

        return kinds;
    }

    private static Word Find(ulong key)
    {
        for (var i = (int)(key >> 40) & (TableSize - 1); Table[i].Key != 0; i = (i + 1) & (TableSize - 1))
            if (Table[i].Key == key) return Table[i];
        return default;
    }

    private static Word[] BuildTable()
    {
        var table = new Word[TableSize];
        byte id = 0;
        foreach (var (weight, words) in HighlightLexicon.Words)
            foreach (var word in words.Split(' ')) Slot(Hash(word)) = new(Hash(word), (short)weight, id++, false);
        foreach (var word in HighlightLexicon.Reactions.Split(' '))
        {
            ref var slot = ref Slot(Hash(word));
            slot = slot.Key == 0 ? new(Hash(word), 0, id++, true) : slot with { Reacts = true };
        }

        return table;

        ref Word Slot(ulong key)
        {
            var i = (int)(key >> 40) & (TableSize - 1);
            while (table[i].Key != 0 && table[i].Key != key) i = (i + 1) & (TableSize - 1);
            return ref table[i];
        }
    }

    private readonly record struct Word(ulong Key, short Weight, byte Id, bool Reacts);

    [Flags]
    private enum Kind : byte
    {
        None = 0,
        LaughsH = 1,
        LaughsA = 2,
        LaughsNot = 4,
        Small = 8,
        Punctuation = 16,
        Capital = 'a' - 'A',
        Space = 64,
    }

    /// <summary>Reads character by character; the hash of a word grows with it.</summary>
    private struct Reader
    {
        private ulong _hashAtEnd;
        private ulong _hashOf3;
        private ulong _hashOf4;
        private ulong _hashOf5;
        private ulong _identity;
        private ulong _seen0;
        private ulong _seen1;
        private ulong _seen2;
        private ulong _seen3;
        private bool _mentions;
        private bool _reacts;
        private bool _asks;
        private bool _exclaims;
        private Kind _laughs;
        private int _lengthAtEnd;
        private int _questions;
        private int _words;
        private int _capitals;
        private int _small;
        private int _caseless;
        private int _letters;
        private int _weight;

        public ulong FirstWord { get; private set; }

        /// <summary>Reads a word: what stands between two spaces. What changes with each character is kept in variables of its own.</summary>
        public void TakeWord(ReadOnlySpan<char> word)
        {
            ulong hash = Offset, identity = _identity;
            var (before, run, length, laughs) = ('\0', 0, 0, Kind.None);
            BeginWord();
            foreach (var c in word)
            {
                var kind = c < 128 ? Kinds[c] : Kind.LaughsNot;
                var lower = c < 128 ? (char)(c | (char)(kind & Kind.Capital)) : LowerForeign(c);
                _capitals += (int)(kind & Kind.Capital) >> 5;
                _small += (int)(kind & Kind.Small) >> 3;
                if (kind == Kind.Punctuation)
                {
                    if (c == '?') _questions++;
                    else if (c == '!') _exclaims = true;
                    if (length == 0) continue;
                }
                else
                {
                    _letters++;
                    identity = (identity ^ lower) * Prime;
                    if (length == 0) _mentions = lower == '@';
                }

                run = length > 0 && lower == before ? run + 1 : 1;
                before = lower;
                if (run <= 2)
                {
                    hash = (hash ^ lower) * Prime;
                    length++;
                    laughs |= kind;
                    if (length is >= 3 and <= 5) Remember(length, hash);
                }

                if (kind != Kind.Punctuation) (_hashAtEnd, _lengthAtEnd) = (hash, length);
            }

            _identity = identity;
            _laughs = laughs & (Kind.LaughsH | Kind.LaughsA | Kind.LaughsNot);
            EndWord();
        }

        private void Remember(int length, ulong hash)
        {
            if (length == 3) _hashOf3 = hash;
            else if (length == 4) _hashOf4 = hash;
            else _hashOf5 = hash;
        }

        private void EndWord()
        {
            _words++;
            if (_questions > 0) _asks = true;
            var key = Key();
            if (_lengthAtEnd > LongestWord && !_mentions && key != Http) return;
            if (_words == 1) FirstWord = key;
            Count(key);
        }

        public readonly HighlightReading Result()
        {
            var weight = _weight + (_words == 0 ? HighlightLexicon.NoWords : HighlightLexicon.ByWords[Math.Min(_words, 8) - 1]);
            if (_reacts) weight += HighlightLexicon.Reaction;
            if (_asks) weight += HighlightLexicon.Question;
            if (_exclaims) weight += HighlightLexicon.Exclamation;
            var alphabetic = _capitals + _small + _caseless;
            if (alphabetic > 1 && _capitals == alphabetic) weight += HighlightLexicon.AllCapitals;
            else if (alphabetic > 1 && _small != alphabetic) weight += HighlightLexicon.MixedCase;
            return new(Math.Clamp(weight, -Most, Most), _identity, _words, _letters);
        }

        private void BeginWord()
        {
            _hashAtEnd = Offset;
            _hashOf3 = _hashOf4 = _hashOf5 = 0;
            _lengthAtEnd = _questions = 0;
            _mentions = false;
        }

        private readonly ulong Key()
        {
            if (_lengthAtEnd == 0) return _questions > 1 ? Questions : _questions == 1 ? OneQuestion : 0;
            if (_mentions) return At;
            if (_hashOf4 == Http && _lengthAtEnd >= 4) return Http;
            return _lengthAtEnd >= 4 && _laughs == (Kind.LaughsH | Kind.LaughsA) ? Laugh : _hashAtEnd;
        }

        private void Count(ulong key)
        {
            if (key == 0) return;
            if (_lengthAtEnd >= 3 && (_hashOf3 == Pog || _hashOf3 == Lul || (_lengthAtEnd >= 5 && _hashOf5 == Monka))) _reacts = true;
            var word = Find(key);
            if (word.Key == 0) return;
            if (word.Reacts) _reacts = true;
            var bit = 1ul << (word.Id & 63);
            switch (word.Id >> 6)
            {
                case 1: Add(ref _seen1, bit, word.Weight); break;
                case 2: Add(ref _seen2, bit, word.Weight); break;
                case 3: Add(ref _seen3, bit, word.Weight); break;
                default: Add(ref _seen0, bit, word.Weight); break;
            }
        }

        // A word counts once a message.
        private void Add(ref ulong seen, ulong bit, int weight)
        {
            if ((seen & bit) == 0) _weight += weight;
            seen |= bit;
        }

        // Beyond ASCII.
        private char LowerForeign(char c)
        {
            if (!char.IsLetter(c)) return c;
            if (char.IsUpper(c)) _capitals++;
            else if (char.IsLower(c)) _small++;
            else _caseless++;
            return char.ToLowerInvariant(c);
        }
    }
}
