using System.Text.Json;

namespace StreamClips.NodeAgent.Shipping;

/// <summary>
/// How many log lines a worker may write: a bucket of tokens by the lines' own times (RFC 2697 has such a meter), so what was written
/// while the control plane was away for a day passes like any other, and only what was written too fast does not. Pure; a value.
/// </summary>
/// <param name="LinesPerSecond">So many a second over time; 0: as many as it likes.</param>
/// <param name="Burst">So many at once.</param>
public readonly record struct LogRate(double LinesPerSecond, double Burst)
{
    private static readonly TimeSpan MostJitter = TimeSpan.FromSeconds(1);

    private static ReadOnlySpan<byte> Prefix => "{\"kind\":\"log\""u8;

    /// <summary>No bound.</summary>
    public static LogRate None => new(0, 0);

    private double Spent { get; init; }

    private DateTimeOffset At { get; init; }

    /// <summary>Whether a journal line may pass. One that is no log line always may, and counts nothing.</summary>
    /// <param name="line">The line.</param>
    /// <param name="after">The rate as it is behind it.</param>
    public bool Lets(ReadOnlySpan<byte> line, out LogRate after)
    {
        after = this;
        if (LinesPerSecond <= 0 || !line.StartsWith(Prefix)) return true;

        // A line whose time cannot be read here, or is that of a thread a little behind, finds what the one before left. So does one after
        // the clock was set back, from whose time it goes on.
        var time = TimeOf(line) ?? At;
        var at = time > At || time < At - MostJitter ? time : At;
        var spent = Math.Max(0, Spent - (Math.Max(0, (at - At).TotalSeconds) * LinesPerSecond));
        var lets = spent + 1 <= Burst;
        after = this with { At = at, Spent = lets ? spent + 1 : spent };
        return lets;
    }

    // kind and its value, at and its value: the first four in each line that a worker writes.
    private static DateTimeOffset? TimeOf(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            for (var token = 0; token < 5; token++)
                if (!json.Read() || (token == 3 && !json.ValueTextEquals("at"u8))) return null;
            return json.TokenType == JsonTokenType.String && json.TryGetDateTimeOffset(out var at) ? at : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
