namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// The bytes of the newest segments, as files. It knows numbers and sizes, nothing of the stream. Bounded in bytes: the
/// oldest go. Safe for several threads.
/// </summary>
/// <param name="directory">Where the files lie; emptied by <see cref="Open"/>.</param>
/// <param name="maxBytes">The most that it holds.</param>
internal sealed class SegmentRing(string directory, long maxBytes)
{
    /// <summary>The most that a worker's ring holds by default: a minute of 1080p60 is 60 MiB.</summary>
    public const long DefaultMaxBytes = 512L << 20;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, HeldSegment> _held = [];
    private readonly HashSet<long> _lost = [];
    private long _bytes;
    private long _evicted;

    /// <summary>Bytes that are held.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock) return _bytes;
        }
    }

    /// <summary>Empties the directory, or makes it.</summary>
    public void Open()
    {
        Directory.CreateDirectory(directory);
        foreach (var file in Directory.EnumerateFiles(directory)) File.Delete(file);
    }

    /// <summary>The file of a segment, whether it is there or not.</summary>
    public string PathOf(long number) => Path.Combine(directory, $"{number:00000000}.seg");

    /// <summary>A name for a file of the directory that is still being written.</summary>
    public string PartOf(long number) => PathOf(number) + ".part";

    /// <summary>Whether a segment's bytes are there.</summary>
    public bool Holds(long number)
    {
        lock (_lock) return _held.ContainsKey(number);
    }

    /// <summary>Whether it is decided if a segment's bytes are there: they are, or they never will be.</summary>
    public bool Settled(long number)
    {
        lock (_lock) return _held.ContainsKey(number) || _lost.Contains(number);
    }

    /// <summary>What is known of a segment's bytes; null where they are not there.</summary>
    public HeldSegment? Find(long number)
    {
        lock (_lock) return _held.GetValueOrDefault(number);
    }

    /// <summary>Takes in the file that was written to <see cref="PartOf"/>.</summary>
    /// <param name="number">The segment.</param>
    /// <param name="bytes">The file's length.</param>
    /// <param name="headBytes">How many of them are the initialization section, which a file needs once.</param>
    public void Put(long number, long bytes, int headBytes)
    {
        lock (_lock)
        {
            File.Move(PartOf(number), PathOf(number), overwrite: true);
            _held[number] = new(PathOf(number), bytes, headBytes);
            _bytes += bytes;
            while (_bytes > maxBytes && _held.Count > 1)
            {
                _evicted++;
                Remove(_held.First().Key);
            }
        }
    }

    /// <summary>Says that a segment's bytes cannot be had.</summary>
    public void Lose(long number)
    {
        lock (_lock) _lost.Add(number);
    }

    /// <summary>How many segments had to go for the bound in bytes since the last call, before their time was over.</summary>
    public long TakeEvicted()
    {
        lock (_lock)
        {
            var evicted = _evicted;
            _evicted = 0;
            return evicted;
        }
    }

    /// <summary>Removes what is older than this segment.</summary>
    public void Trim(long oldestKept)
    {
        lock (_lock)
        {
            while (_held.Count > 0 && _held.First().Key is var oldest && oldest < oldestKept) Remove(oldest);
            _lost.RemoveWhere(n => n < oldestKept);
        }
    }

    private void Remove(long number)
    {
        _bytes -= _held[number].Bytes;
        _held.Remove(number);
        _lost.Add(number);
        File.Delete(PathOf(number));
    }
}

/// <summary>The bytes of a segment.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="HeadBytes">How many of them, at its beginning, are the initialization section.</param>
internal sealed record HeldSegment(string Path, long Bytes, int HeadBytes);
