namespace StreamClips.ControlPlane.Database;

/// <summary>
/// Writes together what came while others were written: who comes first writes at once, and those who come meanwhile wait for it and then go
/// together. Nobody waits for company. As many wait as there are callers, and each has one at a time.
/// </summary>
/// <typeparam name="T">What is written.</typeparam>
/// <param name="most">Most together.</param>
internal sealed class Batches<T>(int most)
{
    private readonly Lock _lock = new();
    private readonly Queue<(T Item, TaskCompletionSource<bool> Done)> _waiting = new();
    private bool _writes;

    /// <summary>Has something written.</summary>
    /// <param name="item">What.</param>
    /// <param name="write">Writes some, and answers for each. What it throws, it throws for all of them, unless each can be written alone.</param>
    /// <param name="cancellation">Waits no longer.</param>
    public async Task<bool> AddAsync(T item, Func<IReadOnlyList<T>, Task<IReadOnlyList<bool>>> write, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool writes;
        lock (_lock)
        {
            _waiting.Enqueue((item, done));
            (writes, _writes) = (!_writes, true);
        }

        // On nobody's behalf: neither the first caller's cancellation nor its context is the others'.
        if (writes)
        {
            using var free = ExecutionContext.SuppressFlow();
            _ = Task.Run(() => WriteAllAsync(write), CancellationToken.None);
        }

        return await done.Task.WaitAsync(cancellation);
    }

    private async Task WriteAllAsync(Func<IReadOnlyList<T>, Task<IReadOnlyList<bool>>> write)
    {
        while (true)
        {
            List<(T Item, TaskCompletionSource<bool> Done)> batch = [];
            lock (_lock)
            {
                while (batch.Count < most && _waiting.TryDequeue(out var next)) batch.Add(next);
                _writes = batch.Count > 0;
            }

            if (batch.Count == 0) return;
            await WriteAsync(batch, write);
        }
    }

    private static async Task WriteAsync(List<(T Item, TaskCompletionSource<bool> Done)> batch, Func<IReadOnlyList<T>, Task<IReadOnlyList<bool>>> write)
    {
        try
        {
            var answers = await write(batch.ConvertAll(b => b.Item));
            foreach (var ((_, done), answer) in batch.Zip(answers)) done.SetResult(answer);
        }
        catch (Exception e) when (batch.Count == 1 || DatabaseFault.IsUnavailable(e))
        {
            foreach (var (_, done) in batch) done.SetException(e);
        }
        catch (Exception)
        {
            // One of them cannot be written: the others can.
            foreach (var one in batch) await WriteAsync([one], write);
        }
    }
}
