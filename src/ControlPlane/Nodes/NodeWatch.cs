namespace StreamClips.ControlPlane.Nodes;

/// <summary>
/// Decides how long a silence counts. A node is lost when it was silent for 15 s, but only for a silence that we listened
/// to: what was not heard because we were not there says nothing.
/// </summary>
/// <param name="since">When the listening began.</param>
public sealed class NodeWatch(DateTimeOffset since)
{
    /// <summary>The silence after which a node is lost.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private DateTimeOffset _since = since;

    /// <summary>Nothing could be heard until this time.</summary>
    public void Deaf(DateTimeOffset until) => _since = until;

    /// <summary>Nodes last heard before the answer are lost; null: we have not listened for long enough to say.</summary>
    public DateTimeOffset? LostBefore(DateTimeOffset now) => now - _since < Silence ? null : now - Silence;
}
