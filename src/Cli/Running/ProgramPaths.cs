namespace StreamClips.Cli.Running;

/// <summary>Where the other programs are: beside this one where they were published together, else in the repository.</summary>
public static class ProgramPaths
{
    /// <summary>The control plane.</summary>
    public static string ControlPlane => Find("ControlPlane", "src");

    /// <summary>The node agent.</summary>
    public static string NodeAgent => Find("NodeAgent", "src");

    /// <summary>The clip worker: the one that CLIP_WORKER names, as the script does once it has built the native one.</summary>
    public static string ClipWorker => Environment.GetEnvironmentVariable("CLIP_WORKER") is { Length: > 0 } named ? named : Find("ClipWorker", "src");

    /// <summary>The simulated platform.</summary>
    public static string LiveSite => Find("LiveSite", "sim");

    private static string Find(string name, string folder)
    {
        var file = $"StreamClips.{name}.dll";
        var beside = Path.Combine(AppContext.BaseDirectory, file);
        if (File.Exists(beside)) return beside;

        // src/Cli/bin/Release/net10.0/ of the repository, or Debug.
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var root = output.Parent?.Parent?.Parent?.Parent?.Parent?.FullName ?? output.FullName;
        return Path.Combine(root, folder, name, "bin", output.Parent!.Name, output.Name, file);
    }
}
