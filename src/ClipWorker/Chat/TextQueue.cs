namespace StreamClips.ClipWorker.Chat;

/// <summary>
/// Things with a text each, first in, first out, in memory that is used again and again: texts stand one behind the other in
/// one ring of characters. Bounded in number and in characters; the oldest go for a new one. It starts small and grows up
/// to its bounds, and never shrinks. One thread.
/// </summary>
/// <typeparam name="T">What belongs to a text.</typeparam>
/// <param name="maxCount">The most things.</param>
/// <param name="maxChars">The most characters, and the longest text: of a longer one the rest is left out.</param>
internal sealed class TextQueue<T>(int maxCount, int maxChars)
{
    private Entry[] _entries = new Entry[Math.Min(maxCount, 16)];
    private char[] _chars = new char[Math.Min(maxChars, 512)];
    private int _first;

    /// <summary>How many things there are.</summary>
    public int Count { get; private set; }

    /// <summary>One of them, 0 being the oldest.</summary>
    public ref readonly T this[int index] => ref At(index).Item;

    /// <summary>Its text, good until something is added.</summary>
    public ReadOnlySpan<char> Text(int index) => _chars.AsSpan(At(index).Start, At(index).Length);

    /// <summary>Adds one, with a copy of its text.</summary>
    /// <returns>How many of the oldest went for it.</returns>
    public int Add(in T item, ReadOnlySpan<char> text)
    {
        if (text.Length > maxChars) text = text[..maxChars];
        var dropped = 0;
        if (Count == maxCount) dropped += DropOldest();
        if (Count == _entries.Length) GrowEntries();
        int start;
        while ((start = Room(text.Length)) < 0)
        {
            if (_chars.Length < maxChars) GrowChars();
            else dropped += DropOldest();
        }

        text.CopyTo(_chars.AsSpan(start));
        _entries[(_first + Count++) % _entries.Length] = new() { Item = item, Start = start, Length = text.Length };
        return dropped;
    }

    /// <summary>Puts another thing in the place of one; its text stays.</summary>
    public void Replace(int index, in T item) => At(index).Item = item;

    /// <summary>Its text, to be changed in its place.</summary>
    public Span<char> EditText(int index) => _chars.AsSpan(At(index).Start, At(index).Length);

    /// <summary>Forgets the text of one.</summary>
    public void EraseText(int index) => At(index).Length = 0;

    /// <summary>Removes the oldest.</summary>
    /// <returns>How many that were: 0 or 1.</returns>
    public int DropOldest()
    {
        if (Count == 0) return 0;
        _entries[_first] = default;
        _first = (_first + 1) % _entries.Length;
        Count--;
        return 1;
    }

    /// <summary>Removes all.</summary>
    public void Clear()
    {
        while (Count > 0) DropOldest();
    }

    private ref Entry At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return ref _entries[(_first + index) % _entries.Length];
    }

    /// <summary>Where a text of this length fits in one piece: behind the newest one, or at the beginning; −1: nowhere.</summary>
    private int Room(int length)
    {
        if (Count == 0) return length <= _chars.Length ? 0 : -1;
        var oldest = _entries[_first].Start;
        ref var newest = ref At(Count - 1);
        var free = newest.Start + newest.Length;
        // Once around, the newest stays below the oldest by at least a place, so that this tells the two cases apart.
        if (newest.Start < oldest) return length < oldest - free ? free : -1;
        if (length <= _chars.Length - free) return free;
        return length < oldest ? 0 : -1;
    }

    private void GrowEntries()
    {
        var larger = new Entry[Math.Min(maxCount, 2 * _entries.Length)];
        for (var i = 0; i < Count; i++) larger[i] = At(i);
        (_entries, _first) = (larger, 0);
    }

    private void GrowChars()
    {
        var larger = new char[Math.Min(maxChars, 2 * _chars.Length)];
        var end = 0;
        for (var i = 0; i < Count; i++)
        {
            ref var entry = ref At(i);
            _chars.AsSpan(entry.Start, entry.Length).CopyTo(larger.AsSpan(end));
            entry.Start = end;
            end += entry.Length;
        }

        _chars = larger;
    }

    private struct Entry
    {
        public T Item;
        public int Start;
        public int Length;
    }
}
