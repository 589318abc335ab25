using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using StreamClips.LiveSite.Channels;
using StreamClips.LiveSite.Playlists;

namespace StreamClips.LiveSite;

/// <summary>The options of the program.</summary>
public static class CommandLine
{
    // A channel that is offline has a chat and no encoder: a machine has room for many of those.
    private const int MaxChannels = 200;

    private static readonly Option<string> Data = new("--data") { Description = "Directory for segments; its channels/ is cleared at the start.", Required = true };
    private static readonly Option<int> Port = new("--port") { Description = "Port of HTTP and WebSockets on 127.0.0.1; 0: any free one." };
    private static readonly Option<int> IrcPort = new("--irc-port") { Description = "Port of IRC over TCP on 127.0.0.1; 0: any free one." };
    private static readonly Option<string> Channels = new("--channels") { Description = "Channel names, comma separated.", DefaultValueFactory = _ => "alpha,bravo,charlie" };
    private static readonly Option<string> Offline = new("--offline") { Description = "Channels that start offline, comma separated.", DefaultValueFactory = _ => "" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Seed of the generated chat.", DefaultValueFactory = _ => 1 };
    private static readonly Option<double> ChatRate = new("--chat-rate") { Description = "Usual messages a second in every chat, 0 to 500.", DefaultValueFactory = _ => 2 };
    private static readonly Option<string[]> ChatFile = new("--chat-file") { Description = "CHANNEL=FILE: plays a recorded chat, lines of {\"at\": seconds, \"user\": …, \"text\": …}. May be repeated." };
    private static readonly Option<bool> ChatLoop = new("--chat-loop") { Description = "Recorded chats begin anew when they are over." };
    private static readonly Option<double> ChatPing = new("--chat-ping") { Description = "Seconds between the chat server's PINGs, 1 to 3600.", DefaultValueFactory = _ => 300 };
    private static readonly Option<string> AutoSurge = new("--auto-surge") { Description = "FIRST,EVERY in seconds, such as 40,150: the first channel's first moment, then how often each; none: never.", DefaultValueFactory = _ => "none" };
    private static readonly Option<bool> ForWatcher = new("--wait-for-watcher") { Description = "The time until the first moment begins when somebody first loads a playlist, and not with the site." };
    private static readonly Option<int> Window = new("--window") { Description = "Segments in a playlist, 3 to 100.", DefaultValueFactory = _ => 15 };
    private static readonly Option<string> Retention = new("--retention") { Description = "Seconds that a segment can be had after it left the playlist, or rfc (RFC 8216 section 6.2.2).", DefaultValueFactory = _ => "rfc" };
    private static readonly Option<string[]> PackagedAs = new("--packaging") { Description = $"CHANNEL=WORDS, how its segments are wrapped: {string.Join(", ", Packaging.Words)}; several joined by +. May be repeated." };
    private static readonly Option<string> Ffmpeg = new("--ffmpeg") { Description = "The program ffmpeg.", DefaultValueFactory = _ => "ffmpeg" };

    /// <summary>The command with all its options.</summary>
    public static RootCommand Root() => new("A live platform on loopback: HLS video and Twitch-shaped chat, with faults on demand.")
    {
        Data, Port, IrcPort, Channels, Offline, Seed, ChatRate, ChatFile, ChatLoop, ChatPing, AutoSurge, ForWatcher, Window, Retention, PackagedAs, Ffmpeg,
    };

    /// <summary>Reads the options. All faults are named at once.</summary>
    /// <param name="parsed">The command line.</param>
    /// <returns>The options, or null and the faults.</returns>
    public static (LiveSiteOptions? Options, IReadOnlyList<string> Faults) Read(ParseResult parsed)
    {
        if (parsed.Errors.Count > 0) return (null, [.. parsed.Errors.Select(e => e.Message)]);
        var faults = new List<string>();
        var channels = Names(parsed.GetValue(Channels)!);
        var offline = Names(parsed.GetValue(Offline)!);
        foreach (var name in channels.Where(n => !ChannelNames.IsValid(n)))
            faults.Add($"--channels: \"{name}\" is no channel name: 3 to 25 of a-z, 0-9 and _.");
        if (channels.Count is 0 or > MaxChannels) faults.Add($"--channels: {channels.Count} names; 1 to {MaxChannels} are possible.");
        if (channels.Distinct().Count() < channels.Count) faults.Add("--channels: a name is given twice.");
        foreach (var name in offline.Except(channels)) faults.Add($"--offline: \"{name}\" is not among --channels.");
        var options = new LiveSiteOptions
        {
            Data = Path.GetFullPath(parsed.GetValue(Data)!),
            Port = InRange(faults, "--port", parsed.GetValue(Port), 0, 65535),
            IrcPort = InRange(faults, "--irc-port", parsed.GetValue(IrcPort), 0, 65535),
            Channels = channels,
            Offline = offline,
            Seed = parsed.GetValue(Seed),
            ChatRate = InRange(faults, "--chat-rate", parsed.GetValue(ChatRate), 0, 500),
            Recordings = [.. (parsed.GetValue(ChatFile) ?? []).Select(text => Recording(faults, channels, text)).OfType<ChatRecording>()],
            LoopRecordings = parsed.GetValue(ChatLoop),
            ChatPing = TimeSpan.FromSeconds(InRange(faults, "--chat-ping", parsed.GetValue(ChatPing), 1, 3600)),
            AutoSurge = Plan(faults, parsed.GetValue(AutoSurge)!),
            SurgesWaitForWatcher = parsed.GetValue(ForWatcher),
            WindowSegments = InRange(faults, "--window", parsed.GetValue(Window), 3, 100),
            Retention = Seconds(faults, parsed.GetValue(Retention)!),
            Packagings = Packagings(faults, channels, parsed.GetValue(PackagedAs) ?? []),
            Ffmpeg = parsed.GetValue(Ffmpeg)!,
        };
        return faults.Count == 0 ? (options, []) : (null, faults);
    }

    private static List<string> Names(string text) => [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private static T InRange<T>(List<string> faults, string name, T value, T least, T most) where T : IComparable<T>
    {
        if (value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0) return value;
        faults.Add($"{name}: {value} is not between {least} and {most}.");
        return least;
    }

    private static ChatRecording? Recording(List<string> faults, List<string> channels, string text)
    {
        var parts = text.Split('=', 2);
        if (parts.Length == 2 && channels.Contains(parts[0])) return new ChatRecording(parts[0], Path.GetFullPath(parts[1]));
        faults.Add($"--chat-file: \"{text}\" is not CHANNEL=FILE with a channel of --channels.");
        return null;
    }

    private static Dictionary<string, Packaging> Packagings(List<string> faults, List<string> channels, string[] texts)
    {
        var packagings = new Dictionary<string, Packaging>();
        foreach (var text in texts)
        {
            var parts = text.Split('=', 2);
            if (parts.Length == 2 && channels.Contains(parts[0]) && Packaging.Read(parts[1]) is { } packaging) packagings[parts[0]] = packaging;
            else faults.Add($"--packaging: \"{text}\" is not CHANNEL=WORDS with a channel of --channels and words of: {string.Join(", ", Packaging.Words)}.");
        }
        return packagings;
    }

    private static AutoSurgePlan? Plan(List<string> faults, string text)
    {
        if (text == "none") return null;
        var parts = text.Split(',');
        if (parts.Length == 2 && TryNumber(parts[0], out var first) && TryNumber(parts[1], out var every) && first >= 0 && every >= 5)
            return new AutoSurgePlan(TimeSpan.FromSeconds(first), TimeSpan.FromSeconds(every));
        faults.Add($"--auto-surge: \"{text}\" is not FIRST,EVERY in seconds (EVERY at least 5), such as 40,150, nor none.");
        return null;
    }

    private static TimeSpan? Seconds(List<string> faults, string text)
    {
        if (text == "rfc") return null;
        if (TryNumber(text, out var seconds) && seconds is >= 0 and <= 3600) return TimeSpan.FromSeconds(seconds);
        faults.Add($"--retention: \"{text}\" is not a number of seconds from 0 to 3600, nor rfc.");
        return null;
    }

    private static bool TryNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
}
