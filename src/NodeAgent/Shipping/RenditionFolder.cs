using System.Text;
using System.Text.Json;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Workers;

namespace StreamClips.NodeAgent.Shipping;

/// <summary>A finished rendition in a worker's directory.</summary>
/// <param name="ProcessId">The worker's run.</param>
/// <param name="Directory">The worker's directory.</param>
/// <param name="Name">The name of its files: the clip's, a dot, and what it is.</param>
public sealed record LocalRendition(Guid ProcessId, WorkerDirectory Directory, string Name)
{
    /// <summary>The sidecar: a rendition exists if and only if this file does.</summary>
    public string Sidecar => Path.Combine(Directory.Renditions, Name + ".json");

    /// <summary>Whether its clip is still to be acknowledged: until then the control plane does not know what it is of.</summary>
    public bool ClipIsHere => File.Exists(Path.Combine(Directory.Clips, Path.GetFileNameWithoutExtension(Name) + ".json"));
}

/// <summary>The renditions directory of a worker, from the agent's side.</summary>
public static class RenditionFolder
{
    /// <summary>The finished renditions, oldest name first.</summary>
    public static IReadOnlyList<LocalRendition> List(Guid processId, WorkerDirectory directory)
    {
        if (!Directory.Exists(directory.Renditions)) return [];
        return [.. Directory.EnumerateFiles(directory.Renditions, "*.json").Order(StringComparer.Ordinal)
            .Select(f => new LocalRendition(processId, directory, Path.GetFileNameWithoutExtension(f)))];
    }

    /// <summary>Reads a rendition.</summary>
    /// <returns>The sidecar and its text, or what is wrong with it.</returns>
    public static (RenditionSidecar? Sidecar, string Json, string Fault) Read(LocalRendition local)
    {
        try
        {
            if (new FileInfo(local.Sidecar).Length > ClipFolder.MaxSidecarBytes) return (null, "", "its sidecar is too long");
            var json = Encoding.UTF8.GetString(File.ReadAllBytes(local.Sidecar));
            var sidecar = RenditionSidecar.FromJson(json);
            if (sidecar.File.Name != Path.GetFileName(sidecar.File.Name) || !sidecar.File.Name.StartsWith(local.Name + ".", StringComparison.Ordinal))
                return (null, "", $"its sidecar names a file elsewhere: '{sidecar.File.Name}'");
            return (sidecar, json, "");
        }
        catch (JsonException e)
        {
            return (null, "", $"its sidecar is no sidecar: {e.Message}");
        }
    }

    /// <summary>Deletes a rendition: the sidecar first, from then on there is none. A file that a crash leaves goes with the directory.</summary>
    public static void Delete(LocalRendition local)
    {
        File.Delete(local.Sidecar);
        foreach (var file in Directory.GetFiles(local.Directory.Renditions))
            if (Path.GetFileName(file).StartsWith(local.Name + ".", StringComparison.Ordinal)) File.Delete(file);
    }
}
