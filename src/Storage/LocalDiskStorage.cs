using System.Buffers;
using System.Security.Cryptography;

namespace StreamClips.Storage;

/// <summary>
/// Clips in a directory of this machine or of a mounted share. A file is written as <c>.NAME.part</c> beside its place,
/// synced to the disk, read back, and renamed without replacing; a part file left by a crash is overwritten by the next try.
/// </summary>
/// <param name="root">The directory; made where it is missing.</param>
/// <param name="name">Its name, which is stored with each clip.</param>
/// <param name="budget">The limit of bytes a second for what is stored; null: none.</param>
public sealed class LocalDiskStorage(string root, string name = StorageSettings.LocalName, ByteBudget? budget = null) : IClipTarget
{
    private const int BufferBytes = 1 << 20;
    private readonly string _root = Path.GetFullPath(root);

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public string Description => _root;

    /// <summary>The path of the file under this key, there or not.</summary>
    public string PathOf(StorageKey key) => Path.Combine(_root, key.Value);

    /// <inheritdoc/>
    public async Task<StoreResult> StoreAsync(StorageKey key, StoreSource source, CancellationToken cancellation)
    {
        var target = PathOf(key);
        try
        {
            if (File.Exists(target)) return await CompareAsync(target, key, source, cancellation);
            var directory = Path.GetDirectoryName(target)!;
            CreateDirectory(directory);
            var part = Path.Combine(directory, $".{Path.GetFileName(target)}.part");
            if (await CopyAsync(source, part, cancellation) is { } damage) return damage;
            var written = await MeasureAsync(part, cancellation);
            if (written != (source.SizeBytes, source.Sha256))
                return new(StoreOutcome.Unavailable, $"{part} reads back as {written.SizeBytes} bytes with SHA-256 {written.Sha256}, not as it was written: check the disk");
            return Publish(part, target) ?? await CompareAsync(target, key, source, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(StoreOutcome.Unavailable, $"storage {_root} cannot take {key}: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenReadAsync(StorageKey key, CancellationToken cancellation)
    {
        try
        {
            return Task.FromResult<Stream?>(OpenRead(PathOf(key)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"storage {_root} does not let {key} be read: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(StorageKey key, CancellationToken cancellation) => DeleteAsync(key.Value);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredObject> ListAsync(CancellationToken cancellation) => Directory.Exists(_root)
        ? LocalListing.ListAsync(_root, cancellation)
        : throw new IOException($"storage {_root} is not there");

    /// <inheritdoc/>
    public Task DeleteTemporaryAsync(StoredObject file, CancellationToken cancellation) => file.IsTemporary ? DeleteAsync(file.Name) : throw new ArgumentException($"{file.Name} is no temporary file", nameof(file));

    private Task DeleteAsync(string name)
    {
        try
        {
            var path = Path.Combine(_root, name);
            if (File.Exists(path)) File.Delete(path);
            return Task.CompletedTask;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"storage {_root} does not let {name} be deleted: {e.Message}", e);
        }
    }

    /// <returns>Null where another one was quicker.</returns>
    private static StoreResult? Publish(string part, string target)
    {
        try
        {
            File.Move(part, target, overwrite: false);
        }
        catch (IOException) when (File.Exists(target))
        {
            return null;
        }

        DirectorySync.Sync(Path.GetDirectoryName(target)!);
        return new(StoreOutcome.Stored);
    }

    private static void CreateDirectory(string directory)
    {
        if (Directory.Exists(directory)) return;
        var parent = Path.GetDirectoryName(directory);
        if (parent is not null) CreateDirectory(parent);
        Directory.CreateDirectory(directory);
        if (parent is not null) DirectorySync.Sync(parent);
    }

    private static async Task<StoreResult> CompareAsync(string target, StorageKey key, StoreSource source, CancellationToken cancellation)
    {
        var there = await MeasureAsync(target, cancellation);
        return there == (source.SizeBytes, source.Sha256)
            ? new(StoreOutcome.AlreadyThere)
            : new(StoreOutcome.Conflict, $"{key} is in storage with other bytes ({there.SizeBytes}, SHA-256 {there.Sha256}); it stays as it is: move it away to store this one");
    }

    /// <returns>What is wrong with the source, or null.</returns>
    private async Task<StoreResult?> CopyAsync(StoreSource source, string part, CancellationToken cancellation)
    {
        FileStream input;
        try
        {
            input = OpenRead(source.Path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new(StoreOutcome.SourceDamaged, $"{source.Path} is missing");
        }

        await using (input)
        {
            if (input.Length != source.SizeBytes)
                return new(StoreOutcome.SourceDamaged, $"{source.Path} has {input.Length} bytes instead of {source.SizeBytes}");
            await using var output = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
            var hash = await HashAsync(input, output, budget, cancellation);
            if (hash.Sha256 != source.Sha256)
                return new(StoreOutcome.SourceDamaged, $"{source.Path} has SHA-256 {hash.Sha256} instead of {source.Sha256}");
            output.Flush(flushToDisk: true);
        }

        return null;
    }

    private static async Task<(long SizeBytes, string Sha256)> MeasureAsync(string path, CancellationToken cancellation)
    {
        await using var file = OpenRead(path);
        return await HashAsync(file, Stream.Null, null, cancellation);
    }

    private static async Task<(long SizeBytes, string Sha256)> HashAsync(Stream input, Stream copy, ByteBudget? budget, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var size = 0L;
            while (await input.ReadAsync(buffer.AsMemory(0, BufferBytes), cancellation) is > 0 and var read)
            {
                hash.AppendData(buffer, 0, read);
                if (budget is not null) await budget.TakeAsync(read, cancellation);
                await copy.WriteAsync(buffer.AsMemory(0, read), cancellation);
                size += read;
            }

            return (size, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static FileStream OpenRead(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, useAsync: true);
}
