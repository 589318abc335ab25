namespace StreamClips.LiveSite.Video;

/// <summary>The fixed measures of the picture, the sound and the segments. All frame times lie on a grid of whole
/// milliseconds since the Unix epoch, so that every frame, segment and sample has an exact wall-clock time.</summary>
public static class Timing
{
    /// <summary>Width of the source picture in pixels.</summary>
    public const int Width = 640;

    /// <summary>Height of the source picture in pixels.</summary>
    public const int Height = 360;

    /// <summary>Frames a second. 20 makes a frame 50 ms, 2,400 samples and 4,500 ticks of the 90 kHz clock: all whole numbers.</summary>
    public const int FramesPerSecond = 20;

    /// <summary>Length of a frame in milliseconds.</summary>
    public const int FrameMilliseconds = 1000 / FramesPerSecond;

    /// <summary>Length of a segment in seconds; every segment starts on an even second of the wall clock.</summary>
    public const int SegmentSeconds = 2;

    /// <summary>Frames in a segment, also the distance of the keyframes.</summary>
    public const int FramesPerSegment = SegmentSeconds * FramesPerSecond;

    /// <summary>Sound samples a second, one channel.</summary>
    public const int SampleRate = 48_000;

    /// <summary>Sound samples that belong to one frame.</summary>
    public const int SamplesPerFrame = SampleRate / FramesPerSecond;

    /// <summary>A beep and a flash start together at every multiple of this many milliseconds since the epoch.</summary>
    public const int BeepEveryMilliseconds = 10_000;

    /// <summary>How long a beep and its flash last, in milliseconds.</summary>
    public const int BeepMilliseconds = 200;

    /// <summary>The pitch of the beep in hertz.</summary>
    public const int BeepHertz = 1_000;

    /// <summary>After so many seconds the 33-bit time stamps of MPEG-TS begin at 0 again.</summary>
    public const double TimestampWrapSeconds = (1L << 33) / 90_000.0;

    /// <summary>The first segment boundary at or after the time.</summary>
    /// <param name="unixMilliseconds">Milliseconds since the Unix epoch.</param>
    public static long NextSegmentBoundary(long unixMilliseconds) => RoundUp(unixMilliseconds, SegmentSeconds * 1000);

    /// <summary>The first frame time at or after the time.</summary>
    /// <param name="unixMilliseconds">Milliseconds since the Unix epoch.</param>
    public static long NextFrame(long unixMilliseconds) => RoundUp(unixMilliseconds, FrameMilliseconds);

    private static long RoundUp(long value, long step) => (value + step - 1) / step * step;
}
