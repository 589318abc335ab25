using System.Buffers.Binary;
using System.Text;

namespace StreamClips.ClipWorker.Chat;

/// <summary>
/// Names and ids as 64 bits: what is compared with a name is its hash, so no text is made of it. The same in every run. Of
/// ten thousand ids two are the same by chance once in 10¹¹ chats.
/// </summary>
internal static class ChatHash
{
    /// <summary>The hash of no name; no name has it.</summary>
    public const ulong Nobody = 0;

    private const ulong Seed = 0x9E3779B97F4A7C15;
    private const ulong First = 0xA0761D6478BD642F;
    private const ulong Second = 0xE7037ED1A0B428DB;
    private const int MaxStackBytes = 512;

    /// <summary>The hash of a name as UTF-8; <see cref="Nobody"/> of an empty one.</summary>
    public static ulong Of(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty) return Nobody;
        var hash = Seed ^ (ulong)name.Length;
        var last = Last(name);
        while (name.Length > 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(name), First);
            name = name[8..];
        }

        hash = Mix(hash ^ last, Second);
        return hash == Nobody ? 1 : hash;
    }

    /// <summary>The hash of a name; the same as of its UTF-8.</summary>
    public static ulong Of(ReadOnlySpan<char> name)
    {
        var most = Encoding.UTF8.GetMaxByteCount(name.Length);
        var bytes = most <= MaxStackBytes ? stackalloc byte[MaxStackBytes] : new byte[most];
        return Of(bytes[..Encoding.UTF8.GetBytes(name, bytes)]);
    }

    /// <summary>The hash of a name and a number that belongs to it.</summary>
    public static ulong Of(ulong name, long number) => Mix(Mix(name ^ Seed, First) ^ (ulong)number, Second) is var hash and not Nobody ? hash : 1;

    // The last eight bytes, or all there are, some of them twice: with the length they tell a short name.
    private static ulong Last(ReadOnlySpan<byte> name) => name.Length switch
    {
        >= 8 => BinaryPrimitives.ReadUInt64LittleEndian(name[^8..]),
        >= 4 => BinaryPrimitives.ReadUInt32LittleEndian(name) | (ulong)BinaryPrimitives.ReadUInt32LittleEndian(name[^4..]) << 32,
        _ => name[0] | (ulong)name[name.Length / 2] << 8 | (ulong)name[^1] << 16,
    };

    private static ulong Mix(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }
}
