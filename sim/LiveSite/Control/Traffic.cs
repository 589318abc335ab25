using System.Collections.Concurrent;
using StreamClips.LiveSite.Faults;

namespace StreamClips.LiveSite.Control;

/// <summary>What was served of one kind for one channel.</summary>
/// <param name="Requests">Requests that were begun.</param>
/// <param name="Answered">Requests that were answered whole with a status below 400.</param>
/// <param name="Refused">Requests that were answered with a status of 400 or more.</param>
/// <param name="Dropped">Requests whose connection was reset, by us or by the client.</param>
/// <param name="Bytes">Bytes of bodies sent.</param>
public sealed record TrafficCount(long Requests, long Answered, long Refused, long Dropped, long Bytes)
{
    /// <summary>Nothing.</summary>
    public static readonly TrafficCount None = new(0, 0, 0, 0, 0);
}

/// <summary>Counts requests by channel and kind, so that tests can wait for what a client did.</summary>
public sealed class Traffic
{
    private readonly ConcurrentDictionary<(string Channel, FaultTarget Kind), TrafficCount> _counts = new();

    /// <summary>Whether anybody has loaded a playlist.</summary>
    public bool IsWatched => _counts.Keys.Any(k => k.Kind == FaultTarget.Playlist);

    /// <summary>Counts a request.</summary>
    /// <param name="channel">The channel; null: none in particular.</param>
    /// <param name="kind">What was asked for.</param>
    public void Begin(string? channel, FaultTarget kind) => Change(channel, kind, c => c with { Requests = c.Requests + 1 });

    /// <summary>Counts how a request ended.</summary>
    /// <param name="channel">The channel; null: none in particular.</param>
    /// <param name="kind">What was asked for.</param>
    /// <param name="status">The status; 0: the connection was reset.</param>
    /// <param name="bytes">Bytes of the body.</param>
    public void End(string? channel, FaultTarget kind, int status, long bytes) => Change(channel, kind, c => status switch
    {
        0 => c with { Dropped = c.Dropped + 1, Bytes = c.Bytes + bytes },
        >= 400 => c with { Refused = c.Refused + 1, Bytes = c.Bytes + bytes },
        _ => c with { Answered = c.Answered + 1, Bytes = c.Bytes + bytes },
    });

    /// <summary>The counts of a channel by kind.</summary>
    /// <param name="channel">The channel; null: requests that named none.</param>
    public IReadOnlyDictionary<string, TrafficCount> Of(string? channel) =>
        new[] { FaultTarget.Gql, FaultTarget.Usher, FaultTarget.Playlist, FaultTarget.Segment, FaultTarget.Kick, FaultTarget.YouTube, FaultTarget.Chat }.ToDictionary(
            kind => kind.ToString().ToLowerInvariant(), kind => _counts.GetValueOrDefault((channel ?? "", kind), TrafficCount.None));

    private void Change(string? channel, FaultTarget kind, Func<TrafficCount, TrafficCount> change) =>
        _counts.AddOrUpdate((channel ?? "", kind), _ => change(TrafficCount.None), (_, count) => change(count));
}
