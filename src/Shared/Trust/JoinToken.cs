using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace StreamClips.Shared.Trust;

/// <summary>
/// What lets a server become a node, once or so many times: a secret, and the SHA-256 of the control plane's CA certificate, so that the
/// server knows the control plane before it shows the secret. As text <c>scj1_</c> and 75 characters of base64url (RFC 4648 section 5).
/// </summary>
public sealed class JoinToken
{
    /// <summary>Bytes of the secret.</summary>
    public const int SecretBytes = 24;

    /// <summary>Longest text that is looked at.</summary>
    public const int LongestText = 200;

    private const string Prefix = "scj1_";
    private const string Remedy = "give the whole token as `streamclips nodes token create` printed it";
    private readonly byte[] _secret;

    private JoinToken(byte[] secret, byte[] authority) => (_secret, Authority) = (secret, authority);

    /// <summary>SHA-256 of the CA certificate's DER form.</summary>
    public byte[] Authority { get; }

    /// <summary>What the control plane keeps of it: the secret's SHA-256, which is no use to anybody who reads it there.</summary>
    public byte[] Hash => SHA256.HashData(_secret);

    /// <summary>The token itself. A secret: by file or standard input, never on a command line.</summary>
    public string Text => Prefix + Base64Url.EncodeToString([.. _secret, .. Authority]);

    /// <summary>A new one for this CA.</summary>
    /// <param name="authority">SHA-256 of the CA certificate.</param>
    public static JoinToken Make(byte[] authority) => new(RandomNumberGenerator.GetBytes(SecretBytes), authority);

    /// <summary>Reads one, with blanks and line ends around it.</summary>
    /// <returns>The token, or what is wrong and what to do; the text is never repeated.</returns>
    public static (JoinToken? Token, string Fault) Parse(string text)
    {
        if (text.Length > LongestText) return (null, $"the join token has {text.Length} characters: {Remedy}");
        var trimmed = text.Trim();
        if (trimmed.Length == 0) return (null, $"the join token is empty: {Remedy}");
        if (!trimmed.StartsWith(Prefix, StringComparison.Ordinal)) return (null, $"the join token does not begin with {Prefix}: {Remedy}");
        var bytes = new byte[LongestText];
        var wanted = SecretBytes + SHA256.HashSizeInBytes;
        if (!Base64Url.IsValid(trimmed.AsSpan(Prefix.Length)) || !Base64Url.TryDecodeFromUtf8(Encoding.UTF8.GetBytes(trimmed[Prefix.Length..]), bytes, out var length) || length != wanted)
            return (null, $"the join token is damaged or cut off: {Remedy}");
        return (new(bytes[..SecretBytes], bytes[SecretBytes..wanted]), "");
    }
}
