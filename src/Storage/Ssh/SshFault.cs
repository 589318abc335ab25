using System.Text.RegularExpressions;

namespace StreamClips.Storage.Ssh;

/// <summary>Makes what the ssh client said into a reason that a person can act on.</summary>
public static partial class SshFault
{
    /// <summary>The reason.</summary>
    /// <param name="said">What the client wrote to its standard error.</param>
    /// <param name="options">The server.</param>
    public static string Explain(string said, SshOptions options)
    {
        var keys = ShownKey().Matches(said);
        var shown = keys.Count > 0 ? keys[^1].Groups["key"].Value : "an unknown one";
        if (said.Contains("HOST IDENTIFICATION HAS CHANGED", StringComparison.Ordinal) || said.Contains("Host key verification failed", StringComparison.Ordinal)
            || said.Contains("host key is known for", StringComparison.Ordinal))
        {
            return $"{options.Address}{Via(options)} showed a host key that is not pinned: {shown}. Nothing was sent. Somebody may be in between; where the server was really set up "
                + "anew, compare the fingerprint with the server's own and pin the key with STORAGE_SERVER_HOST_KEY (for a jump host STORAGE_SERVER_JUMP_HOST_KEY)";
        }

        if (said.Contains("Permission denied", StringComparison.Ordinal) || said.Contains("Too many authentication failures", StringComparison.Ordinal))
        {
            return $"{options.Address} refuses to let {options.User} in by {(options.KeyFile is null ? "this password" : options.Password is null ? "this key" : "this key and this password")}"
                + $"{Via(options)}: check STORAGE_SERVER_USER, {(options.KeyFile is null ? "STORAGE_SERVER_PASSWORD" : "STORAGE_SERVER_KEY_FILE and the server's authorized_keys")}";
        }

        if (said.Contains("subsystem request failed", StringComparison.Ordinal)) return $"{options.Address} lets {options.User} in but offers no SFTP: turn it on there";
        var words = said.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(IsForPeople).TakeLast(2);
        var text = string.Join("; ", words);
        return text.Length == 0 ? $"the connection to {options.Address} ended" : $"the connection to {options.Address} failed: {(text.Length > 300 ? text[..300] : text)}";
    }

    private static string Via(SshOptions options) => options.Jump is { } jump ? $" (or the jump host {jump.Host})" : "";

    private static bool IsForPeople(string line) =>
        !line.StartsWith("debug", StringComparison.Ordinal) && !line.StartsWith("OpenSSH_", StringComparison.Ordinal)
        && !line.StartsWith("Authenticated to", StringComparison.Ordinal) && !line.StartsWith("Transferred:", StringComparison.Ordinal)
        && !line.StartsWith("Bytes per second", StringComparison.Ordinal) && !line.StartsWith("Killed by signal", StringComparison.Ordinal);

    [GeneratedRegex(@"debug1: Server host key: (?<key>\S+ \S+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ShownKey();
}
