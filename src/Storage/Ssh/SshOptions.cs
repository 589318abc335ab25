namespace StreamClips.Storage.Ssh;

/// <summary>A server that keeps clips and is reached by SSH.</summary>
public sealed record SshOptions
{
    /// <summary>The server's name or address.</summary>
    public required string Host { get; init; }

    /// <summary>Its port.</summary>
    public int Port { get; init; } = 22;

    /// <summary>Who signs in.</summary>
    public required string User { get; init; }

    /// <summary>The directory for clips; without a leading '/' below the user's home.</summary>
    public required string Path { get; init; }

    /// <summary>The password; null: a key is used.</summary>
    public string? Password { get; init; }

    /// <summary>The file with the private key, without a passphrase; null: the password is used.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The public keys that the server may show, each as <c>ssh-ed25519 AAAA…</c>.</summary>
    public required IReadOnlyList<string> HostKeys { get; init; }

    /// <summary>A server on the way, which is signed in to by the same key.</summary>
    public SshJump? Jump { get; init; }

    /// <summary>A private directory for the client's configuration; made where it is missing.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary>From the start of the client until the server speaks SFTP.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A server that is silent for three times this is given up, rounded up to seconds.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A server that answers none of the requests that wait for so long is given up. ssh's keep-alive is answered by the server's sshd alone, and says nothing of
    /// the disk behind it.
    /// </summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The address for people.</summary>
    public string Address => $"{User}@{Host}:{Port}";
}

/// <summary>A server on the way to another.</summary>
/// <param name="User">Who signs in.</param>
/// <param name="Host">Its name or address.</param>
/// <param name="Port">Its port.</param>
/// <param name="HostKeys">The public keys that it may show.</param>
public sealed record SshJump(string User, string Host, int Port, IReadOnlyList<string> HostKeys);
