namespace StreamClips.ClipWorker.Clips;

/// <summary>What a clip's file holds.</summary>
/// <param name="DurationS">Its length in seconds.</param>
/// <param name="Video">The video's codec; null where there is none.</param>
/// <param name="Audio">The audio's codec; null where there is none.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
internal sealed record MediaProbe(double DurationS, string? Video, string? Audio, int Width, int Height)
{
    /// <summary>For people: <c>640x360 h264/aac</c>.</summary>
    public string Describe() => $"{Width}x{Height} {Video}{(Audio is null ? "" : $"/{Audio}")}";
}
