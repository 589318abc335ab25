namespace StreamClips.ControlPlane.Nodes;

/// <summary>
/// Decides how long a silence counts. A node is lost when it was silent for 15 s, but only for a silence that we listened
/// to: what was not heard because we were not there says nothing. All times are the database's: nodes are heard by any replica, and
/// the clocks of replicas may differ.
/// </summary>
/// <param name="silence">The silence after which a node is lost; null: <see cref="Silence"/>.</param>
public sealed class NodeWatch(TimeSpan? silence = null)
{
    /// <summary>The silence after which a node is lost, where nothing else is wished.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>Between two looks no more than this goes by, unless the whole program or its host was paused, or the clock was set.</summary>
    public static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(8);

    private readonly TimeSpan _silence = silence ?? Silence;
    private readonly Lock _lock = new();
    private DateTimeOffset? _since;
    private DateTimeOffset _looked;

    /// <summary>Nothing could be heard until now: the listening begins with the next look.</summary>
    public void Deaf()
    {
        lock (_lock) _since = null;
    }

    /// <summary>Nodes last heard before the answer are lost; null: we have not listened for long enough to say.</summary>
    public DateTimeOffset? LostBefore(DateTimeOffset now)
    {
        lock (_lock)
        {
            // Also back: what was heard has the times of another clock then, and is heard anew.
            if ((now - _looked).Duration() > LongestGap) _since = null;
            var since = _since ??= now;
            _looked = now;
            return now - since < _silence ? null : now - _silence;
        }
    }
}
