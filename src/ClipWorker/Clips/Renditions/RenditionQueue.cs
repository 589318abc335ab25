using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamClips.ClipWorker.Clips.Renditions;

/// <summary>A clip of which something is still to be made.</summary>
internal sealed record RenditionJob
{
    /// <summary>The clip.</summary>
    public required Guid ClipId { get; init; }

    /// <summary>The name that the clip's files share.</summary>
    public required string Name { get; init; }

    /// <summary>The clip's name in storage.</summary>
    public required string ClipPath { get; init; }

    /// <summary>What is to be made, of <see cref="Shared.Clips.RenditionKind"/>.</summary>
    public required IReadOnlyList<string> Kinds { get; init; }

    /// <summary>Length of the clip in seconds.</summary>
    public required double DurationS { get; init; }

    /// <summary>Width of the clip in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height of the clip in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>How often it was begun.</summary>
    public int Tries { get; init; }
}

/// <summary>
/// What is to be made of clips later, as files: ID.mp4, another link to the clip's video, so that the agent may ship and delete
/// the clip, and ID.json. A job exists if and only if its JSON does; it survives the worker.
/// </summary>
/// <remarks>Any thread.</remarks>
/// <param name="directory">Where they lie; on the file system of the clips, or the video is copied.</param>
internal sealed partial class RenditionQueue(string directory)
{
    // A clip is added while another one's job is rewritten.
    private readonly Lock _lock = new();

    /// <summary>Clips that may wait: each holds the bytes of its video.</summary>
    public const int MaxJobs = 32;

    /// <summary>Where a job's video lies.</summary>
    public string VideoOf(RenditionJob job) => VideoOf(job.ClipId);

    /// <summary>Adds a job for a video that has its final name.</summary>
    /// <returns>False where too many wait.</returns>
    /// <exception cref="IOException">The disk is full.</exception>
    public bool Add(RenditionJob job, string video)
    {
        lock (_lock)
        {
            Directory.CreateDirectory(directory);
            if (Directory.GetFiles(directory, "*.json").Length >= MaxJobs) return false;
            File.Delete(VideoOf(job));
            try
            {
                if (Link(video, VideoOf(job)) != 0) File.Copy(video, VideoOf(job));
                WriteLocked(job);
                return true;
            }
            catch
            {
                // A link alone would keep the video's bytes on a disk that may be full.
                RemoveLocked(job.ClipId);
                throw;
            }
        }
    }

    /// <summary>The jobs, oldest first.</summary>
    public IReadOnlyList<RenditionJob> List()
    {
        lock (_lock) return ListLocked();
    }

    /// <summary>Replaces a job by what is left of it; nothing where it was removed.</summary>
    public void Write(RenditionJob job)
    {
        lock (_lock)
            if (File.Exists(VideoOf(job))) WriteLocked(job);
    }

    /// <summary>Removes a clip's job, if there is one.</summary>
    public void Remove(Guid clip)
    {
        lock (_lock)
            if (Directory.Exists(directory)) RemoveLocked(clip);
    }

    /// <summary>
    /// Removes the jobs of clips that never came to be: a kill between job and sidecar left the video, and nothing that says that
    /// the clip was shipped. Before the videos themselves are removed. Files that belong to no job are removed, too.
    /// </summary>
    public void RemoveVoid(ClipFolder clips)
    {
        lock (_lock)
        {
            var jobs = ListLocked();
            foreach (var job in jobs)
                if (File.Exists(clips.PathOf(job.Name, "mp4")) && !clips.Existed(job.Name)) RemoveLocked(job.ClipId);
            if (!Directory.Exists(directory)) return;
            var known = jobs.Select(j => j.ClipId.ToString("N")).ToHashSet(StringComparer.Ordinal);
            foreach (var path in Directory.GetFiles(directory))
                if (Path.GetExtension(path) == ".part" || !known.Contains(Path.GetFileNameWithoutExtension(path))) File.Delete(path);
        }
    }

    private List<RenditionJob> ListLocked()
    {
        if (!Directory.Exists(directory)) return [];
        var jobs = new List<(DateTime Since, RenditionJob Job)>();
        foreach (var path in Directory.GetFiles(directory, "*.json"))
            if (Read(path) is { } job && File.Exists(VideoOf(job))) jobs.Add((File.GetCreationTimeUtc(VideoOf(job)), job));
        return [.. jobs.OrderBy(j => j.Since).ThenBy(j => j.Job.ClipId).Select(j => j.Job)];
    }

    private void WriteLocked(RenditionJob job)
    {
        var path = Path.Combine(directory, $"{job.ClipId:N}.json");
        File.WriteAllText(path + ".part", JsonSerializer.Serialize(job, RenditionJobJson.Default.RenditionJob), Encoding.UTF8);
        File.Move(path + ".part", path, overwrite: true);
    }

    private void RemoveLocked(Guid clip)
    {
        File.Delete(Path.Combine(directory, $"{clip:N}.json"));
        File.Delete(VideoOf(clip));
    }

    private string VideoOf(Guid clip) => Path.Combine(directory, $"{clip:N}.mp4");

    private static RenditionJob? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), RenditionJobJson.Default.RenditionJob);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // link(2): .NET makes symbolic links only.
    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string existing, string name);
}

/// <summary>Serialisation of jobs, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RenditionJob))]
internal sealed partial class RenditionJobJson : JsonSerializerContext;
