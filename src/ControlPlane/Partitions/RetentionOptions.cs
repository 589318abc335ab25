using System.Globalization;

namespace StreamClips.ControlPlane.Partitions;

/// <summary>How long is kept what only grows.</summary>
public sealed record RetentionOptions
{
    private const int MostDays = 365;
    private const double MostGiB = 1 << 20;

    /// <summary>Days of log lines before today, 1 to 365. <c>LOG_KEEP_DAYS</c>.</summary>
    public int LogKeepDays { get; init; } = 14;

    /// <summary>Bytes of log lines, indexes included, from which on the oldest days go; 0: without end. <c>LOG_KEEP_GIB</c>.</summary>
    public long LogKeepBytes { get; init; } = 20L << 30;

    /// <summary>Days of chat rates before today, 1 to 365. <c>CHAT_RATE_KEEP_DAYS</c>.</summary>
    public int ChatRateKeepDays { get; init; } = 7;

    /// <summary>Bytes of chat rates, indexes included, from which on the oldest days go; 0: without end. <c>CHAT_RATE_KEEP_GIB</c>.</summary>
    public long ChatRateKeepBytes { get; init; } = 10L << 30;

    /// <summary>Reads them.</summary>
    /// <param name="text">Looks up a variable; null: it is not set.</param>
    /// <param name="faults">Where every fault goes.</param>
    public static RetentionOptions Read(Func<string, string?> text, List<string> faults)
    {
        var defaults = new RetentionOptions();
        return new()
        {
            LogKeepDays = Days("LOG_KEEP_DAYS", defaults.LogKeepDays), LogKeepBytes = Bytes("LOG_KEEP_GIB", defaults.LogKeepBytes),
            ChatRateKeepDays = Days("CHAT_RATE_KEEP_DAYS", defaults.ChatRateKeepDays), ChatRateKeepBytes = Bytes("CHAT_RATE_KEEP_GIB", defaults.ChatRateKeepBytes),
        };

        int Days(string name, int otherwise)
        {
            if (text(name) is not { } given) return otherwise;
            if (int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= MostDays) return days;
            faults.Add($"{name} is '{given}': give whole days from 1 to {MostDays}");
            return otherwise;
        }

        long Bytes(string name, long otherwise)
        {
            if (text(name) is not { } given) return otherwise;
            if (double.TryParse(given, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var gib) && gib is >= 0 and <= MostGiB) return (long)(gib * (1L << 30));
            faults.Add($"{name} is '{given}': give GiB from 0 (without end) to {MostGiB:0}, as 20 or 0.5");
            return otherwise;
        }
    }
}
