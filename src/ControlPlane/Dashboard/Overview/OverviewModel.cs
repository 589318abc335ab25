using StreamClips.ControlPlane.Clips;
using StreamClips.ControlPlane.Nodes;

namespace StreamClips.ControlPlane.Dashboard.Overview;

/// <summary>What the overview shows.</summary>
public sealed record OverviewModel
{
    /// <summary>Channels that are wanted or still run, by name.</summary>
    public required IReadOnlyList<ChannelRow> Channels { get; init; }

    /// <summary>Whether there are more channels than are shown.</summary>
    public required bool IsCut { get; init; }

    /// <summary>The newest clips, newest first.</summary>
    public required IReadOnlyList<Clip> Newest { get; init; }

    /// <summary>Clips whose first frame is at most 24 hours old.</summary>
    public required long ClipsToday { get; init; }

    /// <summary>Nodes that ever registered.</summary>
    public required int Nodes { get; init; }

    /// <summary>Nodes that answer.</summary>
    public required int NodesReady { get; init; }

    /// <summary>Channels that are wanted.</summary>
    public int Active => Channels.Count(c => c.Streamer.Active);

    /// <summary>Channels whose video and chat are read now.</summary>
    public int Live => Channels.Count(c => c.ShowsChat);

    /// <summary>Channels that want somebody's eye.</summary>
    public int Trouble => Channels.Count(c => c.State.Tone is "bad" or "warn");
}

/// <summary>Reads what the overview shows.</summary>
public sealed class OverviewReader(ChannelReader channels, ClipStore clips, NodeStore nodes, TimeProvider clock)
{
    private const int NewestClips = 10;

    /// <summary>Everything, as it is now.</summary>
    public async Task<OverviewModel> ReadAsync(CancellationToken cancellation)
    {
        var rows = await channels.ListAsync(after: null, cancellation);
        var all = await nodes.ListAsync(cancellation);
        return new OverviewModel
        {
            Channels = [.. rows.Take(ChannelReader.PageSize).Where(c => c.Streamer.Active || c.Process is not null)],
            IsCut = rows.Count > ChannelReader.PageSize,
            Newest = await clips.NewestAsync(NewestClips, cancellation),
            ClipsToday = await clips.CountSinceAsync(clock.GetUtcNow() - TimeSpan.FromDays(1), cancellation),
            Nodes = all.Count,
            NodesReady = all.Count(n => n.State == NodeState.Ready),
        };
    }
}
