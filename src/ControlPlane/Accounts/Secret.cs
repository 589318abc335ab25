using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>
/// 256 random bits that somebody shows to be known: a session's or a token's. The database holds its SHA-256 and no
/// more. A slow, salted hash as for passwords would add nothing: there is no list of likely values to try, and all of
/// 2^256 cannot be (NIST SP 800-63B section 5.1.2.2 asks for salt and stretching below 112 bits only).
/// </summary>
public static class Secret
{
    /// <summary>Characters of one, written as base64url.</summary>
    public const int Length = 43;

    private const int Bytes = 32;

    /// <summary>A new one, and what is kept of it.</summary>
    public static (string Text, byte[] Hash) Make()
    {
        var secret = RandomNumberGenerator.GetBytes(Bytes);
        return (Base64Url.EncodeToString(secret), SHA256.HashData(secret));
    }

    /// <summary>What is kept of it; null where the text cannot be one.</summary>
    public static byte[]? HashOf(string? text)
    {
        if (text is not { Length: Length }) return null;
        var secret = new byte[Bytes];
        return Base64Url.TryDecodeFromUtf8(Encoding.ASCII.GetBytes(text), secret, out var length) && length == Bytes ? SHA256.HashData(secret) : null;
    }
}
