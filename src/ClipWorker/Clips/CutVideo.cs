namespace StreamClips.ClipWorker.Clips;

/// <summary>A clip's video as it was made.</summary>
/// <param name="Probe">What the file holds.</param>
/// <param name="Start">When its first picture was sent.</param>
/// <param name="Method">One of <see cref="CutMethod"/>.</param>
/// <param name="SkippedS">Seconds of the plan that could not be read when it was cut.</param>
internal sealed record CutVideo(MediaProbe Probe, DateTimeOffset Start, string Method, double SkippedS = 0);

/// <summary>How a clip's video was made, as its sidecar says.</summary>
internal static class CutMethod
{
    /// <summary>Everything is as it was sent; it begins with a keyframe.</summary>
    public const string Copy = "copy";

    /// <summary>It begins with the wanted picture: those up to the next keyframe are encoded anew, the rest is as it was sent.</summary>
    public const string Exact = "exact";

    /// <summary>It begins with the wanted picture, and all pictures are encoded anew.</summary>
    public const string Encoded = "encoded";
}

/// <summary>How long the tools may take. What takes longer is killed.</summary>
/// <param name="Cut">For copying a clip, which takes a fifth of a second on a machine that is idle.</param>
/// <param name="Look">For a picture.</param>
internal sealed record CutLimits(TimeSpan Cut, TimeSpan Look)
{
    /// <summary>What is enough on a machine that is twenty times overloaded.</summary>
    public static CutLimits Default { get; } = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(20));
}
