using System.Security.Cryptography;
using System.Text;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.StorageChecks;

/// <summary>
/// Says in a storage whose clips lie there. To one installation those of another are files of no clip, so a check removes nothing where it finds the
/// mark of another one.
/// </summary>
/// <param name="Installation">The installation's id, which its database holds.</param>
public sealed record OwnerMark(Guid Installation)
{
    private const string Folder = "streamclips-owner/";
    private const string File = "/clips-lie-here.txt";

    /// <summary>Where the mark lies.</summary>
    public StorageKey Key => StorageKey.TryParse($"{Folder}{Installation:N}{File}", out var key) ? key : throw new InvalidOperationException("the name of a mark is no key");

    /// <summary>What it holds, for people.</summary>
    public byte[] Content => Encoding.UTF8.GetBytes(
        $"Clips of the StreamClips installation {Installation} lie here.\nAnother installation that shares this place removes no files from it while this one is there.\n");

    /// <summary>The mark that a file of this name is; null: it is none.</summary>
    public static OwnerMark? TryRead(string name) =>
        name.StartsWith(Folder, StringComparison.Ordinal) && name.EndsWith(File, StringComparison.Ordinal) && name.Length == Folder.Length + 32 + File.Length
        && Guid.TryParseExact(name.AsSpan(Folder.Length, 32), "N", out var id) ? new(id) : null;

    /// <summary>Puts it into a storage; where it is there, nothing happens.</summary>
    /// <param name="storage">The storage.</param>
    /// <param name="file">Where its content may be written meanwhile.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<StoreResult> PutAsync(IClipStorage storage, string file, CancellationToken cancellation)
    {
        await System.IO.File.WriteAllBytesAsync(file, Content, cancellation);
        return await storage.StoreAsync(Key, new(file, Content.Length, Convert.ToHexStringLower(SHA256.HashData(Content))), cancellation);
    }
}
