namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// The keys of encrypted segments (RFC 8216 5.2): 16 bytes at an address, fetched once and kept, the newest few. Safe for
/// several threads: who asks while a key is on its way waits for the same answer.
/// </summary>
internal sealed class SegmentKeys(HttpClient client, TimeProvider clock)
{
    /// <summary>The length of a key, in bytes.</summary>
    public const int KeyBytes = 16;

    // A playlist has a few at most; a stream may change it with every segment.
    private const int MaxKept = 32;
    private const int MaxAnswerBytes = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<Uri, Task<KeyAnswer>> _kept = [];
    private readonly Queue<Uri> _oldest = [];

    /// <summary>The key at an address. Throws only when cancelled.</summary>
    public async Task<KeyAnswer> GetAsync(Uri address, CancellationToken ct)
    {
        Task<KeyAnswer> asked;
        lock (_lock)
        {
            if (!_kept.TryGetValue(address, out asked!))
            {
                if (_oldest.Count == MaxKept) _kept.Remove(_oldest.Dequeue());
                _oldest.Enqueue(address);
                // Not ended by the one who asks first: others may wait for it, and it has a deadline of its own.
                _kept.Add(address, asked = FetchAsync(address));
            }
        }

        var answer = await asked.WaitAsync(ct);
        if (answer.Key is null) Forget(address, asked);
        return answer;
    }

    private async Task<KeyAnswer> FetchAsync(Uri address)
    {
        var answer = await StreamHttp.GetAsync(client, address, MaxAnswerBytes, clock, CancellationToken.None);
        var name = $"its key {PlaylistText.ForLogs(address)}";
        if (!answer.Ok) return new(null, $"{name} {answer.Describe()}", answer is { MayPass: false, Fault: null });
        return answer.Body!.Length == KeyBytes
            ? new(answer.Body, "", false)
            : new(null, $"{name} has {answer.Body.Length} bytes, and a key has {KeyBytes}", true);
    }

    private void Forget(Uri address, Task<KeyAnswer> asked)
    {
        lock (_lock)
        {
            if (!_kept.TryGetValue(address, out var kept) || kept != asked) return;
            _kept.Remove(address);
            var others = _oldest.Where(a => a != address).ToList();
            _oldest.Clear();
            foreach (var other in others) _oldest.Enqueue(other);
        }
    }
}

/// <summary>A key, or why there is none.</summary>
/// <param name="Key">16 bytes; null: there is none.</param>
/// <param name="Fault">Why there is none, for people.</param>
/// <param name="Final">Whether another try is of no use.</param>
internal sealed record KeyAnswer(byte[]? Key, string Fault, bool Final);
