namespace StreamClips.Cli.Running;

/// <summary>The channels of the demo: what the simulated platform plays, and how they are watched.</summary>
public static class DemoChannels
{
    /// <summary>Names of the channels.</summary>
    public static IReadOnlyList<string> Names { get; } = ["alpha", "bravo", "charlie"];

    /// <summary>
    /// When they have moments by themselves, in seconds: the first channel's first, and how often each; the others follow
    /// in between. The first comes soon after the workers have a baseline.
    /// </summary>
    public const string Surges = "40,120";

    /// <summary>Arguments of the simulated platform. A restarted one keeps its ports, so that nobody loses it.</summary>
    public static IEnumerable<string> SiteArguments(string directory, string surges, StartedSite? before) =>
    [
        "--data", directory,
        "--port", $"{before?.Control.Port ?? 0}",
        "--channels", string.Join(',', Names),
        "--auto-surge", surges,
        "--wait-for-watcher",
    ];

    /// <summary>A channel's page: the simulated platform is Twitch and Kick at once, and the last channel is watched on Kick.</summary>
    public static string Url(string name) => name == Names[^1] ? $"https://kick.com/{name}" : $"https://www.twitch.tv/{name}";

    /// <summary>
    /// A channel as the API takes it. The settings are shorter than the defaults, so that the first surge counts half a
    /// minute after the start instead of three and a half; detector highlight wants a minute of chat and half a minute more.
    /// </summary>
    public static object Streamer(string name) => new
    {
        name,
        url = Url(name),
        active = true,
        settings = new { detector = "surge", clip_duration = 30, window_timespan = 6, baseline_duration = 20, surge_threshold = 2.5 },
    };
}
