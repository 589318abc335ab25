namespace StreamClips.ControlPlane.Nodes;

/// <summary>
/// Decides how long a silence counts. A node is lost when it was silent for 15 s, but only for a silence that we listened
/// to: what was not heard because we were not there says nothing.
/// </summary>
/// <param name="since">When the listening began.</param>
/// <param name="silence">The silence after which a node is lost; null: <see cref="Silence"/>.</param>
public sealed class NodeWatch(DateTimeOffset since, TimeSpan? silence = null)
{
    /// <summary>The silence after which a node is lost, where nothing else is wished.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>Between two looks no more than this goes by, unless the whole program or its host was paused.</summary>
    public static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(8);

    private readonly TimeSpan _silence = silence ?? Silence;
    private readonly Lock _lock = new();
    private DateTimeOffset _since = since;
    private DateTimeOffset _looked = since;

    /// <summary>Nothing could be heard until this time.</summary>
    public void Deaf(DateTimeOffset until)
    {
        lock (_lock) _since = _looked = until;
    }

    /// <summary>Nodes last heard before the answer are lost; null: we have not listened for long enough to say.</summary>
    public DateTimeOffset? LostBefore(DateTimeOffset now)
    {
        lock (_lock)
        {
            if (now - _looked > LongestGap) _since = now;
            if (now > _looked) _looked = now;
            return now - _since < _silence ? null : now - _silence;
        }
    }
}
