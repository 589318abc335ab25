using StreamClips.Shared.Contracts.V1;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>What every file that an agent reports must be like.</summary>
internal static class StoredFiles
{
    private const int Sha256Digits = 64;

    /// <summary>The name of the storage that it lies in.</summary>
    public static string StorageOf(StoredFile file) => file.Storage.Length == 0 ? StorageSettings.LocalName : file.Storage;

    /// <summary>Whether it has a storage's name, a key of the storage's form, a size, and a SHA-256 in lower-case hexadecimal digits.</summary>
    public static bool IsProper(StoredFile file) =>
        StorageSettings.IsName(StorageOf(file)) && StorageKey.TryParse(file.Key, out _) && file.SizeBytes >= 0 && file.Sha256.Length == Sha256Digits && file.Sha256.All(char.IsAsciiHexDigitLower);
}
