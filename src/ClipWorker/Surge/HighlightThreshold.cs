namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// The score that a moment needs for about so many clips an hour. It starts from what streams of one kind gave on average,
/// and moves with the stream: up with every clip, down with the time without one, within bounds that a real burst clears.
/// </summary>
internal sealed class HighlightThreshold(double clipsPerHour)
{
    /// <summary>The most that it moves, in log-odds: a factor of about 1.5 in odds either way.</summary>
    public const double MostMove = 0.4;

    // Measured on labelled streams with weights that had not seen them: clips an hour, and the score that gives them.
    private static readonly (double PerHour, double Score)[] Measured =
    [
        (0.1, 0.5), (0.85, -0.25), (1.9, -0.5), (3.5, -0.75), (5.9, -1), (9.3, -1.25), (12.7, -1.5), (16.1, -1.75), (20.5, -2),
        (23.9, -2.25), (28.8, -2.5), (33, -2.75), (37.5, -3), (42.3, -3.25), (45.6, -3.5), (60, -4.5),
    ];

    // A clip at 10 an hour moves it by 0.08: an hour of the stream decides, not its last minutes.
    private const double StepOfMean = 0.8;

    private readonly double _base = ScoreFor(clipsPerHour);

    // A clip moves it by what the mean time between two clips moves it back.
    private readonly double _step = StepOfMean / Math.Max(1, clipsPerHour);
    private readonly double _perSecond = StepOfMean / Math.Max(1, clipsPerHour) * clipsPerHour / 3600;
    private double _move;

    /// <summary>The score that is needed now.</summary>
    public double Score => _base + _move;

    /// <summary>A second went by.</summary>
    public void Tick() => _move = Math.Max(-MostMove, _move - _perSecond);

    /// <summary>A clip was made.</summary>
    public void Clipped() => _move = Math.Min(MostMove, _move + _step);

    private static double ScoreFor(double perHour)
    {
        var above = 1;
        while (above < Measured.Length - 1 && Measured[above].PerHour < perHour) above++;
        var (low, high) = (Measured[above - 1], Measured[above]);
        var part = Math.Log(perHour / low.PerHour) / Math.Log(high.PerHour / low.PerHour);
        return low.Score + Math.Clamp(part, 0, 1) * (high.Score - low.Score);
    }
}
