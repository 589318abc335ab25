namespace StreamClips.Shared;

/// <summary>Paths as the kernel knows them.</summary>
public static class RealPath
{
    // As many as Linux follows: path_resolution(7).
    private const int MostLinks = 40;

    /// <summary>
    /// The path without symbolic links, <c>..</c> and <c>//</c>, as /proc shows it (realpath(3)). What of it is not there
    /// yet stays as it is.
    /// </summary>
    /// <exception cref="IOException">Links go round in a circle, or cannot be read.</exception>
    public static string Of(string path) => Of(path, links: 0);

    private static string Of(string path, int links)
    {
        if (links > MostLinks) throw new IOException($"{path} goes through more than {MostLinks} links");
        var real = Path.GetPathRoot(path)!;
        foreach (var part in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, part);

            // The target may itself lie below a link.
            if (TargetOf(real) is { } target) real = Of(target, links + 1);
        }

        return real;
    }

    private static string? TargetOf(string path)
    {
        try
        {
            return Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
