namespace StreamClips.Bench;

/// <summary>Where things are.</summary>
internal static class BenchPlace
{
    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Where benches put their data.</summary>
    public static string Data { get; } = Path.Combine(Root, ".build", "bench");

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "StreamClips.sln"))) return at.FullName;
        throw new InvalidOperationException($"no StreamClips.sln above {AppContext.BaseDirectory}: run `./streamclips bench` in a clone");
    }
}
