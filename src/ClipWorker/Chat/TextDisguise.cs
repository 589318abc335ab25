using System.Security.Cryptography;

namespace StreamClips.ClipWorker.Chat;

/// <summary>
/// Makes texts unreadable that shall not be kept, but so that the same text stays the same and as long: who repeats himself, or
/// is repeated, can still be seen by it. Each word becomes letters of a hash with a secret that is never written down.
/// </summary>
internal sealed class TextDisguise
{
    private const ulong Prime = 1099511628211; // of FNV-1a, 64 bit

    private readonly ulong _secret = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>Disguises a text in its place. A <c>!</c> at its beginning stays: it is a command to a bot.</summary>
    public void Apply(Span<char> text)
    {
        if (text is ['!', ..]) text = text[1..];
        while (!text.IsEmpty)
        {
            var length = text.IndexOf(' ') is >= 0 and var space ? space : text.Length;
            Word(text[..length]);
            text = text[Math.Min(length + 1, text.Length)..];
        }
    }

    private void Word(Span<char> word)
    {
        var hash = _secret;
        foreach (var c in word) hash = (hash ^ char.ToLowerInvariant(c)) * Prime;
        foreach (ref var c in word)
        {
            hash = (hash ^ (hash >> 29)) * Prime;
            c = (char)('a' + (hash >> 33) % 26);
        }
    }
}
