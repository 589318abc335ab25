namespace StreamClips.ClipWorker.Chat;

/// <summary>Remembers the newest ids up to a bound, to know a message that comes again after a reconnect.</summary>
/// <param name="capacity">How many; the oldest is forgotten for a new one.</param>
internal sealed class RecentIds(int capacity)
{
    private readonly HashSet<ulong> _known = [];
    private readonly Queue<ulong> _order = new();

    /// <summary>Adds an id; false where it is known. A message without an id is always new.</summary>
    /// <param name="id">The id's <see cref="ChatHash"/>.</param>
    public bool Add(ulong id)
    {
        if (id == ChatHash.Nobody) return true;
        if (!_known.Add(id)) return false;
        _order.Enqueue(id);
        if (_order.Count > capacity) _known.Remove(_order.Dequeue());
        return true;
    }
}
