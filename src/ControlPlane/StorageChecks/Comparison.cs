using System.Runtime.CompilerServices;
using StreamClips.Storage;

namespace StreamClips.ControlPlane.StorageChecks;

/// <summary>A file that lies in a storage, a row that names one, or both of one name.</summary>
/// <param name="File">The file; null: only the row is there.</param>
/// <param name="Row">The row; null: only the file is there.</param>
public sealed record Compared(StoredObject? File, RowFile? Row);

/// <summary>Compares what a storage lists with what the rows say, both in the ordinal order of names, so that neither has to be held in memory.</summary>
public static class Comparison
{
    /// <summary>Compares.</summary>
    /// <param name="files">The storage's files; those without a key's form anywhere among them.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">The storage lists its files in another order: then nothing can be said of them.</exception>
    public static async IAsyncEnumerable<Compared> OfAsync(IAsyncEnumerable<StoredObject> files, IAsyncEnumerable<RowFile> rows, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var row = rows.GetAsyncEnumerator(cancellation);
        var more = await row.MoveNextAsync();
        string? last = null;
        await foreach (var file in files.WithCancellation(cancellation))
        {
            if (file.Key is null)
            {
                yield return new(file, null);
                continue;
            }

            if (last is not null && string.CompareOrdinal(last, file.Name) >= 0) throw new IOException($"it lists {file.Name} after {last}: what is missing cannot be told from a list in that order");
            last = file.Name;
            for (; more && string.CompareOrdinal(row.Current.Key, file.Name) < 0; more = await row.MoveNextAsync()) yield return new(null, row.Current);
            var same = more && row.Current.Key == file.Name;
            yield return new(file, same ? row.Current : null);
            if (same) more = await row.MoveNextAsync();
        }

        for (; more; more = await row.MoveNextAsync()) yield return new(null, row.Current);
    }
}
