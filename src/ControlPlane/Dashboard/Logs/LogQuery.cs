using System.Globalization;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Logs;
using StreamClips.Shared.Trust;

namespace StreamClips.ControlPlane.Dashboard.Logs;

/// <summary>Which log lines somebody looks at: the page's address, read and written.</summary>
public sealed record LogQuery
{
    private const int LongestText = 200;

    /// <summary>Of this channel.</summary>
    public Guid? Streamer { get; init; }

    /// <summary>Of this process.</summary>
    public Guid? Process { get; init; }

    /// <summary>Of this node; empty: all.</summary>
    public string Node { get; init; } = "";

    /// <summary>From so long before now on, one of <see cref="Spans"/>; empty: all.</summary>
    public string Last { get; init; } = "";

    /// <summary>The lengths of time that can be chosen.</summary>
    public static IReadOnlyList<(string Name, string Label, TimeSpan Length)> Spans { get; } =
        [("15m", "Last 15 minutes", TimeSpan.FromMinutes(15)), ("1h", "Last hour", TimeSpan.FromHours(1)), ("1d", "Last day", TimeSpan.FromDays(1)), ("7d", "Last week", TimeSpan.FromDays(7))];

    /// <summary>Of this level or a higher one; empty: all.</summary>
    public string Level { get; init; } = "";

    /// <summary>That hold this text; empty: all.</summary>
    public string Text { get; init; } = "";

    /// <summary>Where the page begins; null: with the newest.</summary>
    public string? Cursor { get; init; }

    /// <summary>off: the page stands still.</summary>
    public string? Follow { get; init; }

    /// <summary>Whether new lines appear by themselves.</summary>
    public bool Following => Cursor is null && Follow != "off";

    /// <summary>Whether it shows less than everything.</summary>
    public bool IsFiltered => Streamer is not null || Process is not null || Node.Length > 0 || Last.Length > 0 || Level.Length > 0 || Text.Length > 0;

    /// <summary>Where the lines alone are.</summary>
    public string LinesAddress => At("/app/logs/lines", null, null);

    /// <summary>Where the API tells of new lines.</summary>
    public string FollowAddress => Links.With(
        "/logs/follow", ("streamer", Streamer?.ToString()), ("process", Process?.ToString()), ("node", Node), ("level", Level), ("q", Text));

    /// <summary>The same as the store understands it.</summary>
    /// <param name="now">The time.</param>
    public LogFilter Filter(DateTimeOffset now) => new()
    {
        Streamer = Streamer, Process = Process, Node = Node.Length > 0 ? Node : null, Level = LogLevels.Number(Level), Text = Text.Length > 0 ? Text : null,
        Since = Spans.FirstOrDefault(s => s.Name == Last) is { Name: not null } span ? now - span.Length : null,
    };

    /// <summary>The place where the page begins.</summary>
    public (DateTimeOffset At, long Id)? Before =>
        Cursor is { } text && PageCursor.TryParse(text) is { } place && long.TryParse(place.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? (place.At, id) : null;

    /// <summary>Reads an address; what is not understood is as if it were not there.</summary>
    public static LogQuery Of(IQueryCollection query)
    {
        var text = query["q"].ToString().Trim();
        return new LogQuery
        {
            Streamer = Guid.TryParse(query["streamer"], out var streamer) ? streamer : null,
            Process = Guid.TryParse(query["process"], out var process) ? process : null,
            Node = NodeName.IsValid(query["node"].ToString()) ? query["node"].ToString() : "",
            Last = Spans.Any(s => s.Name == query["last"]) ? query["last"].ToString() : "",
            Level = LogLevels.Number(query["level"].ToString()) is null ? "" : query["level"].ToString(),
            Text = text[..Math.Min(text.Length, LongestText)].Replace("\0", "", StringComparison.Ordinal),
            Cursor = query["cursor"].ToString() is { Length: > 0 } cursor ? cursor : null,
            Follow = query["follow"].ToString() is "off" ? "off" : null,
        };
    }

    /// <summary>The page of older lines.</summary>
    public string Older(string cursor) => At("/app/logs", cursor, null);

    /// <summary>The page of the newest lines.</summary>
    public string Newest(bool following) => At("/app/logs", null, following ? null : "off");

    private string At(string path, string? cursor, string? follow) => Links.With(
        path, ("streamer", Streamer?.ToString()), ("process", Process?.ToString()), ("node", Node), ("last", Last), ("level", Level), ("q", Text), ("cursor", cursor), ("follow", follow));
}
