using System.Buffers.Binary;

namespace StreamClips.ClipWorker.Chat;

/// <summary>
/// Lets the workers of a node join chats no faster together than the platform allows one address: the times of the newest JOINs
/// stand in one file, which a worker locks while it looks and adds its own (flock; the kernel frees the lock of one that was
/// killed). Where the file cannot be used, nobody is held up for it.
/// </summary>
/// <param name="path">The file; its directory must be there.</param>
/// <param name="clock">The time.</param>
/// <param name="random">The source of jitter.</param>
internal sealed class JoinBudget(string path, TimeProvider clock, Random random)
{
    /// <summary>So many in a <see cref="Window"/>. Twitch allows 20 in 10 s (dev.twitch.tv/docs/chat, rate limits): what is left is for the time that a JOIN takes to arrive.</summary>
    public const int Most = 18;

    /// <summary>The time in which they are counted.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    // EWOULDBLOCK of Linux, which .NET gives for a file that is locked.
    private const int WouldBlock = 11;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until one more chat may be joined, and counts it.</summary>
    public async Task TakeAsync(CancellationToken ct)
    {
        while (TryTake() is { } wait) await Task.Delay(wait + LookAgain * (1 + random.NextDouble()), clock, ct);
    }

    /// <returns>How long to wait before the next try; null: it was counted.</returns>
    private TimeSpan? TryTake()
    {
        try
        {
            using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            // What lies ahead was written before the clock was set back.
            var joins = Read(file).Where(at => at > now - (long)Window.TotalMilliseconds && at <= now).Order().ToList();
            if (joins.Count >= Most) return TimeSpan.FromMilliseconds(joins[^Most] - now) + Window;
            Write(file, [.. joins, now]);
            return null;
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            return TimeSpan.Zero;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static List<long> Read(FileStream file)
    {
        var bytes = new byte[Most * sizeof(long)];
        var times = new List<long>(Most);
        var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        for (var at = 0; at + sizeof(long) <= read; at += sizeof(long)) times.Add(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)));
        return times;
    }

    private static void Write(FileStream file, List<long> times)
    {
        var bytes = new byte[times.Count * sizeof(long)];
        for (var i = 0; i < times.Count; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), times[i]);
        file.Position = 0;
        file.Write(bytes);
        file.SetLength(bytes.Length);
    }
}
