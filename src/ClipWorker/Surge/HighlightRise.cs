using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// The first rise of a chat: how likely a clip will be made of a second that was not heard to its end yet. The same model as the
/// decision's, with less to go by, and a threshold that is lower the less there is: a wrong guess only has some video fetched
/// that nobody needs. Pure.
/// </summary>
internal static class HighlightRise
{
    /// <summary>So many seconds of the chat after a moment must have been heard: the chat answers late.</summary>
    public const int LeastHeard = 12;

    // The recording asks every other second or so: the seconds since the last question are looked at too.
    private const int SecondsAsked = 3;

    // How much below the decision's threshold a second may be, in log-odds: measured on labelled streams, so that the clips of
    // all of them would have been in reach (docs/detection.md).
    private const double Allowance = 0.15;
    private const double AllowancePerSecond = 0.09;
    private const double Steepness = 2;

    /// <summary>How long after a clip's beginning a rise can be told at the earliest.</summary>
    public static TimeSpan RisesAfter(ClipSettings settings) => TimeSpan.FromSeconds(Math.Floor(settings.ClipDuration / 2) + LeastHeard);

    /// <summary>The rise of the second so long ago, 0 to 1: a half is worth to be prepared for.</summary>
    /// <param name="history">The chat.</param>
    /// <param name="moments">The moments that were clipped.</param>
    /// <param name="ago">How long ago the second is.</param>
    /// <param name="threshold">The score that a moment needs now.</param>
    public static double Of(HighlightHistory history, HighlightMoments moments, TimeSpan ago, double threshold)
    {
        var heard = (int)Math.Min(ago.TotalSeconds, HighlightModel.Look);
        var best = double.NegativeInfinity;
        for (var seconds = heard; seconds >= LeastHeard && seconds > heard - SecondsAsked; seconds--)
        {
            var second = history.Now - seconds;
            if (second < history.First || moments.IsBehindLast(second)) continue;
            var allowance = Allowance + AllowancePerSecond * (HighlightModel.Look - seconds);
            best = Math.Max(best, HighlightModel.Score(history, second, history.Now) - threshold + allowance);
        }

        return 1 / (1 + Math.Exp(-Steepness * best));
    }
}
