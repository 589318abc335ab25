using System.Security.Cryptography;
using System.Text;

namespace StreamClips.ControlPlane.Database;

/// <summary>
/// What Postgres keeps of a password (RFC 5803, PostgreSQL manual 51.8), made here so that no statement has the password itself in it.
/// </summary>
public static class ScramVerifier
{
    private const int Iterations = 4096; // As the server's own.

    /// <summary>The verifier, as <c>create role … password</c> takes it.</summary>
    /// <param name="password">ASCII only: other characters would have to be prepared (RFC 4013).</param>
    public static string Of(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.ASCII.GetBytes(password), salt, Iterations, HashAlgorithmName.SHA256, 32);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}";
    }
}
