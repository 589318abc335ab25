using Microsoft.AspNetCore.Identity;

namespace StreamClips.ControlPlane.Accounts;

/// <summary>Passwords by the framework's hasher (PBKDF2 with HMAC-SHA512, salted), and what one must be like.</summary>
public static class Passwords
{
    /// <summary>Fewest characters (NIST SP 800-63B section 5.1.1.1).</summary>
    public const int Shortest = 8;

    /// <summary>Most characters.</summary>
    public const int Longest = 200;

    private static readonly PasswordHasher<Account> Hasher = new();

    // Verified where there is no such account, so that a wrong name takes as long as a wrong password.
    private static readonly string NobodysHash = Hash("nobody has this password");

    /// <summary>What is kept of a password.</summary>
    public static string Hash(string password) => Hasher.HashPassword(null!, password);

    /// <summary>Compares a password with an account's; takes as long where there is no account.</summary>
    public static PasswordVerificationResult Verify(Account? account, string password)
    {
        var result = Hasher.VerifyHashedPassword(account!, account?.PasswordHash ?? NobodysHash, password);
        return account is null ? PasswordVerificationResult.Failed : result;
    }

    /// <summary>Why a password cannot be taken; null where it can.</summary>
    /// <param name="field">What the field is called.</param>
    /// <param name="password">The password.</param>
    /// <param name="username">Whose it shall be.</param>
    public static string? Fault(string field, string password, string username)
    {
        if (password.Length is < Shortest or > Longest) return $"{field} has {password.Length} characters: give {Shortest} to {Longest}";
        return string.Equals(password, username, StringComparison.OrdinalIgnoreCase) ? $"{field} is the user name: give another" : null;
    }
}
