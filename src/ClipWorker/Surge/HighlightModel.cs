namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// How much the chat looks as if a highlight began at second t: a matched filter on the rate (a lull before, the rise, the
/// plateau), what is said against what the stream's chat usually says, and how well the usual is known. A linear sum, in
/// log-odds of a second being within 5 s of a highlight's start.
/// </summary>
/// <remarks>
/// The weights come from a ridge logistic regression on labelled tournament streams (docs/detection.md tells how, and what
/// did not help). They are few and small on purpose: with more, unseen streams lose.
/// </remarks>
internal static class HighlightModel
{
    /// <summary>Seconds after t that are looked at: t is scored when they are over.</summary>
    public const int Look = 31;

    private const int LeastSeconds = 3;
    private const int TextFrom = 8;
    private const int UsualTextSeconds = 400;
    private const double LeastDeviation = 2;
    private const double Burstiness = 0.4;
    private const double LeastRise = -2;
    private const double FullRise = 2.5;
    private const double BeyondFull = 0.25;
    private const double MostRise = 4.5;
    private const double TextPrior = 3;
    private const double UsualTextPrior = 30;
    private const double TextScale = 2;
    private const double TextWeight = 1.44;
    private const double ImmaturityWeight = -0.78;
    private const double Bias = -2.83;

    // Seconds after t, and the weight of how far the messages there lie above the usual.
    private static readonly (int From, int Until, double Weight)[] Boxes =
        [(-15, 5, -0.23), (5, 12, 0.02), (12, 22, 0.28), (22, Look, 0.23)];

    /// <summary>Scores second <paramref name="t"/>, which must be <see cref="Look"/> before the history's now.</summary>
    public static double Score(HighlightHistory history, long t) => Score(history, t, t + Look);

    /// <summary>
    /// Scores second <paramref name="t"/> by what was heard before <paramref name="until"/>, which may be too early for a decision:
    /// what is not heard yet is taken to go on as it was.
    /// </summary>
    public static double Score(HighlightHistory history, long t, long until)
    {
        var sum = Bias + TextWeight * TextChange(history, t, until) + ImmaturityWeight * history.Immaturity;
        var last = 0.0;
        foreach (var (from, end, weight) in Boxes)
        {
            if (t + from + LeastSeconds <= until) last = Rise(history, t + from, Math.Min(t + end, until));
            sum += weight * last;
        }

        return sum;
    }

    /// <summary>
    /// How many more reactions and fewer sentences there are than usual, as mean weight of a message (see
    /// <see cref="HighlightWords"/>) less the mean of the last minutes; about −1 to 1.
    /// </summary>
    public static double TextChange(HighlightHistory history, long t) => TextChange(history, t, t + Look);

    private static double TextChange(HighlightHistory history, long t, long end)
    {
        var usual = Points(history, end - UsualTextSeconds, end) / (history.Messages(end - UsualTextSeconds, end) + UsualTextPrior);
        var here = (Points(history, t + TextFrom, end) + TextPrior * usual) / (history.Messages(t + TextFrom, end) + TextPrior);
        return TextScale * (here - usual);
    }

    /// <summary>The chance that a clip of a moment with this score holds a highlight, 0 to 1; measured on streams that the weights had not seen.</summary>
    public static double Chance(double score) => 1 / (1 + Math.Exp(-(1.43 * score + 2.41)));

    private static double Rise(HighlightHistory history, long from, long until)
    {
        from = Math.Max(from, history.First); // The stream began inside the box.
        var seconds = until - from;
        if (seconds < LeastSeconds) return 0;
        // In deviations of a count that comes in bursts (its variance grows with its square): few messages tell little in a
        // slow chat, and a fast one is no louder for being fast.
        var usual = seconds * history.Usual;
        var rise = (history.Messages(from, until) - usual) / Math.Sqrt(usual + Burstiness * usual * usual + LeastDeviation);
        // Beyond that the rate tells less: but a chat of nothing but emotes has only its rate to tell.
        return rise <= FullRise ? Math.Max(rise, LeastRise) : Math.Min(FullRise + BeyondFull * (rise - FullRise), MostRise);
    }

    private static double Points(HighlightHistory history, long from, long until) => history.Weights(from, until) / (double)HighlightWords.One;
}
