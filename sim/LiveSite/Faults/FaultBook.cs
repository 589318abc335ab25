namespace StreamClips.LiveSite.Faults;

/// <summary>What can go wrong on purpose.</summary>
public enum FaultKind
{
    /// <summary>The playlist stops advancing; what is sent meanwhile is lost.</summary>
    Stall,

    /// <summary>Requests are answered with an error status.</summary>
    Status,

    /// <summary>Connections are reset, at once or in the middle of the answer.</summary>
    Drop,

    /// <summary>Answers trickle.</summary>
    Slow,

    /// <summary>A playlist is answered with something that is none.</summary>
    BadPlaylist,

    /// <summary>Requests are answered with a redirect to another address of the same.</summary>
    Redirect,

    /// <summary>The source cannot be had: it is in no master playlist, and its own is gone.</summary>
    LostQuality,

    /// <summary>The platform's clock is wrong.</summary>
    Skew,

    /// <summary>The chat says nothing, and keeps its connections.</summary>
    ChatSilence,

    /// <summary>New chat connections are closed at once.</summary>
    ChatRefuse,
}

/// <summary>Where a fault strikes.</summary>
[Flags]
public enum FaultTarget
{
    /// <summary>Nowhere.</summary>
    None = 0,

    /// <summary>The GQL endpoint, where the request names the channel.</summary>
    Gql = 1,

    /// <summary>Master playlists: usher and the plain one.</summary>
    Usher = 2,

    /// <summary>Media playlists.</summary>
    Playlist = 4,

    /// <summary>Segments.</summary>
    Segment = 8,

    /// <summary>The chat.</summary>
    Chat = 16,

    /// <summary>Keys of encrypted segments.</summary>
    Key = 256,

    /// <summary>Kick's API.</summary>
    Kick = 32,

    /// <summary>YouTube's pages and player.</summary>
    YouTube = 64,
}

/// <summary>A fault in force.</summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Target">Where.</param>
/// <param name="Until">When it ends; null: by its count, or never.</param>
/// <param name="Count">How many requests it still strikes; null: all until it ends.</param>
/// <param name="Number">The status, the bytes a second, the bytes before the drop, or the milliseconds of skew.</param>
/// <param name="Shape">What a bad playlist looks like: html, empty, binary, truncated or huge.</param>
public sealed record Fault(FaultKind Kind, FaultTarget Target, DateTimeOffset? Until, int? Count, long Number, string? Shape);

/// <summary>The faults of one channel, at most <see cref="Limit"/>; the oldest gives way.</summary>
public sealed class FaultBook
{
    /// <summary>How many faults can be in force at once.</summary>
    public const int Limit = 64;

    private readonly Lock _gate = new();
    private readonly List<Fault> _faults = [];

    /// <summary>Puts a fault in force.</summary>
    /// <param name="fault">The fault.</param>
    public void Add(Fault fault)
    {
        lock (_gate)
        {
            if (_faults.Count == Limit) _faults.RemoveAt(0);
            _faults.Add(fault);
        }
    }

    /// <summary>Ends all faults.</summary>
    public void Clear()
    {
        lock (_gate) _faults.Clear();
    }

    /// <summary>The faults in force.</summary>
    /// <param name="now">The time.</param>
    public IReadOnlyList<Fault> All(DateTimeOffset now)
    {
        lock (_gate)
        {
            _faults.RemoveAll(f => f.Until <= now);
            return [.. _faults];
        }
    }

    /// <summary>A fault in force, without using it up; null: none.</summary>
    /// <param name="kind">What.</param>
    /// <param name="target">Where; any of several.</param>
    /// <param name="now">The time.</param>
    public Fault? Active(FaultKind kind, FaultTarget target, DateTimeOffset now) =>
        All(now).FirstOrDefault(f => f.Kind == kind && (f.Target & target) != FaultTarget.None);

    /// <summary>A fault in force; one that strikes a number of times has one less.</summary>
    /// <param name="kind">What.</param>
    /// <param name="target">Where.</param>
    /// <param name="now">The time.</param>
    public Fault? Take(FaultKind kind, FaultTarget target, DateTimeOffset now)
    {
        lock (_gate)
        {
            _faults.RemoveAll(f => f.Until <= now);
            var i = _faults.FindIndex(f => f.Kind == kind && (f.Target & target) != FaultTarget.None);
            if (i < 0) return null;
            var fault = _faults[i];
            if (fault.Count is 1) _faults.RemoveAt(i);
            else if (fault.Count is { } count) _faults[i] = fault with { Count = count - 1 };
            return fault;
        }
    }
}
