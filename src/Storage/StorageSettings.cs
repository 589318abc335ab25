using StreamClips.Storage.S3;
using StreamClips.Storage.Ssh;

namespace StreamClips.Storage;

/// <summary>
/// A place where clips are kept, as it is configured: a server by SSH where STORAGE_SERVER_HOST is set, a bucket where
/// STORAGE_S3_BUCKET is, otherwise a directory. Its name is
/// stored with each clip, so that clips are found again when new ones go elsewhere.
/// </summary>
public sealed record StorageSettings
{
    /// <summary>The name of a directory's storage, where it is given no other.</summary>
    public const string LocalName = "local";

    /// <summary>The name: STORAGE_NAME, 1 to 63 of a-z, 0-9 and '-'.</summary>
    public required string Name { get; init; }

    /// <summary>The directory, where it is one of this machine.</summary>
    public string? LocalPath { get; init; }

    /// <summary>The server, where it is reached by SSH.</summary>
    public SshOptions? Ssh { get; init; }

    /// <summary>The bucket, where it is one.</summary>
    public S3Options? S3 { get; init; }

    /// <summary>Reads one from variables.</summary>
    /// <param name="variable">Looks up a variable; null or empty: it is not set.</param>
    /// <param name="prefix">What the variables' names begin with; empty for the one where new clips go.</param>
    /// <param name="name">Its name where STORAGE_NAME is not set; null: after its kind.</param>
    /// <param name="workDirectory">Where it may keep files of its own.</param>
    /// <param name="localPath">The directory where STORAGE_SERVER_PATH is not set; null: then that is a fault.</param>
    /// <param name="faults">Takes what is wrong: the variable, its value, and what to give instead.</param>
    /// <returns>Null where something is wrong.</returns>
    public static StorageSettings? Read(
        Func<string, string?> variable, string prefix, string? name, string workDirectory, string? localPath, ICollection<string> faults)
    {
        var before = faults.Count;
        var variables = new StorageVariables(variable, prefix, faults);
        var host = variables.Find("STORAGE_SERVER_HOST");
        var bucket = variables.Find("STORAGE_S3_BUCKET");
        if (host is not null && bucket is not null) variables.Wrong("STORAGE_S3_BUCKET", bucket, "STORAGE_SERVER_HOST is set too: set one of them");
        var called = variables.Find("STORAGE_NAME") ?? name ?? (host is not null ? "ssh" : bucket is not null ? "s3" : LocalName);
        if (!IsName(called)) variables.Wrong("STORAGE_NAME", called, "give 1 to 63 of a-z, 0-9 and '-'");
        StorageSettings settings;
        if (host is null && bucket is not null)
        {
            settings = new() { Name = called, S3 = variables.ReadS3(bucket) };
        }
        else if (host is null)
        {
            var path = variables.Find("STORAGE_SERVER_PATH");
            if (path is null && localPath is null) variables.Missing("STORAGE_SERVER_PATH", "the directory for clips");
            else if (path is not null && !Path.IsPathRooted(path)) variables.Wrong("STORAGE_SERVER_PATH", path, "it must be an absolute path");
            settings = new() { Name = called, LocalPath = Path.GetFullPath(path ?? localPath ?? "/") };
        }
        else
        {
            settings = new() { Name = called, Ssh = variables.ReadSsh(host, Path.Combine(workDirectory, $"storage-{called}")) };
        }

        return faults.Count == before ? settings : null;
    }

    /// <summary>Whether a text can be the name of a storage.</summary>
    public static bool IsName(string text) => text.Length is > 0 and < 64 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>The place itself. Nothing is reached before it is used.</summary>
    /// <param name="budget">The limit of bytes a second for uploads.</param>
    /// <param name="clock">The clock.</param>
    public IClipTarget Open(ByteBudget budget, TimeProvider clock) =>
        Ssh is not null ? new SshStorage(Name, Ssh, budget, clock) : S3 is not null ? new S3Storage(Name, S3, budget, clock) : new LocalDiskStorage(LocalPath!, Name, budget);
}
