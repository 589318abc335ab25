using System.Text;

namespace StreamClips.ControlPlane.Secrets;

/// <summary>Seals the addresses of streams that hold a key.</summary>
/// <param name="secret">What they are sealed with.</param>
public sealed class AddressSeal(SecretKey secret)
{
    private const string Purpose = "stream address";

    /// <summary>Seals an address.</summary>
    /// <returns>The box in base64, another one each time.</returns>
    public string Seal(string address) => Convert.ToBase64String(secret.Seal(Purpose, Encoding.UTF8.GetBytes(address)));

    /// <summary>Opens a box.</summary>
    /// <returns>The address; null where it was sealed with another secret, or is damaged.</returns>
    public string? Open(string box)
    {
        var bytes = new byte[box.Length];
        return Convert.TryFromBase64String(box, bytes, out var length) && secret.Open(Purpose, bytes[..length]) is { } plain ? Encoding.UTF8.GetString(plain) : null;
    }
}
