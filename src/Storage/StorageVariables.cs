using System.Globalization;
using System.Text.RegularExpressions;
using StreamClips.Storage.S3;
using StreamClips.Storage.Ssh;

namespace StreamClips.Storage;

/// <summary>Reads the variables of a storage and gathers what is wrong with them. Values of secrets are in no fault.</summary>
internal sealed partial class StorageVariables(Func<string, string?> variable, string prefix, ICollection<string> faults)
{
    private const string KeyRemedy = "give the server's public key as 'ssh-ed25519 AAAA…', several with commas between; 'ssh-keyscan -p PORT HOST' shows it: compare its fingerprint with the server's own first";

    public string? Find(string name) => variable(prefix + name) is { Length: > 0 } value ? value : null;

    public void Missing(string name, string what) => faults.Add($"{prefix}{name} is not set: give {what}");

    public void Wrong(string name, string value, string remedy) => faults.Add($"{prefix}{name} is '{value}': {remedy}");

    /// <summary>A server by SSH.</summary>
    public SshOptions ReadSsh(string host, string workDirectory)
    {
        var (name, port) = HostAndPort("STORAGE_SERVER_HOST", host);
        var user = Find("STORAGE_SERVER_USER");
        if (user is null) Missing("STORAGE_SERVER_USER", "the user who signs in at STORAGE_SERVER_HOST");
        else if (!Word().IsMatch(user)) Wrong("STORAGE_SERVER_USER", user, "give a user's name without spaces or quotes");
        var path = Find("STORAGE_SERVER_PATH");
        if (path is null) Missing("STORAGE_SERVER_PATH", "the directory for clips on the server; without a leading '/' it is below the user's home");
        else if (path.Any(char.IsControl)) Wrong("STORAGE_SERVER_PATH", path, "give a path without control characters");
        var (password, key) = (Find("STORAGE_SERVER_PASSWORD"), Find("STORAGE_SERVER_KEY_FILE"));
        if (password is null && key is null) Missing("STORAGE_SERVER_PASSWORD or STORAGE_SERVER_KEY_FILE", "the password, or the file with a private key without a passphrase");
        if (password?.AsSpan().ContainsAny('\r', '\n', '\0') == true) faults.Add($"{prefix}STORAGE_SERVER_PASSWORD has more than one line: give the password alone");
        if (key is not null && (!File.Exists(key) || key.Contains('"', StringComparison.Ordinal))) Wrong("STORAGE_SERVER_KEY_FILE", key, "there is no such file");
        return new()
        {
            Host = name, Port = port, User = user ?? "", Path = path ?? "", Password = password, KeyFile = key is null ? null : Path.GetFullPath(key),
            HostKeys = HostKeys("STORAGE_SERVER_HOST_KEY"), Jump = ReadJump(key), WorkDirectory = workDirectory,
        };
    }

    /// <summary>A bucket.</summary>
    public S3Options ReadS3(string bucket)
    {
        if (!Bucket().IsMatch(bucket)) Wrong("STORAGE_S3_BUCKET", bucket, "give a bucket's name, 3 to 63 of a-z, 0-9, '.' and '-'");
        var endpoint = Find("STORAGE_S3_ENDPOINT");
        Uri? address = null;
        if (endpoint is not null && (!Uri.TryCreate(endpoint, UriKind.Absolute, out address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0 || address.PathAndQuery != "/"))
            Wrong("STORAGE_S3_ENDPOINT", endpoint, "give the service's address, as https://fsn1.your-objectstorage.com");
        var folder = (Find("STORAGE_S3_PREFIX") ?? "").Trim('/');
        if (folder.Length > 0 && !StorageKey.TryParse(folder, out _)) Wrong("STORAGE_S3_PREFIX", folder, "give parts of a-z, 0-9, '.', '_' and '-' with '/' between them");
        return new()
        {
            Bucket = bucket, Endpoint = address, Prefix = folder, Region = Find("STORAGE_S3_REGION") ?? "us-east-1",
            AccessKey = Needed("STORAGE_S3_ACCESS_KEY", "the access key's id"), SecretKey = Needed("STORAGE_S3_SECRET_KEY", "the access key's secret"),
            PathStyle = Choice("STORAGE_S3_PATH_STYLE", "true", "false", absent: endpoint is not null), Redirects = Choice("STORAGE_S3_PLAYBACK", "redirect", "proxy", absent: true),
        };
    }

    private string Needed(string name, string what)
    {
        if (Find(name) is { } value) return value;
        Missing(name, what);
        return "";
    }

    private bool Choice(string name, string yes, string no, bool absent)
    {
        if (Find(name) is not { } value) return absent;
        if (value != yes && value != no) Wrong(name, value, $"give {yes} or {no}");
        return value == yes;
    }

    private SshJump? ReadJump(string? key)
    {
        if (Find("STORAGE_SERVER_JUMP") is not { } jump) return null;
        if (key is null) Missing("STORAGE_SERVER_KEY_FILE", "the private key for the jump host: it is never told the password");
        var at = jump.LastIndexOf('@');
        if (at <= 0 || !Word().IsMatch(jump[..at]))
        {
            Wrong("STORAGE_SERVER_JUMP", jump, "give USER@HOST or USER@HOST:PORT");
            return null;
        }

        var (host, port) = HostAndPort("STORAGE_SERVER_JUMP", jump[(at + 1)..]);
        return new(jump[..at], host, port, HostKeys("STORAGE_SERVER_JUMP_HOST_KEY"));
    }

    private (string Host, int Port) HostAndPort(string name, string value)
    {
        var match = Address().Match(value);
        var port = 22;
        if (match.Success && (match.Groups["port"].Value is not { Length: > 0 } text || (int.TryParse(text, CultureInfo.InvariantCulture, out port) && port is > 0 and < 65536)))
            return (match.Groups["host"].Value, port);
        Wrong(name, value, "give a host's name or address, or HOST:PORT, an IPv6 address as [::1]:22");
        return ("", 22);
    }

    private IReadOnlyList<string> HostKeys(string name)
    {
        if (Find(name) is not { } value)
        {
            Missing(name, KeyRemedy["give ".Length..]);
            return [];
        }

        var keys = new List<string>();
        foreach (var line in value.Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (HostKey().Match(line) is { Success: true } key) keys.Add(key.Groups["key"].Value);
            else Wrong(name, line.Length > 60 ? line[..60] + "…" : line, KeyRemedy);
        }

        return keys;
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Bucket();

    // What comes into the client's configuration must not be able to add lines to it, or be taken for an option.
    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9._@+-]{0,99}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();

    [GeneratedRegex(@"\A(\[(?<host>[0-9A-Fa-f:.]{2,60})\]|(?<host>[A-Za-z0-9_]([A-Za-z0-9._-]{0,252})))(:(?<port>[0-9]{1,5}))?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();

    [GeneratedRegex(@"\A(?<key>(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{20,4000}={0,2})( [^\r\n]{0,200})?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HostKey();
}
