using System.Globalization;

namespace StreamClips.Cli;

/// <summary>Durations as people write them: <c>90s</c>, <c>5m</c>, <c>1.5h</c>, <c>2d</c>.</summary>
public static class Duration
{
    /// <summary>The longest duration that is taken.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>Reads a duration.</summary>
    /// <param name="text">A positive number and one of ms, s, m, h, d.</param>
    /// <param name="value">The duration; zero where the text is none.</param>
    /// <returns>Null, or what is wrong with the text and how to write it.</returns>
    public static string? TryParse(string text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        var digits = text.AsSpan().TrimEnd("abcdefghijklmnopqrstuvwxyz");
        double? unit_s = text.AsSpan(digits.Length) switch
        {
            "ms" => 0.001,
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86400,
            _ => null,
        };
        if (unit_s is null || !double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number <= 0 || number * unit_s > Longest.TotalSeconds)
        {
            return $"'{text}' is no duration: give a number and a unit, as 90s, 5m, 1.5h or 2d, at most a year";
        }

        value = TimeSpan.FromSeconds(number * unit_s.Value);
        return null;
    }
}
