using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using StreamClips.Shared.Clips;

namespace StreamClips.ClipWorker.Clips;

/// <summary>
/// The directory of finished clips: NAME.mp4, NAME.jpg and, last, NAME.json. What is being written is called <c>.part</c>, so
/// that whatever kills the worker leaves nothing that looks like a clip.
/// </summary>
internal sealed class ClipFolder(string directory)
{
    private const int HashedBytes = 512 << 10;

    // A tool that outlives its killed worker by a moment must not write into what the next one writes.
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];

    /// <summary>Makes the directory.</summary>
    public void Create() => Directory.CreateDirectory(directory);

    /// <summary>Removes what an earlier run did not finish: parts, and videos and posters without a sidecar. Not for a directory that others use.</summary>
    /// <returns>How many files.</returns>
    public int RemoveLeftovers()
    {
        var removed = 0;
        foreach (var file in Directory.GetFiles(directory))
        {
            var orphan = Path.GetExtension(file) switch
            {
                ".part" => true,
                ".mp4" or ".jpg" => !File.Exists(Path.ChangeExtension(file, ".json")),
                _ => false,
            };
            if (!orphan) continue;
            File.Delete(file);
            removed++;
        }

        return removed;
    }

    /// <summary>The name that a clip's files share: when it was sent, its score, the beginning of its id. Nothing in it comes from outside.</summary>
    public static string NameOf(DateTimeOffset start, double score, Guid clip) => string.Create(
        CultureInfo.InvariantCulture, $"{start.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}_x{Math.Min(score, 9999):0.0}_{clip.ToString("N")[..8]}");

    /// <summary>A name that no clip has: this one, or this one with a number. Its folder is made.</summary>
    public string Free(string name)
    {
        var free = name;
        for (var number = 2; File.Exists(PathOf(free, "json")) || File.Exists(PathOf(free, "mp4")); number++) free = string.Create(CultureInfo.InvariantCulture, $"{name}-{number}");
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(free, "mp4"))!);
        return free;
    }

    /// <summary>Whether a clip of this name was saved: its sidecar is there, or the agent is just deleting it.</summary>
    public bool Existed(string name) => File.Exists(PathOf(name, "json")) || File.Exists(PathOf(name, "json") + ".done");

    /// <summary>The path of a clip's file.</summary>
    /// <param name="name">The clip's name.</param>
    /// <param name="extension">mp4, jpg or json.</param>
    public string PathOf(string name, string extension) => Path.Combine(directory, $"{name}.{extension}");

    /// <summary>Where a clip's file is while it is written; every run has names of its own.</summary>
    public string PartOf(string name, string extension) => $"{PathOf(name, extension)}.{_run}.part";

    /// <summary>Gives a finished file its name. An existing file is never replaced.</summary>
    /// <exception cref="IOException">There is one of this name, or the disk is full.</exception>
    public async Task<ClipFile> FinishAsync(string kind, string name, string extension, CancellationToken ct)
    {
        var part = PartOf(name, extension);
        Task<(byte[] Hash, long Size)> hashed;
        using (var file = File.OpenHandle(part, FileMode.Open, FileAccess.ReadWrite))
        {
            // Beside each other: one waits for the disk, the other for the processor.
            var synced = SyncAsync(file);
            hashed = Task.Run(() => Hash(file, ct), CancellationToken.None);
            await Task.WhenAll(synced, hashed);
        }

        var (hash, size) = await hashed;
        File.Move(part, PathOf(name, extension));
        return new(kind, Path.GetFileName(PathOf(name, extension)), size, Convert.ToHexStringLower(hash));
    }

    // On a thread of its own: the pool has mostly one.
    private static Task SyncAsync(SafeFileHandle file) =>
        Task.Factory.StartNew(() => RandomAccess.FlushToDisk(file), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static (byte[] Hash, long Size) Hash(SafeFileHandle file, CancellationToken ct)
    {
        // What .NET reads for a hash of a stream is so little at a time that it takes longer than the hash.
        var buffer = ArrayPool<byte>.Shared.Rent(HashedBytes);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var size = 0L;
        try
        {
            while (RandomAccess.Read(file, buffer, size) is var read and > 0)
            {
                ct.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
                size += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return (hash.GetHashAndReset(), size);
    }

    /// <summary>Writes the sidecar, which makes the clip exist.</summary>
    /// <exception cref="IOException">There is one of this name, or the disk is full.</exception>
    public Task FinishAsync(string name, ClipSidecar sidecar, CancellationToken ct) => FinishAsync(name, sidecar.ToJson(), ct);

    /// <summary>Writes a sidecar that was made to text.</summary>
    /// <exception cref="IOException">There is one of this name, or the disk is full.</exception>
    public async Task FinishAsync(string name, string sidecar, CancellationToken ct)
    {
        var part = PartOf(name, "json");
        await using (var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            await file.WriteAsync(Encoding.UTF8.GetBytes(sidecar), ct);
            await SyncAsync(file.SafeFileHandle);
        }

        File.Move(part, PathOf(name, "json"));
    }

    /// <summary>Removes all files of a clip that did not become one.</summary>
    public void Abandon(string name)
    {
        foreach (var extension in new[] { "json", "jpg", "mp4" })
        {
            if (extension != "json") File.Delete(PathOf(name, extension));
            File.Delete(PartOf(name, extension));
        }
    }
}
