using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace StreamClips.LiveSite.Playlists;

/// <summary>The keys and vectors of encrypted channels (RFC 8216 section 5.2): the same ones whenever they are asked for.</summary>
public static class SegmentCrypt
{
    /// <summary>The key of a number.</summary>
    /// <param name="broadcast">Names the channel and its broadcast.</param>
    /// <param name="index">The key's number.</param>
    /// <returns>16 bytes.</returns>
    public static byte[] Key(string broadcast, long index) => Digest($"key {broadcast} {index}");

    /// <summary>The vector that the tag of a key names; null: it names none, and the media sequence number is the vector.</summary>
    /// <param name="packaging">How the channel is wrapped.</param>
    /// <param name="broadcast">Names the channel and its broadcast.</param>
    /// <param name="index">The key's number.</param>
    public static byte[]? NamedVector(Packaging packaging, string broadcast, long index) =>
        packaging.Fragmented || index % 2 == 1 ? null : Digest($"vector {broadcast} {index}");

    /// <summary>The vector of an initialization section, which has to be named.</summary>
    /// <param name="broadcast">Names the channel and its broadcast.</param>
    public static byte[] SectionVector(string broadcast) => Digest($"section {broadcast}");

    /// <summary>The number of a segment's key.</summary>
    /// <param name="packaging">How the channel is wrapped.</param>
    /// <param name="segment">The segment.</param>
    public static long IndexOf(Packaging packaging, Segment segment) => packaging.Fragmented ? 0 : segment.Id / Packaging.KeySegments;

    /// <summary>A segment's bytes as they are sent.</summary>
    /// <param name="packaging">How the channel is wrapped.</param>
    /// <param name="broadcast">Names the channel and its broadcast.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="clear">Its bytes.</param>
    public static byte[] Segment(Packaging packaging, string broadcast, Segment segment, byte[] clear)
    {
        if (!packaging.Encrypted) return clear;
        var index = IndexOf(packaging, segment);
        var vector = NamedVector(packaging, broadcast, index);
        if (vector is null) BinaryPrimitives.WriteInt64BigEndian((vector = new byte[16]).AsSpan(8), segment.Sequence);
        return Encrypt(clear, Key(broadcast, index), vector);
    }

    /// <summary>Bytes under a key, padded by PKCS7.</summary>
    /// <param name="clear">The bytes.</param>
    /// <param name="key">16 bytes.</param>
    /// <param name="vector">16 bytes.</param>
    public static byte[] Encrypt(byte[] clear, byte[] key, byte[] vector)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        return aes.EncryptCbc(clear, vector);
    }

    /// <summary>How long an encrypted body is.</summary>
    /// <param name="clear">Its length in clear.</param>
    public static long Length(long clear) => (clear / 16 + 1) * 16;

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text))[..16];
}
