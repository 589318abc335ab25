using System.Text.Json;
using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Commands;

/// <summary>What a line of a recorded chat tells of.</summary>
internal enum ReplayLineKind
{
    /// <summary>Nothing: there is a fault.</summary>
    Bad,

    /// <summary>A message.</summary>
    Said,

    /// <summary>Messages were taken back: by id, by user, or all of them (see <see cref="Surge.IChatDetector.Forget"/>).</summary>
    Removed,

    /// <summary>A message came too late to be counted when the chat was recorded.</summary>
    Late,
}

/// <summary>
/// Reads the lines of a recorded chat, <c>{"at": seconds, "user": "u7", "text": "LUL"}</c> and what <see cref="ChatRecorder"/>
/// writes beside them. Allocates nothing for a line that is right: what it gives is good until the next.
/// </summary>
internal sealed class ReplayReader
{
    /// <summary>The longest line, in bytes.</summary>
    public const int MaxBytes = 64 << 10;

    /// <summary>The largest time, in seconds: the file's clock may be Unix time, but not milliseconds of it.</summary>
    public const double MaxSeconds = 100_000_000_000;

    private readonly TextBuffer _text = new();
    private readonly TextBuffer _user = new();

    /// <summary>Reads a line. Fields that are not known are passed over; user and text may be absent.</summary>
    /// <returns>The message, on the file's clock as time since the Unix epoch; or what is wrong with the line.</returns>
    public (ReplayLineKind Kind, ChatMessage Message, string? Fault) Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return Bad("is not a JSON object");
            return ReadObject(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not UTF-8, or holds half of a surrogate pair.
            return Bad($"is not JSON: {FirstSentence(e.Message)}");
        }
    }

    private (ReplayLineKind Kind, ChatMessage Message, string? Fault) ReadObject(ref Utf8JsonReader reader)
    {
        var fields = default(Fields);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            if (ReadField(ref reader, ref fields) is { } fault) return Bad(fault);

        while (reader.Read())
        {
            // Only to find what does not belong behind the object: the reader throws at it.
        }

        return fields.At is { } at ? Line(fields, at) : Bad("has no \"at\": give the time in seconds");
    }

    /// <returns>What is wrong with it; null where nothing is.</returns>
    private string? ReadField(ref Utf8JsonReader reader, ref Fields fields)
    {
        if (reader.ValueTextEquals("at"u8)) return (fields.At = Ticks(ref reader)) is null ? NoTime("at") : null;
        if (reader.ValueTextEquals("said_at"u8)) return (fields.SaidAt = Ticks(ref reader)) is null ? NoTime("said_at") : null;
        if (reader.ValueTextEquals("user"u8)) return ReadUser(ref reader, ref fields.User) ? null : "has a \"user\" that is no string";
        if (reader.ValueTextEquals("removed"u8))
        {
            fields.IsRemoval = true;
            return ReadUser(ref reader, ref fields.User) ? null : "has a \"removed\" that is no string";
        }

        if (reader.ValueTextEquals("text"u8))
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) return "has a \"text\" that is no string";
            fields.Text = _text.Take(ref reader);
        }
        else if (reader.ValueTextEquals("late"u8))
        {
            reader.Read();
            fields.IsLate = reader.TokenType == JsonTokenType.True;
            reader.Skip();
        }
        else
        {
            reader.Skip();
        }

        return null;
    }

    private static (ReplayLineKind Kind, ChatMessage Message, string? Fault) Line(in Fields fields, long at)
    {
        var time = DateTimeOffset.UnixEpoch.AddTicks(at);
        if (fields.IsLate) return (ReplayLineKind.Late, default, null);
        // A message is known by its chatter and its time.
        if (!fields.IsRemoval) return (ReplayLineKind.Said, new(time, fields.User, fields.Text, ChatHash.Of(fields.User, at)), null);
        if (fields.SaidAt is { } said) return (ReplayLineKind.Removed, new(time, fields.User, default, ChatHash.Of(fields.User, said)), null);
        if (fields.User == ChatHash.Nobody) return Bad("has a \"removed\" that names nobody: give a user, or * for all");
        return (ReplayLineKind.Removed, new(time, fields.User == Everybody ? ChatHash.Nobody : fields.User, default), null);
    }

    private static readonly ulong Everybody = ChatHash.Of("*"u8);

    private bool ReadUser(ref Utf8JsonReader reader, ref ulong user)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String) return false;
        user = ChatHash.Of(_user.Take(ref reader).Span);
        return true;
    }

    private static long? Ticks(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var seconds) && Math.Abs(seconds) <= MaxSeconds
            ? (long)Math.Round(seconds * TimeSpan.TicksPerSecond)
            : null;
    }

    private static string NoTime(string name) => $"has no usable \"{name}\": give a number of seconds, at most {MaxSeconds:0}";

    private static (ReplayLineKind Kind, ChatMessage Message, string? Fault) Bad(string fault) => (ReplayLineKind.Bad, default, fault);

    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }

    private struct Fields
    {
        public long? At;
        public long? SaidAt;
        public ulong User;
        public ReadOnlyMemory<char> Text;
        public bool IsRemoval;
        public bool IsLate;
    }
}
