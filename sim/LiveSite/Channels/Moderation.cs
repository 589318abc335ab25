namespace StreamClips.LiveSite.Channels;

/// <summary>What a moderator did in a channel's chat.</summary>
/// <param name="AtMs">When, milliseconds since the Unix epoch.</param>
/// <param name="Kind">chat_clear or chat_delete.</param>
/// <param name="Text">The user's login name, or the message's id.</param>
public sealed record ModerationAct(long AtMs, string Kind, string Text);

/// <summary>The newest acts of moderation in a channel, for chats that are asked rather than listened to. At most <see cref="Limit"/>.</summary>
public sealed class Moderation
{
    /// <summary>How many acts are remembered; the oldest gives way.</summary>
    public const int Limit = 200;

    private volatile ModerationAct[] _acts = [];

    /// <summary>Remembers an act.</summary>
    /// <param name="act">The act.</param>
    public void Add(ModerationAct act) => _acts = [.. _acts.Append(act).TakeLast(Limit)];

    /// <summary>The acts of a stretch of time, oldest first.</summary>
    /// <param name="fromMs">Begin, inclusive.</param>
    /// <param name="toMs">End, exclusive.</param>
    public IReadOnlyList<ModerationAct> Between(long fromMs, long toMs) => [.. _acts.Where(a => a.AtMs >= fromMs && a.AtMs < toMs)];
}
