using System.Text.Json;
using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Commands;

/// <summary>One line of a recorded chat: <c>{"at": seconds, "user": "u7", "text": "LUL"}</c>.</summary>
internal static class ReplayLine
{
    /// <summary>The longest line, in bytes.</summary>
    public const int MaxBytes = 64 << 10;

    /// <summary>The largest time, in seconds: the file's clock may be Unix time, but not milliseconds of it.</summary>
    public const double MaxSeconds = 100_000_000_000;

    /// <summary>Reads a line. Other fields than the three are passed over; user and text may be absent.</summary>
    /// <returns>The message, on the file's clock as time since the Unix epoch; or what is wrong with the line.</returns>
    public static (ChatMessage Message, string? Fault) Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return (default, "is not a JSON object");
            return ReadObject(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not UTF-8, or holds half of a surrogate pair.
            return (default, $"is not JSON: {FirstSentence(e.Message)}");
        }
    }

    private static (ChatMessage Message, string? Fault) ReadObject(ref Utf8JsonReader reader)
    {
        double? at = null;
        var (user, text) = ("", "");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("at"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetDouble(out var seconds) || !(Math.Abs(seconds) <= MaxSeconds))
                    return (default, $"has no usable \"at\": give a number of seconds, at most {MaxSeconds:0}");
                at = seconds;
            }
            else if (reader.ValueTextEquals("user"u8))
            {
                if (!TryReadString(ref reader, out user)) return (default, "has a \"user\" that is no string");
            }
            else if (reader.ValueTextEquals("text"u8))
            {
                if (!TryReadString(ref reader, out text)) return (default, "has a \"text\" that is no string");
            }
            else
            {
                reader.Skip();
            }
        }

        while (reader.Read())
        {
            // Only to find what does not belong behind the object: the reader throws at it.
        }

        return at is null
            ? (default, "has no \"at\": give the time in seconds")
            : (new ChatMessage(DateTimeOffset.UnixEpoch.AddTicks((long)Math.Round(at.Value * TimeSpan.TicksPerSecond)), user, text), null);
    }

    private static bool TryReadString(ref Utf8JsonReader reader, out string value)
    {
        reader.Read();
        value = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
        return reader.TokenType == JsonTokenType.String;
    }

    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}
