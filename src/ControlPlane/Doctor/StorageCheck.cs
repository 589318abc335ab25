using System.Security.Cryptography;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.Doctor;

/// <summary>Tries a storage.</summary>
public static class StorageCheck
{
    private const string Folder = StoredObject.TrialFolder;
    private const int Bytes = 4096;
    private const long LittleBytes = 2L << 30;

    private static readonly (string[] Said, string Remedy)[] Remedies =
    [
        (["No space left", "quota", "not enough space", "There is not enough"], "free some space there, or let old clips go (streamclips settings set keep_clips_days=…, keep_clips_gib=…); until then clips wait on their nodes"),
        (["Read-only file system"], "mount it writable; where a disk turned read-only by itself the kernel's log (dmesg) says why"),
        (["Permission denied", "Access to the path", "AccessDenied", "Forbidden"], "let this program's user, or its key, write there: see the place's owner and mode, or the key's policy"),
        (["host key"], "compare the fingerprint with the server's own, and put its key into STORAGE_SERVER_HOST_KEY"),
        (["SignatureDoesNotMatch", "InvalidAccessKeyId"], "set STORAGE_S3_ACCESS_KEY and STORAGE_S3_SECRET_KEY to a key that is good there"),
        (["clock and this machine's differ"], "set this machine's clock right, and have it kept so by NTP"),
        (["NoSuchBucket", "no such bucket"], "make the bucket, or name another in STORAGE_S3_BUCKET"),
        (["refused", "timed out", "unreachable", "Name or service not known", "not resolve", "Stale file handle", "Transport endpoint"], "see that the storage runs and is reachable from here; until then clips wait on their nodes"),
    ];

    /// <summary>Writes a small file, reads it back and deletes it.</summary>
    /// <param name="storage">Where new clips go.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellation">Gives up; the file may then stay below <c>streamclips-doctor/</c>.</param>
    public static async Task<Finding> WritesAsync(IClipTarget storage, TimeProvider clock, CancellationToken cancellation)
    {
        var check = $"storage {storage.Name}";
        var started = clock.GetTimestamp();
        var content = RandomNumberGenerator.GetBytes(Bytes);
        _ = StorageKey.TryParse($"{Folder}/{Convert.ToHexStringLower(content.AsSpan(0, 16))}.bin", out var key);
        var local = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(local, content, cancellation);
            var stored = await storage.StoreAsync(key!, new StoreSource(local, Bytes, Convert.ToHexStringLower(SHA256.HashData(content))), cancellation);
            if (!stored.IsThere) return Finding.Fail(check, $"{storage.Description} takes no file: {stored.Reason}", Remedy(stored.Reason));
            var same = await ReadsAsync(storage, key!, content, cancellation);
            await storage.DeleteAsync(key!, cancellation);
            return same
                ? Written(storage, check, clock.GetElapsedTime(started))
                : Finding.Fail(check, $"{storage.Description} gave back other bytes than it was given", "look at its disk and its network at once: clips may be damaged");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Fail(check, $"{storage.Description}: {e.Message}", Remedy(e.Message));
        }
        finally
        {
            File.Delete(local);
        }
    }

    /// <summary>Asks a storage that only older clips lie in.</summary>
    /// <inheritdoc cref="WritesAsync"/>
    public static async Task<Finding> AnswersAsync(IClipTarget storage, TimeProvider clock, CancellationToken cancellation)
    {
        var check = $"storage {storage.Name}";
        _ = StorageKey.TryParse($"{Folder}/none.bin", out var key);
        var started = clock.GetTimestamp();
        try
        {
            await using var nothing = await storage.OpenReadAsync(key!, cancellation);
            return Finding.Ok(check, $"{storage.Description}: answered in {clock.GetElapsedTime(started).TotalMilliseconds:0} ms (for older clips)");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Fail(check, $"{storage.Description}: {e.Message}", Remedy(e.Message));
        }
    }

    /// <summary>What to do about a reason that a storage, its disk or its network gave. Pure.</summary>
    public static string Remedy(string? reason) =>
        Array.Find(Remedies, r => r.Said.Any(s => reason?.Contains(s, StringComparison.OrdinalIgnoreCase) == true)).Remedy
        ?? "see that the place is there, that this program's user may write to it, and that its variables (STORAGE_…) are right";

    /// <summary>Whether the directory is not there, as where a share is not mounted. The next clip would make it: on the wrong disk, where clips were stored before.</summary>
    public static bool IsAway(IClipTarget storage) => storage is LocalDiskStorage && !Directory.Exists(storage.Description);

    /// <summary>What is told of one that clips are in, and that <see cref="IsAway"/>.</summary>
    /// <param name="storage">The storage.</param>
    /// <param name="takesNew">Whether new clips go there, or only older ones lie in it.</param>
    public static Finding Away(IClipTarget storage, bool takesNew) => Finding.Fail(
        $"storage {storage.Name}", $"{storage.Description} is not there, and clips were stored in it",
        $"mount it, or put the directory back where it was{(takesNew ? ": new clips would make an empty one" : "")}");

    private static Finding Written(IClipTarget storage, string check, TimeSpan took)
    {
        var seen = $"{storage.Description}: written, read back and deleted in {took.TotalMilliseconds:0} ms";
        if (storage is not LocalDiskStorage) return Finding.Ok(check, seen);
        var disk = new DriveInfo(storage.Description);
        return disk.AvailableFreeSpace < Math.Min(LittleBytes, disk.TotalSize / 10)
            ? Finding.Warn(check, $"{seen}; {Words.Size(disk.AvailableFreeSpace)} are free", "free some space there, or let old clips go (streamclips settings set keep_clips_days=…, keep_clips_gib=…): a full storage takes no clips, and they wait on their nodes")
            : Finding.Ok(check, seen);
    }

    private static async Task<bool> ReadsAsync(IClipTarget storage, StorageKey key, byte[] content, CancellationToken cancellation)
    {
        await using var stored = await storage.OpenReadAsync(key, cancellation);
        if (stored is null || stored.Length != content.Length) return false;
        var read = new byte[content.Length];
        await stored.ReadExactlyAsync(read, cancellation);
        return read.AsSpan().SequenceEqual(content);
    }
}
