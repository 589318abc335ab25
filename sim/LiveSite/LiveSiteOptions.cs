using StreamClips.LiveSite.Playlists;

namespace StreamClips.LiveSite;

/// <summary>When the channels have moments by themselves.</summary>
/// <param name="First">How long after the start the first channel's first moment comes.</param>
/// <param name="Every">How long from one moment of a channel to its next; the channels take turns in between.</param>
public sealed record AutoSurgePlan(TimeSpan First, TimeSpan Every);

/// <summary>A recorded chat to play in place of the generated one.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Path">The file.</param>
public sealed record ChatRecording(string Channel, string Path);

/// <summary>What the site is started with.</summary>
public sealed record LiveSiteOptions
{
    /// <summary>Where segments are kept while they can be fetched. Only <c>channels/</c> in it is written to, and cleared at the start.</summary>
    public required string Data { get; init; }

    /// <summary>Port of HTTP and WebSockets on 127.0.0.1; 0: any free one.</summary>
    public int Port { get; init; }

    /// <summary>Port of IRC over TCP on 127.0.0.1; 0: any free one.</summary>
    public int IrcPort { get; init; }

    /// <summary>The channels' names.</summary>
    public IReadOnlyList<string> Channels { get; init; } = ["alpha", "bravo", "charlie"];

    /// <summary>Channels that start offline.</summary>
    public IReadOnlyList<string> Offline { get; init; } = [];

    /// <summary>Seed of the generated chat.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The usual rate of the generated chat, in messages a second.</summary>
    public double ChatRate { get; init; } = 2;

    /// <summary>Recorded chats.</summary>
    public IReadOnlyList<ChatRecording> Recordings { get; init; } = [];

    /// <summary>Whether recorded chats begin anew when they are over.</summary>
    public bool LoopRecordings { get; init; }

    /// <summary>How often the chat server pings. The platform does about every five minutes.</summary>
    public TimeSpan ChatPing { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>When channels have moments by themselves; null: never.</summary>
    public AutoSurgePlan? AutoSurge { get; init; }

    /// <summary>Whether the time of <see cref="AutoSurge"/> begins when somebody first loads a playlist, and not with the site.</summary>
    public bool SurgesWaitForWatcher { get; init; }

    /// <summary>How many segments a playlist holds.</summary>
    public int WindowSegments { get; init; } = 15;

    /// <summary>How long a segment can be had after it left the playlist; null: as RFC 8216 section 6.2.2 says.</summary>
    public TimeSpan? Retention { get; init; }

    /// <summary>How the segments of channels are wrapped, by the channel's name; the others' plainly.</summary>
    public IReadOnlyDictionary<string, Packaging> Packagings { get; init; } = new Dictionary<string, Packaging>();

    /// <summary>The program ffmpeg.</summary>
    public string Ffmpeg { get; init; } = "ffmpeg";
}
