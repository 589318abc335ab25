using System.Security.Cryptography;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.Doctor;

/// <summary>Tries a storage.</summary>
public static class StorageCheck
{
    private const string Folder = "streamclips-doctor";
    private const int Bytes = 4096;
    private const string Remedy = "see that the place is there, that this program's user may write to it, and that its variables (STORAGE_…) are right";

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
            if (!stored.IsThere) return Finding.Fail(check, $"{storage.Description} takes no file: {stored.Reason}", Remedy);
            var same = await ReadsAsync(storage, key!, content, cancellation);
            await storage.DeleteAsync(key!, cancellation);
            return same
                ? Finding.Ok(check, $"{storage.Description}: written, read back and deleted in {clock.GetElapsedTime(started).TotalMilliseconds:0} ms")
                : Finding.Fail(check, $"{storage.Description} gave back other bytes than it was given", "look at its disk and its network at once: clips may be damaged");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Fail(check, $"{storage.Description}: {e.Message}", Remedy);
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
            return Finding.Fail(check, $"{storage.Description}: {e.Message}", Remedy);
        }
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
