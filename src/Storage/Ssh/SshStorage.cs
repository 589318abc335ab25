using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace StreamClips.Storage.Ssh;

/// <summary>
/// Clips on a server that is reached by SSH: a Hetzner Storage Box, or any machine with OpenSSH. A file is written as <c>.NAME.HASH.part</c>
/// beside its place, read back whole, and renamed without replacing. A part that a broken connection left is continued; whether it was
/// right shows when it is read back, and a wrong one is sent again from its beginning. Reading back needs neither a shell nor programs on
/// the server, and also finds what it wrote wrongly.
/// </summary>
/// <param name="name">Its name, which is stored with each clip.</param>
/// <param name="options">The server.</param>
/// <param name="budget">The limit of bytes a second for uploads.</param>
/// <param name="clock">The clock.</param>
public sealed class SshStorage(string name, SshOptions options, ByteBudget budget, TimeProvider clock) : IClipTarget, IAsyncDisposable, IDisposable
{
    private const int ReadBytes = 1 << 20;
    private const int MostUnderWay = 64;
    private readonly SemaphoreSlim _connecting = new(1);
    private SftpConnection? _connection;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string Description => $"ssh://{options.Address}/{options.Path.TrimStart('/')}";

    /// <inheritdoc/>
    public async Task<StoreResult> StoreAsync(StorageKey key, StoreSource source, CancellationToken cancellation)
    {
        var local = new FileInfo(source.Path);
        if (!local.Exists) return new(StoreOutcome.SourceDamaged, $"{source.Path} is missing");
        if (local.Length != source.SizeBytes) return new(StoreOutcome.SourceDamaged, $"{source.Path} has {local.Length} bytes instead of {source.SizeBytes}");
        try
        {
            var files = new SftpFiles(await ConnectAsync(cancellation));
            return await StoreAsync(files, key, source, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(StoreOutcome.Unavailable, $"storage {Description} cannot take {key}: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public async Task<Stream?> OpenReadAsync(StorageKey key, CancellationToken cancellation)
    {
        var files = new SftpFiles(await ConnectAsync(cancellation));
        if (await files.SizeAsync(PathOf(key), cancellation) is not { } size) return null;
        var handle = await files.OpenReadAsync(PathOf(key), cancellation);
        return new BlockStream(size, (offset, count, stop) => files.ReadAsync(handle, offset, count, stop), () => files.CloseQuietlyAsync(handle));
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(StorageKey key, CancellationToken cancellation) =>
        await new SftpFiles(await ConnectAsync(cancellation)).RemoveAsync(PathOf(key), cancellation);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var connection = await ConnectAsync(cancellation);
        await foreach (var file in new SftpListing(connection).ListAsync(options.Path is "" or "." ? "." : options.Path.TrimEnd('/'), cancellation)) yield return file;
    }

    /// <inheritdoc/>
    public async Task DeleteTemporaryAsync(StoredObject file, CancellationToken cancellation)
    {
        if (!file.IsTemporary) throw new ArgumentException($"{file.Name} is no temporary file", nameof(file));
        await new SftpFiles(await ConnectAsync(cancellation)).RemoveAsync(PathOf(file.Name), cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        _connecting.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection?.Kill();
        _connecting.Dispose();
    }

    private string PathOf(StorageKey key) => PathOf(key.Value);

    private string PathOf(string name) => options.Path is "" or "." ? name : $"{options.Path.TrimEnd('/')}/{name}";

    private async Task<SftpConnection> ConnectAsync(CancellationToken cancellation)
    {
        await _connecting.WaitAsync(cancellation);
        try
        {
            if (_connection is { IsOpen: true }) return _connection;
            if (_connection is not null) await _connection.DisposeAsync();
            _connection = null;
            return _connection = await SftpConnection.OpenAsync(options, clock, cancellation);
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async Task<StoreResult> StoreAsync(SftpFiles files, StorageKey key, StoreSource source, CancellationToken cancellation)
    {
        var target = PathOf(key);
        if (await files.SizeAsync(target, cancellation) is { } there) return await CompareAsync(files, target, there, key, source, cancellation);
        var slash = target.LastIndexOf('/') + 1;
        // The hash in the name keeps the part of another clip of this name from being continued.
        var part = $"{target[..slash]}.{target[slash..]}.{source.Sha256[..16]}.part";
        for (var attempt = 1; ; attempt++)
        {
            var from = attempt == 1 ? await files.SizeAsync(part, cancellation) ?? 0 : 0;
            if (from > source.SizeBytes) from = 0;
            if (await UploadAsync(files, source, part, from, cancellation) is { } damage)
            {
                await files.RemoveAsync(part, cancellation);
                return damage;
            }

            var written = await MeasureAsync(files, part, cancellation);
            if (written == (source.SizeBytes, source.Sha256)) break;
            await files.RemoveAsync(part, cancellation);
            if (attempt == 2) throw new IOException($"{part} reads back as {written.SizeBytes} bytes with SHA-256 {written.Sha256}, not as it was sent: check the server's disk");
        }

        try
        {
            await files.RenameAsync(part, target, cancellation);
            return new(StoreOutcome.Stored);
        }
        catch (SftpException e) when (e.Status == SftpStatus.Failure)
        {
            // Another one was quicker.
            if (await files.SizeAsync(target, cancellation) is not { } size) throw;
            await files.RemoveAsync(part, cancellation);
            return await CompareAsync(files, target, size, key, source, cancellation);
        }
    }

    /// <returns>What is wrong with the source, or null.</returns>
    private async Task<StoreResult?> UploadAsync(SftpFiles files, StoreSource source, string part, long from, CancellationToken cancellation)
    {
        await using var input = new FileStream(source.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, useAsync: true);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var handle = await files.OpenWriteAsync(part, truncate: from == 0, cancellation);
        try
        {
            var underWay = new Queue<Task<SftpReply>>();
            var buffer = new byte[ReadBytes];
            var at = 0L;
            while (await input.ReadAsync(buffer, cancellation) is > 0 and var read)
            {
                hash.AppendData(buffer, 0, read);
                // A part that is there is only hashed.
                for (var i = (int)Math.Clamp(from - at, 0, read); i < read; i += SftpFiles.PacketBytes)
                {
                    var piece = buffer.AsMemory(i, Math.Min(SftpFiles.PacketBytes, read - i));
                    await budget.TakeAsync(piece.Length, cancellation);
                    underWay.Enqueue(await files.WriteAsync(handle, at + i, piece, cancellation));
                    if (underWay.Count > MostUnderWay) SftpConnection.Check(await underWay.Dequeue().WaitAsync(cancellation), $"writing {part}");
                }

                at += read;
            }

            while (underWay.TryDequeue(out var piece)) SftpConnection.Check(await piece.WaitAsync(cancellation), $"writing {part}");
            var sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (sha256 != source.Sha256) return new(StoreOutcome.SourceDamaged, $"{source.Path} has SHA-256 {sha256} instead of {source.Sha256}");
            await files.SyncAsync(handle, cancellation);
            return null;
        }
        catch (SftpException e) when (e.Status == SftpStatus.Failure)
        {
            var free = await files.FreeBytesAsync(options.Path.Length == 0 ? "." : options.Path, cancellation);
            throw new IOException($"{e.Message}: its disk or this account's quota is most likely full{(free is null ? "" : $" (the disk has {free >> 20} MiB free)")}", e);
        }
        finally
        {
            await files.CloseQuietlyAsync(handle);
        }
    }

    private static async Task<StoreResult> CompareAsync(SftpFiles files, string target, long size, StorageKey key, StoreSource source, CancellationToken cancellation)
    {
        var there = size == source.SizeBytes ? await MeasureAsync(files, target, cancellation) : (size, "not compared");
        return there == (source.SizeBytes, source.Sha256)
            ? new(StoreOutcome.AlreadyThere)
            : new(StoreOutcome.Conflict, $"{key} is in storage with other bytes ({there.Item1}, SHA-256 {there.Item2}); it stays as it is: move it away to store this one");
    }

    private static async Task<(long SizeBytes, string Sha256)> MeasureAsync(SftpFiles files, string path, CancellationToken cancellation)
    {
        var handle = await files.OpenReadAsync(path, cancellation);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var size = 0L;
            // The next block is on its way while this one is hashed.
            var next = files.ReadAsync(handle, 0, ReadBytes, cancellation);
            while (await next is { Length: > 0 } block)
            {
                size += block.Length;
                next = files.ReadAsync(handle, size, ReadBytes, cancellation);
                hash.AppendData(block.Span);
            }

            return (size, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        finally
        {
            await files.CloseQuietlyAsync(handle);
        }
    }
}
