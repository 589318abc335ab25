namespace StreamClips.ClipWorker.Chat;

/// <summary>
/// Remembers the newest ids up to a bound, to know a message that comes again after a reconnect. Fixed size: a ring of the
/// ids in their order, and a table with open addressing to find them.
/// </summary>
internal sealed class RecentIds
{
    private readonly ulong[] _order;
    private readonly ulong[] _table;
    private readonly ulong _mask;
    private int _next;

    /// <summary>Makes an empty one.</summary>
    /// <param name="capacity">How many ids; the oldest is forgotten for a new one.</param>
    public RecentIds(int capacity)
    {
        _order = new ulong[capacity];
        _table = new ulong[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity * 2)];
        _mask = (ulong)_table.Length - 1;
    }

    /// <summary>Adds an id; false where it is known. A message without an id is always new.</summary>
    /// <param name="id">The id's <see cref="ChatHash"/>.</param>
    public bool Add(ulong id)
    {
        if (id == ChatHash.Nobody) return true;
        var slot = Slot(id);
        if (_table[slot] == id) return false;
        _table[slot] = id;
        var oldest = _order[_next];
        _order[_next] = id;
        _next = _next + 1 == _order.Length ? 0 : _next + 1;
        if (oldest != ChatHash.Nobody) Remove(Slot(oldest));
        return true;
    }

    /// <summary>Where an id is, or would be.</summary>
    private ulong Slot(ulong id)
    {
        var slot = id & _mask;
        while (_table[slot] != ChatHash.Nobody && _table[slot] != id) slot = (slot + 1) & _mask;
        return slot;
    }

    /// <summary>Empties a slot, and moves those back that had to go past it.</summary>
    private void Remove(ulong hole)
    {
        for (var slot = (hole + 1) & _mask; _table[slot] != ChatHash.Nobody; slot = (slot + 1) & _mask)
        {
            // It stays where its own place lies behind the hole: from there it is found without passing the hole.
            if (((slot - (_table[slot] & _mask)) & _mask) < ((slot - hole) & _mask)) continue;
            _table[hole] = _table[slot];
            hole = slot;
        }

        _table[hole] = ChatHash.Nobody;
    }
}
