using System.Runtime.CompilerServices;

namespace StreamClips.Storage.Ssh;

/// <summary>Walks a directory of a server in the order of names as a whole, one directory in memory at a time and level. Links are not followed.</summary>
/// <param name="connection">The connection.</param>
internal sealed class SftpListing(SftpConnection connection)
{
    // Sections 5 and 7 of the draft: which fields of a file's attributes follow.
    private const uint SizeFlag = 1;
    private const uint OwnerFlag = 2;
    private const uint ModeFlag = 4;
    private const uint TimeFlag = 8;
    private const uint ExtendedFlag = 0x8000_0000;

    // stat(2): what kind of file a mode is of.
    private const uint KindMask = 0xF000;
    private const uint DirectoryKind = 0x4000;
    private const uint FileKind = 0x8000;

    /// <summary>All files below a path.</summary>
    public async IAsyncEnumerable<StoredObject> ListAsync(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var file in WalkAsync(path, "", StorageKey.MaxParts, cancellation)) yield return file;
    }

    private async IAsyncEnumerable<StoredObject> WalkAsync(string path, string prefix, int levels, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var entry in await ReadAsync(path, cancellation))
        {
            if (!entry.IsDirectory) yield return new(prefix + entry.Name, entry.SizeBytes, entry.ChangedAt);
            else if (levels > 1)
                await foreach (var file in WalkAsync($"{path}/{entry.Name[..^1]}", prefix + entry.Name, levels - 1, cancellation)) yield return file;
        }
    }

    private async Task<List<Entry>> ReadAsync(string path, CancellationToken cancellation)
    {
        byte[] handle;
        try
        {
            handle = (await connection.AskAsync($"opening the directory {path}", SftpType.OpenDirectory, r => r.Text(path), cancellation)).Bytes().ToArray();
        }
        catch (SftpException e) when (e.Status == SftpStatus.NoSuchFile)
        {
            return [];
        }

        var entries = new List<Entry>();
        try
        {
            while (await NextAsync(handle, path, cancellation) is { } reply)
            {
                for (var left = reply.Number(); left > 0; left--)
                    if (Read(reply) is { } entry) entries.Add(entry);
            }
        }
        finally
        {
            await new SftpFiles(connection).CloseQuietlyAsync(handle);
        }

        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return entries;
    }

    private async Task<SftpReply?> NextAsync(byte[] handle, string path, CancellationToken cancellation)
    {
        try
        {
            return await connection.AskAsync($"reading the directory {path}", SftpType.ReadDirectory, r => r.Bytes(handle), cancellation);
        }
        catch (SftpException e) when (e.Status == SftpStatus.EndOfFile)
        {
            return null;
        }
    }

    /// <returns>Null for what is neither a file nor a directory that can hold any of ours.</returns>
    private static Entry? Read(SftpReply reply)
    {
        var name = reply.Text();
        // A line for people, as ls writes it.
        reply.Bytes();
        var flags = reply.Number();
        var size = (flags & SizeFlag) != 0 ? reply.Long() : 0;
        if ((flags & OwnerFlag) != 0) _ = (reply.Number(), reply.Number());
        var kind = (flags & ModeFlag) != 0 ? reply.Number() & KindMask : 0;
        var changed = StoredObject.NoTime;
        if ((flags & TimeFlag) != 0)
        {
            reply.Number();
            changed = DateTimeOffset.FromUnixTimeSeconds(reply.Number());
        }

        for (var left = (flags & ExtendedFlag) != 0 ? reply.Number() : 0; left > 0; left--) _ = (reply.Bytes(), reply.Bytes());
        return kind switch
        {
            FileKind => new(name, IsDirectory: false, size, changed),
            DirectoryKind when StorageKey.TryParse(name, out _) => new(name + "/", IsDirectory: true, 0, changed),
            _ => null,
        };
    }

    private sealed record Entry(string Name, bool IsDirectory, long SizeBytes, DateTimeOffset ChangedAt);
}
