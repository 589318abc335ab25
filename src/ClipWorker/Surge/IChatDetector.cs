using StreamClips.ClipWorker.Chat;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// Finds the moments of a stream in its chat. Causal, one pass, constant memory: the same messages and times give the same
/// decisions, live and in replay, and a decision is never taken back. One thread.
/// </summary>
internal interface IChatDetector
{
    /// <summary>The detector's name, as in the setting <c>detector</c> and in sidecars.</summary>
    string Name { get; }

    /// <summary>The newest sample of the chat's rate, null before the first.</summary>
    RateSample? Latest { get; }

    /// <summary>Messages that came too late to be counted.</summary>
    long TooLate { get; }

    /// <summary>How long after the last message there is still something to decide.</summary>
    TimeSpan DecidesWithin { get; }

    /// <summary>Decides by other settings from now on, and forgets nothing. Only what <see cref="SettingEffect.Live"/> settings say may differ.</summary>
    void Take(ClipSettings next);

    /// <summary>Takes in a message, after all that is due before it was decided.</summary>
    /// <returns>The surges, mostly none.</returns>
    IReadOnlyList<DetectedSurge> Observe(ChatMessage message);

    /// <summary>
    /// Takes in a second of a chat that was heard before, after all that is due before it was decided: as if its messages came now. A
    /// detector is given either messages or seconds.
    /// </summary>
    /// <returns>The surges, mostly none.</returns>
    IReadOnlyList<DetectedSurge> Observe(in ChatSecond second);

    /// <summary>
    /// Takes back what a moderator removed, after all that is due before it was decided: it counts no more for what is not
    /// decided yet.
    /// </summary>
    /// <param name="removed">When that was, and the message's id; without one all of the user's, without a user all that was said.</param>
    /// <returns>The surges, mostly none.</returns>
    IReadOnlyList<DetectedSurge> Forget(ChatMessage removed);

    /// <summary>Decides all that is due up to this time.</summary>
    /// <returns>The surges, mostly none.</returns>
    IReadOnlyList<DetectedSurge> Advance(DateTimeOffset now);

    /// <summary>Goes on after a time in which the chat could not be heard, which is not silence.</summary>
    void ResumeAt(DateTimeOffset now);

    /// <summary>
    /// How much the chat looks as if a clip will be decided that begins so long before now, 0 to 1: what the video of that time is
    /// fetched for before the origin drops it. Pure, and cheap enough for every second; 0 where it is too early to tell.
    /// </summary>
    double Rise(TimeSpan back);
}

/// <summary>Makes the detector that the settings name.</summary>
internal static class ChatDetector
{
    /// <summary>Makes it; the settings must be valid.</summary>
    public static IChatDetector For(ClipSettings settings) =>
        IsSurge(settings) ? new SurgeDetector(settings) : new HighlightDetector(settings);

    /// <summary>How long before its decision a clip can begin.</summary>
    public static TimeSpan LooksBack(ClipSettings settings) =>
        IsSurge(settings) ? TimeSpan.FromSeconds(settings.ClipDuration) : HighlightDetector.LooksBack(settings);

    /// <summary>How long after a clip's beginning its rise can be told from noise at the earliest: see <see cref="IChatDetector.Rise"/>.</summary>
    public static TimeSpan RisesAfter(ClipSettings settings) =>
        IsSurge(settings) ? SurgeDetector.RisesAfter(settings) : HighlightRise.RisesAfter(settings);

    private static bool IsSurge(ClipSettings settings) => settings.Detector == ClipSettings.SurgeDetector;
}
