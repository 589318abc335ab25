using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace StreamClips.ControlPlane.Http;

/// <summary>A place in a list: the order it is a place of, and the last row's value and id in it. Clients hand it back and read nothing from it.</summary>
/// <param name="Sort">The order, as the query names it.</param>
/// <param name="Value">The last row's value of what it is sorted by.</param>
/// <param name="Id">The last row's id.</param>
public sealed record ListCursor(string Sort, string Value, string Id)
{
    /// <summary>Most characters of a cursor.</summary>
    public const int Longest = 2000;

    /// <summary>Reads a cursor that was given out before; null where it is none.</summary>
    public static ListCursor? TryParse(string text)
    {
        if (text.Length > Longest) return null;
        try
        {
            var parts = JsonSerializer.Deserialize<string?[]>(Base64Url.DecodeFromChars(text));
            return parts is [{ } sort, { } value, { } id] && !parts.Any(p => p!.Any(char.IsControl)) ? new(sort, value, id) : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A value of a row as a cursor holds it.</summary>
    public static string Write(object value) => value switch
    {
        DateTimeOffset at => at.UtcTicks.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => (string)value,
    };

    /// <summary>A value as SQL takes it; null where the text is none of its type.</summary>
    public static object? Read(string text, Type type)
    {
        if (type == typeof(string)) return text;
        if (type == typeof(Guid)) return Guid.TryParse(text, out var id) ? id : null;
        if (type == typeof(double)) return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) ? real : null;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return null;
        if (type == typeof(long)) return number;
        return number >= DateTimeOffset.UnixEpoch.UtcTicks && number <= DateTimeOffset.MaxValue.UtcTicks ? new DateTimeOffset(number, TimeSpan.Zero) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(JsonSerializer.Serialize((string[])[Sort, Value, Id])));
}
