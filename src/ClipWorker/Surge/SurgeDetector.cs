using System.Globalization;
using StreamClips.ClipWorker.Chat;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// Detector <c>surge</c>: the rule of the manager that this project replaces. Every <c>sample_interval</c> it counts the
/// messages of the last <c>window_timespan</c>; a count of at least <c>surge_threshold</c> times the mean count of the last
/// <c>baseline_duration</c> is a surge. It first decides when window and baseline were both seen in full, and after a
/// surge it is silent for <c>clip_duration</c>. The clip is the <c>clip_duration</c> before the decision.
/// </summary>
/// <remarks>
/// Causal and pure: the same messages and times give the same decisions, live and in replay. The rule knows neither where
/// the highlight began nor the true peak. It says what it can: the moment is where the window that surged begins (the
/// clip's start, where the window is longer than the clip), the peak is the decision.
/// </remarks>
internal sealed class SurgeDetector(ClipSettings settings) : IChatDetector
{
    /// <summary>The detector's name in settings and sidecars.</summary>
    public const string DetectorName = ClipSettings.SurgeDetector;

    private ClipSettings _settings = settings;
    private ChatRate _rate = new(settings);
    private readonly TimeSpan _clip = TimeSpan.FromSeconds(settings.ClipDuration);
    private TimeSpan _window = TimeSpan.FromSeconds(settings.WindowTimespan);
    private DateTimeOffset? _lastSurge;

    /// <inheritdoc/>
    public string Name => DetectorName;

    /// <inheritdoc/>
    public RateSample? Latest { get; private set; }

    /// <inheritdoc/>
    public long TooLate => _rate.TooLate;

    /// <inheritdoc/>
    public TimeSpan DecidesWithin => TimeSpan.Zero;

    /// <inheritdoc/>
    public void Take(ClipSettings next)
    {
        if ((next.WindowTimespan, next.SampleInterval, next.BaselineDuration) != (_settings.WindowTimespan, _settings.SampleInterval, _settings.BaselineDuration))
            _rate = _rate.With(next);
        (_settings, _window) = (next, TimeSpan.FromSeconds(next.WindowTimespan));
    }

    /// <summary>Counts a message, after all samples that are due before it.</summary>
    /// <returns>The surges of those samples, mostly none.</returns>
    public IReadOnlyList<DetectedSurge> Observe(ChatMessage message)
    {
        if (!_rate.Started) _rate.Start(message.At);
        var surges = Decide(message.At, inclusive: false);
        _rate.Add(message.At);
        return surges;
    }

    /// <summary>Counts the messages of a second as if they had come evenly: exact where interval and window are whole seconds.</summary>
    /// <returns>The surges of the samples that are due, mostly none.</returns>
    public IReadOnlyList<DetectedSurge> Observe(in ChatSecond second)
    {
        List<DetectedSurge>? surges = null;
        var later = second.Said - second.Early;
        for (var i = 0; i < second.Early; i++) Count(second.At);
        for (var i = 1; i <= later; i++) Count(second.At.AddTicks(TimeSpan.TicksPerSecond * i / later));
        return surges ?? (IReadOnlyList<DetectedSurge>)[];

        void Count(DateTimeOffset at)
        {
            var some = Observe(new ChatMessage(at, ChatHash.Nobody, default));
            if (some.Count > 0) (surges ??= []).AddRange(some);
        }
    }

    /// <summary>Takes nothing back: that rule counts what was said, and has decided all of it.</summary>
    /// <returns>The surges of the samples that are due, mostly none.</returns>
    public IReadOnlyList<DetectedSurge> Forget(ChatMessage removed) => _rate.Started ? Decide(removed.At, inclusive: false) : [];

    /// <summary>Takes all samples up to this time, including it. The first call or message sets the time of the first sample.</summary>
    /// <returns>The surges, mostly none.</returns>
    public IReadOnlyList<DetectedSurge> Advance(DateTimeOffset now)
    {
        if (!_rate.Started) _rate.Start(now);
        return Decide(now, inclusive: true);
    }

    /// <summary>Goes on after a time in which the chat could not be heard, which counts neither as silence nor as time.</summary>
    public void ResumeAt(DateTimeOffset now) => _rate.ResumeAt(now);

    /// <summary>Half of the window before the decision half of the surplus should be there.</summary>
    public static TimeSpan RisesAfter(ClipSettings settings) =>
        TimeSpan.FromSeconds(Math.Max(0, settings.ClipDuration - settings.WindowTimespan / 2));

    /// <inheritdoc/>
    public double Rise(TimeSpan back)
    {
        if (Latest is not { Decides: true, Mean: > 0 } sample) return 0;

        // A clip that begins so long ago is decided so long ahead: until then the surplus grows with the window.
        var ahead = (_clip - back) / _window;
        if (ahead > 0.5) return 0;
        var surplus = (sample.Count / sample.Mean - 1) / (_settings.SurgeThreshold - 1);
        return Math.Clamp(MostOf * surplus / (1 - Math.Max(0, ahead)), 0, 1);
    }

    // Two thirds of the surplus that is due are a rise of 0.5.
    private const double MostOf = 0.75;

    private IReadOnlyList<DetectedSurge> Decide(DateTimeOffset until, bool inclusive)
    {
        List<DetectedSurge>? surges = null;
        while (_rate.TrySample(until, inclusive, out var sample))
        {
            Latest = sample;
            if (IsSurge(sample)) (surges ??= []).Add(Surge(sample));
        }

        return surges ?? (IReadOnlyList<DetectedSurge>)[];
    }

    private bool IsSurge(RateSample sample) =>
        sample.Decides
        && sample.Mean > 0
        && sample.Count >= _settings.SurgeThreshold * sample.Mean
        && (_lastSurge is null || sample.At - _lastSurge >= _clip);

    private DetectedSurge Surge(RateSample sample)
    {
        _lastSurge = sample.At;
        var score = sample.Count / sample.Mean;
        return new()
        {
            Start = sample.At - _clip,
            End = sample.At,
            Moment = sample.At - (_window < _clip ? _window : _clip),
            Peak = sample.At,
            TriggeredAt = sample.At,
            Score = score,
            Reason = string.Create(CultureInfo.InvariantCulture, $"{score:0.0}× the usual chat: {sample.Count} messages in {_settings.WindowTimespan:0.#} s against {sample.Mean:0.#}"),
        };
    }
}
