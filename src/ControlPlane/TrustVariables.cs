using System.Globalization;
using System.Net;
using StreamClips.ControlPlane.Secrets;
using StreamClips.Shared.Trust;

namespace StreamClips.ControlPlane;

/// <summary>What the environment tells of secrets, of the port that agents dial, and of their certificates.</summary>
/// <param name="SecretKey">What secrets are sealed with; null: not given.</param>
/// <param name="OldSecretKey">What they were sealed with before; null: the same.</param>
/// <param name="Address">The address to listen on.</param>
/// <param name="Names">The names that were given for it.</param>
/// <param name="Urls">The addresses by which agents reach the replicas; empty: not given.</param>
/// <param name="NodeCertificateLife">How long a node's certificate lives.</param>
internal sealed record TrustVariables(string? SecretKey, string? OldSecretKey, IPAddress Address, IReadOnlyList<string> Names, IReadOnlyList<Uri> Urls, TimeSpan NodeCertificateLife)
{
    private static readonly TimeSpan ShortestLife = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(365);

    /// <summary>The address as a name of its own, where it is one that can be dialled.</summary>
    public IEnumerable<string> OwnAddress => Address.Equals(IPAddress.Any) || Address.Equals(IPAddress.IPv6Any) ? [] : [Address.ToString()];

    /// <summary>Reads them.</summary>
    /// <param name="text">Looks up a variable; null: it is not set.</param>
    /// <param name="faults">Where every fault goes.</param>
    public static TrustVariables Read(Func<string, string?> text, List<string> faults)
    {
        var address = IPAddress.Loopback;
        if (text("GRPC_ADDRESS") is { } given && !IPAddress.TryParse(given, out address!))
        {
            faults.Add($"GRPC_ADDRESS is '{given}': give an IP address of this machine, or 0.0.0.0 for all");
            address = IPAddress.Loopback;
        }

        var names = (text("GRPC_NAMES") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var name in names.Where(n => Uri.CheckHostName(n) is UriHostNameType.Unknown or UriHostNameType.Basic))
            faults.Add($"GRPC_NAMES holds '{name}': give host names and addresses, with commas in between");
        if (names.Length > 50) faults.Add($"GRPC_NAMES holds {names.Length} names: give at most 50");
        var (urls, wrong) = text("GRPC_URLS") is { } list ? AgentsAddresses.Read("GRPC_URLS", list) : ([], []);
        faults.AddRange(wrong);
        return new(Secret("SECRET_KEY", text, faults), Secret("SECRET_KEY_OLD", text, faults), address, names, urls, Life(text("NODE_CERTIFICATE_LIFE"), faults));
    }

    private static string? Secret(string variable, Func<string, string?> text, List<string> faults)
    {
        var (secret, name) = (text(variable), variable);
        if (text($"{variable}_FILE") is { } file)
        {
            if (secret is not null) faults.Add($"{variable} and {variable}_FILE are both set: give one");
            try
            {
                (secret, name) = (File.ReadAllText(file).Trim(), $"{variable}_FILE '{file}'");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                faults.Add($"{variable}_FILE is '{file}', which cannot be read: {e.Message}");
            }
        }

        if (secret is { Length: < Secrets.SecretKey.ShortestText })
            faults.Add($"{name} has {secret.Length} characters: give at least {Secrets.SecretKey.ShortestText} that nobody guesses, as of `openssl rand -hex 32`");
        return secret;
    }

    private static TimeSpan Life(string? text, List<string> faults)
    {
        var absent = TimeSpan.FromDays(7);
        if (text is null) return absent;
        double? unit_s = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => null };
        if (unit_s is not null && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * unit_s.Value <= LongestLife.TotalSeconds && TimeSpan.FromSeconds(number * unit_s.Value) >= ShortestLife)
        {
            return TimeSpan.FromSeconds(number * unit_s.Value);
        }

        faults.Add($"NODE_CERTIFICATE_LIFE is '{text}': give a number and a unit from {ShortestLife.TotalSeconds:0}s to {LongestLife.TotalDays:0}d, as 12h or 7d");
        return absent;
    }
}
