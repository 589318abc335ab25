using System.Collections.Concurrent;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.Tests.Clips;

/// <summary>A storage before and after whose deletions a test does what it likes.</summary>
internal sealed class FaultyStorage(IClipReader storage) : IClipReader
{
    private readonly ConcurrentQueue<StorageKey> _keys = new();
    private int _deletions;

    /// <summary>Called before each deletion, with its number from 0.</summary>
    public Func<int, Task> Before { get; init; } = _ => Task.CompletedTask;

    /// <summary>Called after each deletion, with its number from 0.</summary>
    public Func<int, Task> After { get; init; } = _ => Task.CompletedTask;

    public int Deletions => _deletions;

    /// <summary>What was to be deleted, in order.</summary>
    public IReadOnlyCollection<StorageKey> Keys => _keys;

    public Task<Stream?> OpenReadAsync(StorageKey key, CancellationToken cancellation) => storage.OpenReadAsync(key, cancellation);

    public async Task DeleteAsync(StorageKey key, CancellationToken cancellation)
    {
        var number = _deletions++;
        _keys.Enqueue(key);
        await Before(number);
        await storage.DeleteAsync(key, cancellation);
        await After(number);
    }

    public IAsyncEnumerable<StoredObject> ListAsync(CancellationToken cancellation) => storage.ListAsync(cancellation);

    public Task DeleteTemporaryAsync(StoredObject file, CancellationToken cancellation) => storage.DeleteTemporaryAsync(file, cancellation);
}
