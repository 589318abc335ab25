namespace StreamClips.ClipWorker.Chat;

/// <summary>Remembers the newest ids up to a bound, to know a message that comes again after a reconnect.</summary>
/// <param name="capacity">How many; the oldest is forgotten for a new one.</param>
internal sealed class RecentIds(int capacity)
{
    private readonly HashSet<string> _known = [];
    private readonly Queue<string> _order = new();

    /// <summary>Adds an id; false where it is known. An empty id is always new.</summary>
    public bool Add(string id)
    {
        if (id.Length == 0) return true;
        if (!_known.Add(id)) return false;
        _order.Enqueue(id);
        if (_order.Count > capacity) _known.Remove(_order.Dequeue());
        return true;
    }
}
