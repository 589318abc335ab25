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
        (0.1, 0.5), (1, 0), (2, -0.26), (3.5, -0.6), (5, -0.83), (7, -1.02), (8.5, -1.16), (10, -1.3), (12, -1.4), (15, -1.7),
        (18, -1.87), (22, -2.12), (26, -2.41), (30, -2.62), (35, -2.91), (40, -3.14), (45, -3.47), (60, -4.5),
    ];

    // A clip at 10 an hour moves it by 0.12: an hour of the stream decides, not its last minutes.
    private const double StepOfMean = 1.2;

    private readonly double _base = ScoreFor(clipsPerHour);

    // A clip moves it by what the mean time between two clips moves it back.
    private readonly double _step = StepOfMean / Math.Max(1, clipsPerHour);
    private readonly double _perSecond = StepOfMean / Math.Max(1, clipsPerHour) * clipsPerHour / 3600;
    private double _move;

    /// <summary>The score that is needed now.</summary>
    public double Score => _base + _move;

    /// <summary>The same for another rate: how far the stream moved it stays.</summary>
    public HighlightThreshold With(double perHour) => new(perHour) { _move = _move };

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
