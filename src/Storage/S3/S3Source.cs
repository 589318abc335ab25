using System.Security.Cryptography;

namespace StreamClips.Storage.S3;

/// <summary>A file that was read once before it is sent: its hash as a whole, and those of the parts that it is sent in.</summary>
/// <param name="Sha256">SHA-256 of the file, lower-case hex.</param>
/// <param name="PartMd5">MD5 of each part: what the service checks a part by (RFC 1864), and makes its tag of.</param>
internal sealed record S3Source(string Sha256, IReadOnlyList<byte[]> PartMd5)
{
    /// <summary>The tag that services give the object, where they make it as Amazon does: the MD5, of several parts the MD5 of theirs and their number.</summary>
    public string Tag
    {
        get
        {
            if (PartMd5.Count == 1) return Convert.ToHexStringLower(PartMd5[0]);
            using var all = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            foreach (var part in PartMd5) all.AppendData(part);
            return $"{Convert.ToHexStringLower(all.GetHashAndReset())}-{PartMd5.Count}";
        }
    }

    /// <summary>Reads a file.</summary>
    public static async Task<S3Source> ReadAsync(string path, int partBytes, CancellationToken cancellation)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, useAsync: true);
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var part = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var (parts, filled) = (new List<byte[]>(), 0);
        var buffer = new byte[1 << 20];
        while (await file.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, partBytes - filled)), cancellation) is > 0 and var read)
        {
            whole.AppendData(buffer, 0, read);
            part.AppendData(buffer, 0, read);
            filled += read;
            if (filled < partBytes) continue;
            parts.Add(part.GetHashAndReset());
            filled = 0;
        }

        if (filled > 0 || parts.Count == 0) parts.Add(part.GetHashAndReset());
        return new(Convert.ToHexStringLower(whole.GetHashAndReset()), parts);
    }
}
