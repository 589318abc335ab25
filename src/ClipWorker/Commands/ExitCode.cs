namespace StreamClips.ClipWorker.Commands;

/// <summary>What the program says when it ends.</summary>
internal static class ExitCode
{
    /// <summary>Stopped as asked, or the stream ended.</summary>
    public const int Done = 0;

    /// <summary>It could not be done; the reason was printed, or stands in the last status line. A crash has no such status, only an error in the log.</summary>
    public const int Failed = 1;

    /// <summary>Wrong arguments, settings or spec.</summary>
    public const int Usage = 2;
}
