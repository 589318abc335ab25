using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Shipping;

/// <summary>A finished clip in a worker's directory.</summary>
/// <param name="ProcessId">The worker's run.</param>
/// <param name="Folder">Its clips directory.</param>
/// <param name="Name">The name that its files share.</param>
public sealed record LocalClip(Guid ProcessId, string Folder, string Name)
{
    /// <summary>The sidecar: a clip exists if and only if this file does.</summary>
    public string Sidecar => Path.Combine(Folder, Name + ".json");
}

/// <summary>A clip that was read and found whole as far as names and sizes go.</summary>
/// <param name="Clip">Where it lies.</param>
/// <param name="Sidecar">What is known of it.</param>
/// <param name="SidecarJson">The same as it was written.</param>
/// <param name="Files">Its files, the sidecar last.</param>
public sealed record ReadClip(LocalClip Clip, ClipSidecar Sidecar, string SidecarJson, IReadOnlyList<ClipFile> Files);

/// <summary>The clips directory of a worker, from the agent's side.</summary>
public static class ClipFolder
{
    /// <summary>Longest sidecar, in bytes.</summary>
    public const long MaxSidecarBytes = 1 << 20;

    /// <summary>Where clips go that are not what their sidecar says.</summary>
    public const string Damaged = "damaged";

    /// <summary>Where clips go that the control plane refused for good; their files are in storage.</summary>
    public const string Refused = "refused";

    private const string DoneSuffix = ".done";

    /// <summary>The finished clips, oldest name first. Deletions that a crash cut short are finished on the way.</summary>
    public static IReadOnlyList<LocalClip> List(Guid processId, WorkerDirectory directory)
    {
        if (!Directory.Exists(directory.Clips)) return [];
        var clips = new List<LocalClip>();
        foreach (var path in Directory.EnumerateFiles(directory.Clips))
        {
            if (path.EndsWith(".json", StringComparison.Ordinal)) clips.Add(new(processId, directory.Clips, Path.GetFileNameWithoutExtension(path)));
            else if (path.EndsWith(".json" + DoneSuffix, StringComparison.Ordinal)) FinishDeletion(path);
        }

        clips.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return clips;
    }

    /// <summary>Reads a clip.</summary>
    /// <returns>The clip, or what is wrong with it.</returns>
    public static (ReadClip? Clip, string Fault) Read(LocalClip clip)
    {
        try
        {
            var info = new FileInfo(clip.Sidecar);
            if (info.Length > MaxSidecarBytes) return (null, $"its sidecar has {info.Length} bytes, more than {MaxSidecarBytes}");
            var bytes = File.ReadAllBytes(clip.Sidecar);
            var json = Encoding.UTF8.GetString(bytes);
            var sidecar = ClipSidecar.FromJson(json);
            if (sidecar.Files.Count == 0) return (null, "its sidecar names no files");
            foreach (var file in sidecar.Files)
            {
                if (file.Name != Path.GetFileName(file.Name) || file.Name is "" or "." or ".." || file.Name.Contains('\0')) return (null, $"its sidecar names a file elsewhere: '{file.Name}'");
                var there = new FileInfo(Path.Combine(clip.Folder, file.Name));
                if (!there.Exists) return (null, $"{file.Name} is missing");
                if (there.Length != file.SizeBytes) return (null, $"{file.Name} has {there.Length} bytes instead of {file.SizeBytes}");
            }

            var self = new ClipFile("sidecar", clip.Name + ".json", bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
            return (new(clip, sidecar, json, [.. sidecar.Files.Where(f => f.Kind != "sidecar"), self]), "");
        }
        catch (JsonException e)
        {
            return (null, $"its sidecar is no sidecar: {e.Message}");
        }
    }

    /// <summary>
    /// Deletes a clip. Its sidecar is renamed first: from then on there is no such clip, and what a crash leaves is found
    /// and finished by <see cref="List"/>.
    /// </summary>
    public static void Delete(LocalClip clip)
    {
        var done = clip.Sidecar + DoneSuffix;
        File.Move(clip.Sidecar, done, overwrite: true);
        FinishDeletion(done);
    }

    /// <summary>Moves a clip out of the way, into a directory below its own.</summary>
    public static void MoveAside(LocalClip clip, string where)
    {
        var target = Directory.CreateDirectory(Path.Combine(clip.Folder, where)).FullName;
        var files = Directory.GetFiles(clip.Folder).Where(f => Path.GetFileName(f).StartsWith(clip.Name + ".", StringComparison.Ordinal));

        // The sidecar last: a crash in between leaves a clip, not an orphan.
        foreach (var file in files.OrderBy(f => f == clip.Sidecar)) File.Move(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
    }

    private static void FinishDeletion(string done)
    {
        var folder = Path.GetDirectoryName(done)!;
        var name = Path.GetFileName(done)[..^(".json" + DoneSuffix).Length];
        foreach (var file in Directory.GetFiles(folder))
            if (file != done && Path.GetFileName(file).StartsWith(name + ".", StringComparison.Ordinal)) File.Delete(file);
        File.Delete(done);
    }
}
