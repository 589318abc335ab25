using System.Security.Cryptography;
using System.Text;

namespace StreamClips.ControlPlane.Secrets;

/// <summary>
/// Seals what the database keeps and nobody who reads the database may know. The key of each purpose and each box is derived from the one secret
/// (HKDF, RFC 5869, with SHA-256 and a salt of its own); the box is AES-256-GCM, so a wrong secret or a changed byte is noticed.
/// </summary>
/// <param name="secret">The secret: 32 bytes or more that nobody guesses.</param>
public sealed class SecretKey(byte[] secret)
{
    /// <summary>Fewest characters of <c>SECRET_KEY</c>.</summary>
    public const int ShortestText = 32;

    private const byte Version = 1;
    private const int SaltBytes = 16;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int KeyBytes = 32;
    private const int HeadBytes = 1 + SaltBytes + NonceBytes + TagBytes;

    /// <summary>The key of <c>SECRET_KEY</c>, or else of a file in the data directory, which is made where it is missing and which only its owner reads.</summary>
    /// <exception cref="StartupException">The file is too short.</exception>
    /// <exception cref="IOException">The file cannot be read or made.</exception>
    public static SecretKey Of(ControlPlaneOptions options)
    {
        if (options.SecretKey is { } given) return new(Encoding.UTF8.GetBytes(given));
        var path = Path.Combine(options.DataDirectory, "secret-key");
        if (!File.Exists(path)) Make(path);
        var text = File.ReadAllText(path).Trim();
        return text.Length >= ShortestText
            ? new(Encoding.UTF8.GetBytes(text))
            : throw new StartupException($"{path} has {text.Length} characters: restore it from a backup, or give what it held as SECRET_KEY");
    }

    /// <summary>The key of <c>SECRET_KEY_OLD</c>; null where none is given.</summary>
    public static SecretKey? OldOf(ControlPlaneOptions options) => options.OldSecretKey is { } old ? new(Encoding.UTF8.GetBytes(old)) : null;

    /// <summary>Seals bytes.</summary>
    /// <param name="purpose">What they are: a box of one purpose does not open as another.</param>
    /// <param name="plain">The bytes.</param>
    public byte[] Seal(string purpose, ReadOnlySpan<byte> plain)
    {
        var box = new byte[HeadBytes + plain.Length];
        box[0] = Version;
        RandomNumberGenerator.Fill(box.AsSpan(1, SaltBytes + NonceBytes));
        using var cipher = Cipher(purpose, box);
        cipher.Encrypt(Nonce(box), plain, box.AsSpan(HeadBytes), Tag(box), Encoding.UTF8.GetBytes(purpose));
        return box;
    }

    /// <summary>Opens a box.</summary>
    /// <returns>What was sealed; null where the secret or the purpose is another, or the box is damaged.</returns>
    public byte[]? Open(string purpose, byte[] box)
    {
        if (box.Length < HeadBytes || box[0] != Version) return null;
        var plain = new byte[box.Length - HeadBytes];
        using var cipher = Cipher(purpose, box);
        try
        {
            cipher.Decrypt(Nonce(box), box.AsSpan(HeadBytes), Tag(box), plain, Encoding.UTF8.GetBytes(purpose));
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static void Make(string path)
    {
        var temporary = path + ".new";
        var only = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using (var file = new FileStream(temporary, only))
        {
            file.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes)) + "\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path);
    }

    private AesGcm Cipher(string purpose, byte[] box)
    {
        Span<byte> key = stackalloc byte[KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, key, box.AsSpan(1, SaltBytes), Encoding.UTF8.GetBytes("streamclips " + purpose));
        return new AesGcm(key, TagBytes);
    }

    private static Span<byte> Nonce(byte[] box) => box.AsSpan(1 + SaltBytes, NonceBytes);

    private static Span<byte> Tag(byte[] box) => box.AsSpan(1 + SaltBytes + NonceBytes, TagBytes);
}
