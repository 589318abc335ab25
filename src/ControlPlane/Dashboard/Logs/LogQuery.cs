using System.Globalization;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Logs;

namespace StreamClips.ControlPlane.Dashboard.Logs;

/// <summary>Which log lines somebody looks at: the page's address, read and written.</summary>
public sealed record LogQuery
{
    private const int LongestText = 200;

    /// <summary>Of this channel.</summary>
    public Guid? Streamer { get; init; }

    /// <summary>Of this process.</summary>
    public Guid? Process { get; init; }

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
    public bool IsFiltered => Streamer is not null || Process is not null || Level.Length > 0 || Text.Length > 0;

    /// <summary>Where the lines alone are.</summary>
    public string LinesAddress => At("/app/logs/lines", null, null);

    /// <summary>The same as the store understands it.</summary>
    public LogFilter Filter => new() { Streamer = Streamer, Process = Process, Level = LogLevels.Number(Level), Text = Text.Length > 0 ? Text : null };

    /// <summary>The place where the page begins.</summary>
    public (DateTimeOffset At, long Id)? Before =>
        Cursor is { } text && PageCursor.TryParse(text) is { } place && long.TryParse(place.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? (place.At, id) : null;

    /// <summary>Reads an address; what is not understood is as if it were not there.</summary>
    public static LogQuery Of(IQueryCollection query)
    {
        var text = query["text"].ToString().Trim();
        return new LogQuery
        {
            Streamer = Guid.TryParse(query["streamer"], out var streamer) ? streamer : null,
            Process = Guid.TryParse(query["process"], out var process) ? process : null,
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
        path, ("streamer", Streamer?.ToString()), ("process", Process?.ToString()), ("level", Level), ("text", Text), ("cursor", cursor), ("follow", follow));
}
