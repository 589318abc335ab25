using System.Buffers.Binary;
using System.Security.Cryptography;

namespace StreamClips.ClipWorker.Recording;

/// <summary>Reads what is encrypted by AES-128 in CBC mode with PKCS7 padding (RFC 8216 5.2), piece by piece.</summary>
internal static class SegmentCipher
{
    /// <summary>The clear bytes of an encrypted body. At its end a wrong length or padding is a <see cref="CryptographicException"/>.</summary>
    /// <param name="body">The body; disposed with what is returned.</param>
    /// <param name="key">16 bytes.</param>
    /// <param name="iv">The initialization vector, as one big-endian number.</param>
    public static Stream Open(Stream body, byte[] key, UInt128 iv)
    {
        using var aes = Aes.Create();
        aes.Mode = CipherMode.CBC;
        aes.Padding = PaddingMode.PKCS7;
        return new CryptoStream(body, aes.CreateDecryptor(key, Vector(iv)), CryptoStreamMode.Read);
    }

    /// <summary>The clear bytes of a small body.</summary>
    /// <returns>The bytes; null: they are not encrypted by this key.</returns>
    public static byte[]? Read(byte[] body, byte[] key, UInt128 iv)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        try
        {
            return aes.DecryptCbc(body, Vector(iv));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static byte[] Vector(UInt128 iv)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, iv);
        return bytes;
    }
}
