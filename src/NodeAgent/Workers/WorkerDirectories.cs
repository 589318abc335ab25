using StreamClips.NodeAgent.Shipping;

namespace StreamClips.NodeAgent.Workers;

/// <summary>Removes workers' directories.</summary>
public static class WorkerDirectories
{
    /// <summary>How the name of a directory ends whose removal has begun.</summary>
    public const string Removing = ".removing";

    /// <summary>Removes a worker's directory; clips that were put aside are kept elsewhere.</summary>
    /// <param name="worker">The worker; nothing of it runs.</param>
    /// <param name="kept">Where they are kept, a directory a worker.</param>
    public static void Remove(Worker worker, string kept)
    {
        foreach (var name in (string[])[ClipFolder.Damaged, ClipFolder.Refused])
        {
            var aside = Path.Combine(worker.Directory.Clips, name);
            if (!Directory.Exists(aside)) continue;
            var target = Directory.CreateDirectory(Path.Combine(kept, worker.Spec.ProcessId.ToString(), name)).FullName;
            foreach (var file in Directory.GetFiles(aside)) File.Move(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
        }

        // Renamed first: a removal that a crash cuts short must not leave half a worker.
        var doomed = worker.Directory.Path + Removing;
        Directory.Move(worker.Directory.Path, doomed);
        Delete(doomed);
    }

    /// <summary>Deletes a directory whose removal has begun.</summary>
    public static void Delete(string directory) => Directory.Delete(directory, recursive: true);
}
