namespace StreamClips.ControlPlane.Liveness;

/// <summary>What is known of a streamer's broadcast.</summary>
public sealed record LiveStatus
{
    /// <summary>Whether somebody can be asked: a platform that tells.</summary>
    public required bool IsKnowable { get; init; }

    /// <summary>What the platform said last; null: it has not yet.</summary>
    public bool? Live { get; init; }

    /// <summary>Since when it says so; null: it has not said anything yet.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>Since when it does not answer; null: it does, or was not asked yet.</summary>
    public DateTimeOffset? SilentSince { get; init; }

    /// <summary>What more it said, for people, as that there is no such channel; empty: nothing.</summary>
    public string Note { get; init; } = "";

    /// <summary>Since when the streamer is to be looked at: its beginning, or the last change of its address.</summary>
    public required DateTimeOffset Since { get; init; }
}

/// <summary>What the planner makes of a status.</summary>
public enum Presence
{
    /// <summary>Nobody can be asked, or nobody answers: as if it were live. The worker finds out by itself.</summary>
    Unknown,

    /// <summary>It is about to be asked for the first time.</summary>
    Unasked,

    /// <summary>It is live.</summary>
    Live,

    /// <summary>It is not, as far as the platform ever said.</summary>
    Offline,
}

/// <summary>Decides what a status is worth. Pure.</summary>
public static class PresenceRules
{
    /// <summary>Why a streamer waits that is not live; the time of the next look is put behind it where it is shown.</summary>
    public const string OfflineWords = "offline";

    /// <summary>Why a streamer waits that was just added.</summary>
    public const string UnaskedWords = "its platform is being asked whether it is live";

    /// <summary>A streamer that was just added waits so long for the first look; then it is started without.</summary>
    public static readonly TimeSpan LongestFirstLook = TimeSpan.FromSeconds(10);

    /// <summary>What a platform said is believed for so long while it does not answer. Then streamers that were offline are started too, for nobody would tell.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(15);

    /// <summary>A worker whose channel went offline is kept so long: streams that break off mostly come back soon.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromMinutes(1);

    /// <summary>What is known of it.</summary>
    /// <param name="status">The status; null: none is kept.</param>
    /// <param name="now">The time.</param>
    public static Presence Of(LiveStatus? status, DateTimeOffset now)
    {
        if (status is not { IsKnowable: true }) return Presence.Unknown;
        if (status.Live is not { } live) return status.SilentSince is not null || now - status.Since >= LongestFirstLook ? Presence.Unknown : Presence.Unasked;
        if (live) return Presence.Live;
        return now - status.SilentSince >= LongestSilence ? Presence.Unknown : Presence.Offline;
    }

    /// <summary>
    /// Whether a worker that itself waits for its channel may be ended: the platform says now, and has said for a while, that it is offline.
    /// Two have to say so; the word of one, which may be a lie or late, ends nothing.
    /// </summary>
    public static bool MayEnd(LiveStatus? status, DateTimeOffset now) =>
        Of(status, now) == Presence.Offline && status!.SilentSince is null && now - status.ChangedAt >= Linger;

    /// <summary>Whether the channel went live after this: a rest that began then is over.</summary>
    public static bool WentLiveAfter(LiveStatus? status, DateTimeOffset then) => status is { Live: true, ChangedAt: { } at } && at > then;

    /// <summary>Why it waits, in words that stay the same from look to look.</summary>
    public static string Words(LiveStatus status) => status.Note.Length > 0 ? status.Note : OfflineWords;
}
