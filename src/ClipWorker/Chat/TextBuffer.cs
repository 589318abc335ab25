using System.Text;
using System.Text.Json;

namespace StreamClips.ClipWorker.Chat;

/// <summary>Room for one text at a time, used again for the next: whoever keeps a text copies it.</summary>
internal sealed class TextBuffer
{
    private char[] _chars = new char[512];

    /// <summary>Reads UTF-8; what is none becomes U+FFFD.</summary>
    /// <returns>The text, good until the next one.</returns>
    public ReadOnlyMemory<char> Decode(ReadOnlySpan<byte> utf8)
    {
        // A byte never makes more than one character.
        if (utf8.Length > _chars.Length) _chars = new char[utf8.Length];
        return _chars.AsMemory(0, Encoding.UTF8.GetChars(utf8, _chars));
    }

    /// <summary>Takes the string that a reader of JSON is at.</summary>
    /// <returns>The text, good until the next one.</returns>
    /// <exception cref="InvalidOperationException">It is no UTF-8, or holds half of a surrogate pair.</exception>
    public ReadOnlyMemory<char> Take(ref Utf8JsonReader reader)
    {
        if (reader.ValueSpan.Length > _chars.Length) _chars = new char[reader.ValueSpan.Length];
        return _chars.AsMemory(0, reader.CopyString(_chars));
    }

    /// <summary>Copies a text.</summary>
    /// <returns>The copy, good until the next one.</returns>
    public ReadOnlyMemory<char> Copy(ReadOnlySpan<char> text)
    {
        if (text.Length > _chars.Length) _chars = new char[text.Length];
        text.CopyTo(_chars);
        return _chars.AsMemory(0, text.Length);
    }
}
