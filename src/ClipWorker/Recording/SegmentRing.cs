using System.Globalization;

namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// The bytes of the newest segments, as files. It knows numbers and sizes, nothing of the stream. Bounded in bytes: the
/// oldest go. Safe for several threads.
/// </summary>
/// <param name="directory">Where the files lie; nobody else's.</param>
/// <param name="maxBytes">The most that it holds.</param>
internal sealed class SegmentRing(string directory, long maxBytes)
{
    /// <summary>The most that a worker's ring holds by default: a minute of 1080p60 is 60 MiB.</summary>
    public const long DefaultMaxBytes = 512L << 20;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, HeldSegment> _held = [];
    private readonly List<long> _evicted = [];
    private long _bytes;

    /// <summary>Bytes that are held.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock) return _bytes;
        }
    }

    /// <summary>Makes the directory, or takes it as an earlier run left it: only what is whole and known stays.</summary>
    /// <param name="known">The segments of an earlier run that still count.</param>
    public void Open(IReadOnlySet<long>? known = null)
    {
        Directory.CreateDirectory(directory);
        foreach (var file in Directory.EnumerateFiles(directory, "*.seg*"))
        {
            if (TryParse(Path.GetFileName(file), out var number, out var headBytes) && known?.Contains(number) == true)
            {
                var held = new HeldSegment(file, new FileInfo(file).Length, headBytes);
                _held[number] = held;
                _bytes += held.Bytes;
            }
            else
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>Removes all that it holds.</summary>
    public void Clear() => Trim(long.MaxValue);

    /// <summary>A name for a file of the directory that is still being written.</summary>
    public string PartOf(long number) => Path.Combine(directory, $"{number:00000000}.seg.part");

    /// <summary>Whether a segment's bytes are there.</summary>
    public bool Holds(long number)
    {
        lock (_lock) return _held.ContainsKey(number);
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
            var path = Path.Combine(directory, $"{number:00000000}-{headBytes}.seg");
            File.Move(PartOf(number), path, overwrite: true);
            _held[number] = new(path, bytes, headBytes);
            _bytes += bytes;
            while (_bytes > maxBytes && _held.Count > 1)
            {
                var oldest = _held.First().Key;
                _evicted.Add(oldest);
                Remove(oldest);
            }
        }
    }

    /// <summary>Removes what a fetch left that failed.</summary>
    public void Abandon(long number) => File.Delete(PartOf(number));

    /// <summary>The segments that had to go for the bound in bytes since the last call, before their time was over.</summary>
    public IReadOnlyList<long> TakeEvicted()
    {
        lock (_lock)
        {
            if (_evicted.Count == 0) return [];
            long[] evicted = [.. _evicted];
            _evicted.Clear();
            return evicted;
        }
    }

    /// <summary>Removes what is older than this segment.</summary>
    public void Trim(long oldestKept)
    {
        lock (_lock)
        {
            while (_held.Count > 0 && _held.First().Key is var oldest && oldest < oldestKept) Remove(oldest);
        }
    }

    private void Remove(long number)
    {
        _held.Remove(number, out var held);
        _bytes -= held!.Bytes;
        File.Delete(held.Path);
    }

    // NUMBER-HEADBYTES.seg
    private static bool TryParse(ReadOnlySpan<char> name, out long number, out int headBytes)
    {
        (number, headBytes) = (0, 0);
        var dash = name.IndexOf('-');
        return dash > 0 && name.EndsWith(".seg")
            && long.TryParse(name[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && int.TryParse(name[(dash + 1)..^4], NumberStyles.None, CultureInfo.InvariantCulture, out headBytes);
    }
}

/// <summary>The bytes of a segment.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="HeadBytes">How many of them, at its beginning, are the initialization section.</param>
internal sealed record HeldSegment(string Path, long Bytes, int HeadBytes);
