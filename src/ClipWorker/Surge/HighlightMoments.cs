namespace StreamClips.ClipWorker.Surge;

/// <summary>A second that was found to be where a highlight begins, near enough.</summary>
/// <param name="Second">The second.</param>
/// <param name="Score">Its score, in log-odds.</param>
/// <param name="ClipFrom">Where its clip begins.</param>
/// <param name="ClipUntil">Where its clip ends.</param>
internal readonly record struct HighlightMoment(long Second, double Score, long ClipFrom, long ClipUntil);

/// <summary>
/// Picks moments from the scores of the seconds: the best of its neighbourhood, high enough, and not inside the clip
/// before. A clear moment waits 3 s for a better one, a weak one up to 6. Pure.
/// </summary>
/// <param name="clipSeconds">Length of a clip. Clips never overlap: one that begins inside the clip before it is cut short.</param>
internal sealed class HighlightMoments(int clipSeconds)
{
    /// <summary>The longest wait for a better moment, seconds.</summary>
    public const int LongestWait = 6;

    private const int ShortestWait = 3;
    private const double ClearScore = -1.4;
    private const double WaitPerScore = 4;
    private const double MuchBetter = 1;
    private const int Kept = 16; // a power of two above twice the longest wait

    // So near to the last moment no other is looked for; up to a clip's length only a much better one.
    private readonly int _nearest = clipSeconds * 2 / 3;
    private readonly int _lead = clipSeconds / 2;
    private readonly double[] _scores = Enumerable.Repeat(double.NegativeInfinity, Kept).ToArray();
    private HighlightMoment? _last;

    /// <summary>Takes in the score of a second, the one after the second before.</summary>
    public void Add(long second, double score) => _scores[Slot(second)] = score;

    /// <summary>Scores anew all seconds before this one that may still be decided, or compared with one that may.</summary>
    public void Rescore(long before, HighlightHistory history)
    {
        for (var second = before - 2 * LongestWait; second < before; second++)
            if (!double.IsNegativeInfinity(_scores[Slot(second)])) _scores[Slot(second)] = HighlightModel.Score(history, second);
    }

    /// <summary>Forgets all scores: nothing before this is compared with what comes.</summary>
    public void Forget() => Array.Fill(_scores, double.NegativeInfinity);

    /// <summary>The moment that is decided when second <paramref name="newest"/> has its score; null: none.</summary>
    public HighlightMoment? Decide(long newest, double threshold)
    {
        for (var wait = LongestWait; wait >= ShortestWait; wait--)
        {
            var second = newest - wait;
            var score = _scores[Slot(second)];
            if (score < threshold || Wait(score) != wait || IsTooNear(second, score) || !IsBest(second, score, wait)) continue;
            var from = Math.Max(second - _lead, _last?.ClipUntil ?? long.MinValue);
            return new(second, score, from, second - _lead + clipSeconds);
        }

        return null;
    }

    /// <summary>Whether a second is so near to the last moment that no clip will be made of it, however good it is.</summary>
    public bool IsBehindLast(long second) => _last is { } last && second - last.Second < _nearest;

    /// <summary>A clip is made of this moment.</summary>
    public void Clipped(in HighlightMoment moment) => _last = moment;

    private static int Wait(double score) => (int)Math.Clamp(Math.Round(ShortestWait + (ClearScore - score) * WaitPerScore), ShortestWait, LongestWait);

    private bool IsTooNear(long second, double score) =>
        _last is { } last && (second - last.Second < _nearest || (second - last.Second < clipSeconds && score < last.Score + MuchBetter));

    private bool IsBest(long second, double score, int wait)
    {
        var from = _last is { } last ? Math.Max(second - wait, last.Second + _nearest) : second - wait;
        for (var other = from; other <= second + wait; other++)
            if (_scores[Slot(other)] > score) return false;
        return true;
    }

    private static int Slot(long second) => (int)(second & (Kept - 1));
}
