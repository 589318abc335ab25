namespace StreamClips.ClipWorker.Clips;

/// <summary>Tells by what was said whether there is no room for a file. ffmpeg says no more than the C library's words, and ends with the same code for all.</summary>
internal static class DiskSpace
{
    // ENOSPC, EDQUOT and EFBIG, as strerror(3) words them without a locale, which ffmpeg has none of; and as .NET does.
    private static readonly string[] Words = ["No space left on device", "Disk quota exceeded", "File too large", "disk is full", "disk may be full"];

    /// <summary>Whether a fault is a lack of room.</summary>
    public static bool IsMeant(string fault) => Array.Exists(Words, w => fault.Contains(w, StringComparison.OrdinalIgnoreCase));
}
