namespace StreamClips.Storage.Ssh;

/// <summary>Files of a server, by SFTP.</summary>
/// <param name="connection">The connection.</param>
internal sealed class SftpFiles(SftpConnection connection)
{
    /// <summary>Bytes a packet; every server takes so many (section 3 of the draft asks for 34,000 bytes in all).</summary>
    public const int PacketBytes = 32 << 10;

    private const uint SizeFlag = 1;
    private const uint ReadFlag = 1;
    private const uint WriteFlag = 2;
    private const uint CreateFlag = 8;
    private const uint TruncateFlag = 16;
    private const int LeastPieceBytes = 1 << 10;

    // What the server gives at a time, where that is less.
    private int _pieceBytes = PacketBytes;

    /// <summary>The length of a file; null where there is none.</summary>
    public async Task<long?> SizeAsync(string path, CancellationToken cancellation)
    {
        try
        {
            var reply = await connection.AskAsync($"looking for {path}", SftpType.Stat, r => r.Text(path), cancellation);
            return (reply.Number() & SizeFlag) != 0 ? reply.Long() : throw new SftpException(SftpStatus.BadMessage, $"the server does not tell the length of {path}");
        }
        catch (SftpException e) when (e.Status == SftpStatus.NoSuchFile)
        {
            return null;
        }
    }

    /// <summary>Opens a file to be read.</summary>
    public Task<byte[]> OpenReadAsync(string path, CancellationToken cancellation) => OpenAsync(path, ReadFlag, cancellation);

    /// <summary>Opens a file to be written, made where it is missing, with the directories above it.</summary>
    public async Task<byte[]> OpenWriteAsync(string path, bool truncate, CancellationToken cancellation)
    {
        var flags = WriteFlag | CreateFlag | (truncate ? TruncateFlag : 0);
        try
        {
            return await OpenAsync(path, flags, cancellation);
        }
        catch (SftpException e) when (e.Status == SftpStatus.NoSuchFile)
        {
            await MakeDirectoryAsync(path[..path.LastIndexOf('/')], cancellation);
            return await OpenAsync(path, flags, cancellation);
        }
    }

    /// <summary>Closes a handle.</summary>
    public Task CloseAsync(byte[] handle, CancellationToken cancellation) => connection.AskAsync("closing a file", SftpType.Close, r => r.Bytes(handle), cancellation);

    /// <summary>Closes a handle where that is possible.</summary>
    public async ValueTask CloseQuietlyAsync(byte[] handle)
    {
        try
        {
            if (connection.IsOpen) await CloseAsync(handle, CancellationToken.None);
        }
        catch (IOException)
        {
            // The server closes it with the connection.
        }
    }

    /// <summary>Begins to write a piece of at most <see cref="PacketBytes"/>.</summary>
    public Task<Task<SftpReply>> WriteAsync(byte[] handle, long offset, ReadOnlyMemory<byte> piece, CancellationToken cancellation) =>
        connection.SendAsync(SftpType.Write, r => r.Bytes(handle).Long(offset).Bytes(piece.Span), cancellation);

    /// <summary>Reads up to so many bytes, several packets at once.</summary>
    /// <returns>Less than asked for only at the end of the file, or where the server gives less at a time.</returns>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(byte[] handle, long offset, int count, CancellationToken cancellation)
    {
        var block = new byte[count];
        var pieces = new List<Task<SftpReply>>();
        var most = _pieceBytes;
        for (var at = 0; at < count; at += most)
        {
            var (from, length) = (offset + at, (uint)Math.Min(most, count - at));
            pieces.Add(await connection.SendAsync(SftpType.Read, r => r.Bytes(handle).Long(from).Number(length), cancellation));
        }

        var filled = 0;
        foreach (var piece in pieces)
        {
            ReadOnlyMemory<byte> data;
            try
            {
                data = SftpConnection.Check(await piece.WaitAsync(cancellation), "reading").Bytes();
            }
            catch (SftpException e) when (e.Status == SftpStatus.EndOfFile)
            {
                break;
            }

            var whole = Math.Min(most, count - filled);
            if (data.Length > whole) throw new SftpException(SftpStatus.BadMessage, "the server gives more than was asked for");
            data.CopyTo(block.AsMemory(filled));
            filled += data.Length;
            if (data.Length == whole) continue;
            // What comes after a short piece would leave a hole, and is asked for again: from here on not more than the server gives.
            _pieceBytes = Math.Clamp(data.Length, LeastPieceBytes, most);
            break;
        }

        return block.AsMemory(0, filled);
    }

    /// <summary>Makes what was written last through a crash of the server, where it can (OpenSSH's PROTOCOL, fsync@openssh.com).</summary>
    public async Task SyncAsync(byte[] handle, CancellationToken cancellation)
    {
        if (connection.Offers("fsync@openssh.com")) await connection.AskAsync("syncing", SftpType.Extended, r => r.Text("fsync@openssh.com").Bytes(handle), cancellation);
    }

    /// <summary>Gives a file another name. Fails where that name is taken, as section 6.5 of the draft asks for.</summary>
    public Task RenameAsync(string from, string to, CancellationToken cancellation) =>
        connection.AskAsync($"renaming to {to}", SftpType.Rename, r => r.Text(from).Text(to), cancellation);

    /// <summary>Removes a file; nothing happens where it is gone already.</summary>
    public async Task RemoveAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await connection.AskAsync($"removing {path}", SftpType.Remove, r => r.Text(path), cancellation);
        }
        catch (SftpException e) when (e.Status == SftpStatus.NoSuchFile)
        {
            // It is gone.
        }
    }

    /// <summary>How many bytes the user may still write to the file system; null where the server does not tell (statvfs@openssh.com).</summary>
    public async Task<long?> FreeBytesAsync(string path, CancellationToken cancellation)
    {
        if (!connection.Offers("statvfs@openssh.com")) return null;
        var reply = await connection.AskAsync("asking for room", SftpType.Extended, r => r.Text("statvfs@openssh.com").Text(path), cancellation);
        reply.Long();
        var (unit, _, _, available) = (reply.Long(), reply.Long(), reply.Long(), reply.Long());
        return unit * available;
    }

    private async Task<byte[]> OpenAsync(string path, uint flags, CancellationToken cancellation)
    {
        var opening = await connection.SendAsync(SftpType.Open, r => r.Text(path).Number(flags).Number(0), cancellation);
        try
        {
            return HandleOf(await opening.WaitAsync(cancellation));
        }
        catch (OperationCanceledException)
        {
            // The server opens it all the same, and has only so many handles for a connection that lives for weeks.
            _ = CloseLateAsync();
            throw;
        }

        byte[] HandleOf(SftpReply reply) => SftpConnection.Check(reply, $"opening {path}").Bytes().ToArray();

        async Task CloseLateAsync()
        {
            try
            {
                await CloseQuietlyAsync(HandleOf(await opening));
            }
            catch (IOException)
            {
                // It was not opened, or is closed with the connection.
            }
        }
    }

    private async Task MakeDirectoryAsync(string path, CancellationToken cancellation)
    {
        if (path.Length == 0 || await ExistsAsync(path, cancellation)) return;
        if (path.LastIndexOf('/') is >= 0 and var slash) await MakeDirectoryAsync(path[..slash], cancellation);
        try
        {
            await connection.AskAsync($"making the directory {path}", SftpType.MakeDirectory, r => r.Text(path).Number(0), cancellation);
        }
        catch (SftpException e) when (e.Status == SftpStatus.Failure)
        {
            // Another upload was quicker; otherwise opening the file tells.
        }
    }

    private async Task<bool> ExistsAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await connection.AskAsync($"looking for {path}", SftpType.Stat, r => r.Text(path), cancellation);
            return true;
        }
        catch (SftpException e) when (e.Status == SftpStatus.NoSuchFile)
        {
            return false;
        }
    }
}
