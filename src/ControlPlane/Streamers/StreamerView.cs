using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace StreamClips.ControlPlane.Streamers;

/// <summary>A channel to watch, as the API shows it.</summary>
public sealed record StreamerView
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Display name, unique in any case.</summary>
    public required string Name { get; init; }

    /// <summary>The channel's page, a playlist, or an RTMP address with <c>****</c> in the place of its key.</summary>
    public required string Url { get; init; }

    /// <summary>A channel whose chat is read instead; null: the platform's own.</summary>
    public required string? ChatUrl { get; init; }

    /// <summary>Whether it shall be watched.</summary>
    public required bool Active { get; init; }

    /// <summary>Its own settings: what differs from the defaults.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Settings { get; init; }

    /// <summary>Why it runs nowhere although it is active, as <c>offline; next look at 21:04:30</c>; empty otherwise.</summary>
    public required string Waiting { get; init; }

    /// <summary>Whether it is live, as its platform said last; null: it has not said, or cannot be asked (RTMP, other sites).</summary>
    public required bool? Live { get; init; }

    /// <summary>Since when its platform says so.</summary>
    public required DateTimeOffset? LiveChangedAt { get; init; }

    /// <summary>When its platform said so last.</summary>
    public required DateTimeOffset? LiveCheckedAt { get; init; }

    /// <summary>Why the last look brought no answer; empty where it did.</summary>
    public required string LiveFault { get; init; }

    /// <summary>When its platform is asked next; null: it is not, or at once.</summary>
    public required DateTimeOffset? NextLookAt { get; init; }

    /// <summary>The live process; null where it runs nowhere.</summary>
    public required StreamerProcess? Process { get; init; }

    /// <summary>Grows with every change that somebody makes.</summary>
    public required long Version { get; init; }

    /// <summary>When it was added.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>An example.</summary>
    public static StreamerView Example { get; } = new()
    {
        Id = Guid.Parse("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"), Name = "Ada", Url = "https://www.twitch.tv/ada", ChatUrl = null, Active = true,
        Settings = Overrides("""{"clip_duration": 45}"""), Waiting = "",
        Live = true, LiveChangedAt = DateTimeOffset.Parse("2026-02-01T08:00:00Z"), LiveCheckedAt = DateTimeOffset.Parse("2026-02-01T08:30:00Z"), LiveFault = "", NextLookAt = DateTimeOffset.Parse("2026-02-01T08:30:57Z"),
        Process = new()
        {
            Id = Guid.Parse("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c"), Node = "node-1", State = "running", Phase = "watching", Placement = "on node-1: least loaded of 4 with room",
        },
        Version = 7, CreatedAt = DateTimeOffset.Parse("2026-01-31T12:00:00Z"), UpdatedAt = DateTimeOffset.Parse("2026-02-01T08:30:00Z"),
    };

    /// <summary>A row as the API shows it.</summary>
    public static StreamerView Of(Streamer s) => new()
    {
        Id = s.Id, Name = s.Name, Url = s.Url, ChatUrl = s.ChatUrl, Active = s.Active, Settings = Overrides(s.Settings), Waiting = s.WaitingNow,
        Live = s.Live, LiveChangedAt = s.LiveChangedAt, LiveCheckedAt = s.LiveCheckedAt, LiveFault = s.LiveFault ?? "", NextLookAt = s.NextLookAt,
        Process = s.ProcessId is null ? null : new() { Id = s.ProcessId.Value, Node = s.NodeId, State = s.State, Phase = s.Phase, Placement = s.Placement },
        Version = s.Version, CreatedAt = s.CreatedAt, UpdatedAt = s.UpdatedAt,
    };

    private static Dictionary<string, JsonElement> Overrides(string json) => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!;
}

/// <summary>The live process of a streamer, in short.</summary>
public sealed record StreamerProcess
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The node that it is on.</summary>
    public required string? Node { get; init; }

    /// <summary>How it is.</summary>
    public required string? State { get; init; }

    /// <summary>What its worker is doing.</summary>
    public required string? Phase { get; init; }

    /// <summary>Why it is on that node, in words.</summary>
    public required string? Placement { get; init; }
}

/// <summary>What is said of a streamer to add or change it; <see cref="StreamerBody"/> reads it. A change says everything anew, but <c>active</c>, which stays where it is left out.</summary>
public sealed record StreamerInput
{
    /// <summary>Display name, unique in any case.</summary>
    [Length(1, 100)]
    public required string Name { get; init; }

    /// <summary>The channel's page, a playlist, or an RTMP address. An RTMP address as it is shown, with <c>****</c>, keeps its key.</summary>
    [Length(1, StreamUrl.Longest)]
    public required string Url { get; init; }

    /// <summary>A channel whose chat is read instead; null: the platform's own.</summary>
    [MaxLength(StreamUrl.Longest)]
    public string? ChatUrl { get; init; }

    /// <summary>Whether it shall be watched; a new one is where nothing is said.</summary>
    public bool? Active { get; init; }

    /// <summary>Its own settings: what differs from the defaults.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Settings { get; init; }

    /// <summary>What would make a streamer as it is.</summary>
    public static StreamerInput Of(Streamer s)
    {
        var view = StreamerView.Of(s);
        return new() { Name = view.Name, Url = view.Url, ChatUrl = view.ChatUrl, Active = view.Active, Settings = view.Settings };
    }

    /// <summary>An example.</summary>
    public static StreamerInput Example { get; } = new() { Name = "Ada", Url = "https://www.twitch.tv/ada", Active = true, Settings = StreamerView.Example.Settings };
}
