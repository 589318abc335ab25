using System.Collections.Concurrent;

namespace StreamClips.LiveSite.YouTube;

/// <summary>How a channel behaves on YouTube, as the control endpoint set it.</summary>
public sealed record YouTubeState
{
    /// <summary>What the player says of a live video: <c>ok</c>, <c>unplayable</c>, <c>login_required</c>, <c>offline</c> (announced, not begun).</summary>
    public string Player { get; init; } = "ok";

    /// <summary>The chat: <c>open</c>, <c>disabled</c>, <c>members_only</c>.</summary>
    public string Chat { get; init; } = "open";

    /// <summary>The page that asks for consent to cookies: shown <c>never</c>, <c>without_cookie</c> (SOCS), <c>always</c>.</summary>
    public string Consent { get; init; } = "without_cookie";

    /// <summary>When the chat shall be asked again, in milliseconds.</summary>
    public int TimeoutMs { get; init; } = 2000;

    /// <summary>Continuations from before this time are stale; milliseconds since the Unix epoch.</summary>
    public long ContinuationsFromMs { get; init; }
}

/// <summary>The state of every channel on YouTube.</summary>
public sealed class YouTubeStates
{
    private readonly ConcurrentDictionary<string, YouTubeState> _states = new();

    /// <summary>The state of a channel.</summary>
    /// <param name="channel">The channel's name.</param>
    public YouTubeState Of(string channel) => _states.GetValueOrDefault(channel) ?? new();

    /// <summary>Sets a channel's state.</summary>
    /// <param name="channel">The channel's name.</param>
    /// <param name="state">The state.</param>
    public void Set(string channel, YouTubeState state) => _states[channel] = state;
}
