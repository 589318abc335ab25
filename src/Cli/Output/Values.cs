using System.Globalization;
using System.Text.Json.Nodes;

namespace StreamClips.Cli.Output;

/// <summary>How values read. A field that is absent or of another kind is empty.</summary>
public static class Values
{
    /// <summary>The zone that times are shown in: this machine's, or UTC with <c>--utc</c>. Set once, before anything is printed.</summary>
    public static TimeZoneInfo Zone { get; set; } = TimeZoneInfo.Local;

    /// <summary>A field as text.</summary>
    public static string Text(this JsonNode item, string field) => Member(item, field)?.ToString() ?? "";

    /// <summary>A field of a field as text.</summary>
    public static string Text(this JsonNode item, string outer, string field) => Member(item, outer) is { } inner ? inner.Text(field) : "";

    /// <summary>A field as a number; null where it is none.</summary>
    public static double? Number(this JsonNode item, string field) => Member(item, field) is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;

    /// <summary>Whether a field is true.</summary>
    public static bool Is(this JsonNode item, string field) => Member(item, field) is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    /// <summary>A field as a time; null where it is none.</summary>
    public static DateTimeOffset? At(this JsonNode item, string field) =>
        DateTimeOffset.TryParse(item.Text(field), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    /// <summary>A field as a time in <see cref="Zone"/>.</summary>
    public static string Time(this JsonNode item, string field) => item.At(field) is { } at ? Time(at) : "";

    /// <summary>A time in <see cref="Zone"/>; in UTC it says so.</summary>
    public static string Time(DateTimeOffset at) =>
        TimeZoneInfo.ConvertTime(at, Zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + (Zone.Equals(TimeZoneInfo.Utc) ? "Z" : "");

    /// <summary>So many bytes of so many.</summary>
    public static string Share(this JsonNode item, string part, string whole) =>
        item.Number(whole) is > 0 and var all ? $"{Size(item.Number(part) ?? 0)} of {Size(all)}" : "";

    /// <summary>A field in bytes as a size.</summary>
    public static string Size(this JsonNode item, string field) => item.Number(field) is { } bytes ? Size(bytes) : "";

    /// <summary>A size in words, as <c>512 B</c>, <c>3.4 MiB</c> or <c>120 GiB</c>.</summary>
    public static string Size(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        var unit = 0;
        for (; Math.Abs(bytes) >= 1024 && unit < units.Length - 1; unit++) bytes /= 1024;
        return $"{bytes.ToString(unit == 0 || bytes >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture)} {units[unit]}";
    }

    /// <summary>A length of time in words, its two greatest units: <c>350 ms</c>, <c>42 s</c>, <c>3 min 5 s</c>, <c>2 h 10 min</c>, <c>5 d 3 h</c>.</summary>
    public static string Span(TimeSpan span)
    {
        if (span < TimeSpan.Zero) return $"-{Span(-span)}";
        if (span < TimeSpan.FromSeconds(1)) return $"{span.TotalMilliseconds:0} ms";
        if (span < TimeSpan.FromMinutes(1)) return $"{Math.Floor(span.TotalSeconds)} s";
        if (span < TimeSpan.FromHours(1)) return Two(span.Minutes, "min", span.Seconds, "s");
        return span < TimeSpan.FromDays(1) ? Two(span.Hours, "h", span.Minutes, "min") : Two(span.Days, "d", span.Hours, "h");
    }

    /// <summary>How long ago a field's time is, as <c>3 min 5 s ago</c>.</summary>
    public static string Ago(this JsonNode item, string field, DateTimeOffset now) => item.At(field) switch
    {
        null => "",
        { } at when at <= now => $"{Span(now - at)} ago",
        { } at => $"in {Span(at - now)}",
    };

    private static string Two(int greater, string unit, int smaller, string smallerUnit) => smaller == 0 ? $"{greater} {unit}" : $"{greater} {unit} {smaller} {smallerUnit}";

    private static JsonNode? Member(JsonNode item, string field) => item is JsonObject members && members.TryGetPropertyValue(field, out var value) ? value : null;
}
