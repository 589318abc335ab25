namespace StreamClips.ClipWorker.Tests.Clips;

/// <summary>Stand-ins for ffmpeg that do something else first.</summary>
internal static class BrokenTools
{
    /// <summary>Puts one into a folder.</summary>
    /// <param name="folder">The folder, which is made.</param>
    /// <param name="script">Shell: what it does before it becomes the real one, whose path is $REAL; $HERE is the folder.</param>
    /// <returns>A PATH where it is found first.</returns>
    public static string Ffmpeg(string folder, string script)
    {
        var path = Environment.GetEnvironmentVariable("PATH")!;
        var real = path.Split(':').Select(p => Path.Combine(p, "ffmpeg")).First(File.Exists);
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "ffmpeg");
        File.WriteAllText(file, $"#!/bin/sh\nREAL='{real}' HERE='{folder}'\n{script}\nexec \"$REAL\" \"$@\"\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return $"{folder}:{path}";
    }
}
