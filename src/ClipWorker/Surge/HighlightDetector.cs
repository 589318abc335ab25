using System.Globalization;
using StreamClips.ClipWorker.Chat;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// Detector <c>highlight</c>: every second it scores the moment 31 s ago from the chat before, at and after it
/// (<see cref="HighlightModel"/>), and makes a clip of a moment that is better than its neighbours and good enough for
/// <c>clips_per_hour</c>. It says two things, as one number cannot serve both: the clip begins half a clip before the moment
/// that the chat points to, for chat lags; playback jumps to the moment.
/// </summary>
/// <remarks>
/// A silence in which 15 messages were due (at least 20 s) is an outage: what is usual is again what it was before, and no
/// clip is made of a moment whose chat was not all heard. Times that go backwards count as now, up to 30 s. What is taken back
/// counts no more for what is not decided yet, but for the usual rate, which it barely moved.
/// </remarks>
internal sealed class HighlightDetector(ClipSettings settings) : IChatDetector
{
    /// <summary>The detector's name in settings and sidecars.</summary>
    public const string DetectorName = ClipSettings.HighlightDetector;

    private const int LullBefore = 15;
    private const int WarmUp = 60;
    private const int MomentAfter = 4;
    private const int LatestCounted = 30;
    private const int OutageSeconds = 20;
    private const int OutageMessages = 15;

    private readonly HighlightSpam _spam = new();
    private readonly HighlightRecent _recent = new();
    private HighlightThreshold _threshold = new(settings.ClipsPerHour);
    private readonly HighlightMoments _moments = new((int)Math.Round(settings.ClipDuration));
    private readonly HighlightOutages _outages = new();
    private int _window = Window(settings);
    private HighlightHistory? _history;
    private (long Second, (double Level, double Weight) Mean)? _heard;
    private readonly List<(long Second, int Weight)> _takenBack = [];
    private bool _rescore;
    private bool _hearsSeconds;

    /// <summary>The second that is being filled, since the year 1; 0 before the first.</summary>
    public long Now => _history?.Now ?? 0;

    /// <summary>What the message that was observed last counted for; null: it did not count.</summary>
    public int? LastWeight { get; private set; }

    /// <summary>What the last <see cref="Forget"/> took back: the second that each message had counted in, and its weight.</summary>
    public IReadOnlyList<(long Second, int Weight)> TakenBack => _takenBack;

    /// <inheritdoc/>
    public string Name => DetectorName;

    /// <inheritdoc/>
    public RateSample? Latest { get; private set; }

    /// <inheritdoc/>
    public long TooLate { get; private set; }

    /// <inheritdoc/>
    public TimeSpan DecidesWithin => TimeSpan.FromSeconds(HighlightModel.Look + HighlightMoments.LongestWait + 1);

    /// <summary>How long before its decision a clip can begin.</summary>
    public static TimeSpan LooksBack(ClipSettings settings) =>
        TimeSpan.FromSeconds(Math.Ceiling(settings.ClipDuration / 2) + HighlightModel.Look + HighlightMoments.LongestWait + 1);

    /// <inheritdoc/>
    public void Take(ClipSettings next) => (_threshold, _window) = (_threshold.With(next.ClipsPerHour), Window(next));

    /// <inheritdoc/>
    public IReadOnlyList<DetectedSurge> Observe(ChatMessage message)
    {
        var second = Second(message.At);
        var history = _history ??= Begin(second);
        LastWeight = null;
        if (second < history.Now - LatestCounted)
        {
            TooLate++;
            return [];
        }

        var surges = TickTo(history, second);
        EndSilence(history);
        var reading = HighlightWords.ReadMessage(message.Text.Span);
        var ticks = Math.Max(message.At.UtcTicks, history.Now * TimeSpan.TicksPerSecond);
        if (!_spam.Counts(message, ticks, reading)) return surges;
        history.Add(reading.Weight);
        _recent.Add(history.Now, message, reading.Weight);
        LastWeight = reading.Weight;
        return surges;
    }

    /// <inheritdoc/>
    public IReadOnlyList<DetectedSurge> Observe(in ChatSecond second)
    {
        _hearsSeconds = true;
        var at = Second(second.At);
        var history = _history ??= Begin(at);
        var surges = TickTo(history, at);
        if (second.Said > 0) EndSilence(history);
        history.Add(second.Counted, second.Weight);
        foreach (var taken in second.TakenBack) history.Remove(history.Now - taken.Ago, taken.Count, taken.Weight);
        _rescore |= second.TakenBack.Count > 0;
        return surges;
    }

    /// <inheritdoc/>
    public IReadOnlyList<DetectedSurge> Forget(ChatMessage removed)
    {
        _takenBack.Clear();
        if (_history is not { } history) return [];
        var surges = TickTo(history, Second(removed.At));
        _recent.TakeBack(removed, history, _takenBack);
        _rescore |= _takenBack.Count > 0;
        return surges;
    }

    /// <inheritdoc/>
    public IReadOnlyList<DetectedSurge> Advance(DateTimeOffset now)
    {
        var history = _history ??= Begin(Second(now));
        return TickTo(history, Second(now));
    }

    /// <inheritdoc/>
    public void ResumeAt(DateTimeOffset now)
    {
        if (_history is not { } history || Second(now) <= history.Now) return;
        var mean = history.Mean;
        _outages.Add(history.Now, Second(now));
        Skip(history, Second(now));
        history.Mean = mean;
        _heard = (history.Now, mean);
    }

    /// <inheritdoc/>
    public double Rise(TimeSpan back) => _history is { } history && history.Now - history.First >= WarmUp
        ? HighlightRise.Of(history, _moments, back - TimeSpan.FromSeconds(settings.ClipDuration / 2), _threshold.Score)
        : 0;

    private static int Window(ClipSettings settings) => (int)Math.Clamp(Math.Round(settings.WindowTimespan), 1, HighlightHistory.Seconds - 1);

    private static HighlightHistory Begin(long second) => new(second);

    // Seconds since the year 1, so never negative.
    private static long Second(DateTimeOffset at) => at.UtcTicks / TimeSpan.TicksPerSecond;

    private IReadOnlyList<DetectedSurge> TickTo(HighlightHistory history, long second)
    {
        List<DetectedSurge>? surges = null;
        while (history.Now < second)
        {
            // Beyond all that is remembered silence is only silence: a leap of the clock costs nothing.
            if (second - history.Now > 2 * HighlightHistory.Seconds && Silent(history)) Skip(history, second - HighlightHistory.Seconds);
            if (Tick(history) is { } surge) (surges ??= []).Add(surge);
        }

        return surges ?? (IReadOnlyList<DetectedSurge>)[];
    }

    private static bool Silent(HighlightHistory history) => history.Messages(history.Now - HighlightHistory.Seconds + 1, history.Now) == 0;

    private void Skip(HighlightHistory history, long second)
    {
        for (var passed = Math.Max(history.Now, second - HighlightRecent.Seconds) + 1; passed <= second; passed++) _recent.Begin(passed);
        history.SkipTo(second);
        _moments.Forget();
    }

    private DetectedSurge? Tick(HighlightHistory history)
    {
        history.Tick();
        _recent.Begin(history.Now);
        _threshold.Tick();
        var now = history.Now;
        Latest = new(At(now), (int)history.Messages(now - _window, now), history.Usual * _window, now - history.First >= WarmUp);
        var second = now - HighlightModel.Look;
        if (second < history.First) return null;
        // What was taken back counts for none of the moments that wait for their decision.
        if (_rescore) _moments.Rescore(second, history);
        _rescore = false;
        _moments.Add(second, HighlightModel.Score(history, second));
        if (now - history.First < WarmUp) return null;
        if (_moments.Decide(second, _threshold.Score) is not { } moment || _outages.Touch(moment.Second - LullBefore, moment.Second + HighlightModel.Look)) return null;
        _moments.Clipped(moment);
        _threshold.Clipped();
        return Surge(history, moment);
    }

    /// <summary>Called at a message: judges the silence before it.</summary>
    private void EndSilence(HighlightHistory history)
    {
        if (_heard is { } heard && history.Now - heard.Second > Math.Max(OutageSeconds, OutageMessages * heard.Mean.Weight / Math.Max(heard.Mean.Level, 1e-9)))
        {
            _outages.Add(heard.Second, history.Now);
            history.Mean = heard.Mean;
        }

        _heard = (history.Now, history.Mean);
    }

    private DetectedSurge Surge(HighlightHistory history, in HighlightMoment moment) => new()
    {
        Start = At(moment.ClipFrom),
        End = At(moment.ClipUntil),
        Moment = At(Math.Clamp(moment.Second + MomentAfter, moment.ClipFrom, moment.ClipUntil)),
        Peak = At(Math.Clamp(Peak(history, moment.Second), moment.ClipFrom, moment.ClipUntil)),
        TriggeredAt = At(history.Now),
        Score = Math.Round(HighlightModel.Chance(moment.Score), 4),
        Reason = Reason(history, moment.Second),
    };

    // The middle of the loudest 5 s.
    private static long Peak(HighlightHistory history, long moment)
    {
        var (best, most) = (moment, -1L);
        for (var from = moment - 5; from + 5 <= history.Now; from++)
            if (history.Messages(from, from + 5) is var count && count > most) (best, most) = (from + 2, count);
        return best;
    }

    private string Reason(HighlightHistory history, long moment)
    {
        var (from, until) = (moment + 8, history.Now);
        if (_hearsSeconds) return ReasonOfSeconds(history, moment, from, until);
        var (heard, usual) = (_recent.Chatters(from, until), history.Usual * (until - from) * _recent.ChattersPerMessage);
        var rate = string.Create(CultureInfo.InvariantCulture, $"{heard / Math.Max(usual, 0.1):0.0}× more chatters than usual for {until - from} s: {heard} chatters where {usual:0.#} are usual");
        var text = TextReason(history, moment);
        var word = _recent.MostSaid(from, until) is { } most ? string.Create(CultureInfo.InvariantCulture, $"; '{most.Word}' {most.Times} times") : "";
        return rate + text + word;
    }

    // Who said what is not known of seconds.
    private static string ReasonOfSeconds(HighlightHistory history, long moment, long from, long until)
    {
        var (heard, usual) = (history.Messages(from, until), history.Usual * (until - from));
        return string.Create(CultureInfo.InvariantCulture, $"{heard / Math.Max(usual, 0.1):0.0}× more messages than usual for {until - from} s: {heard} where {usual:0.#} are usual{TextReason(history, moment)}");
    }

    private static string TextReason(HighlightHistory history, long moment) => HighlightModel.TextChange(history, moment) switch
    {
        > 0.1 => "; more reactions and less talk",
        < -0.1 => "; more talk than reactions",
        _ => "",
    };

    private static DateTimeOffset At(long second) => new(second * TimeSpan.TicksPerSecond, TimeSpan.Zero);
}

/// <summary>The latest outages: stretches of which nothing is known. Fixed size.</summary>
internal sealed class HighlightOutages
{
    private readonly (long From, long Until)[] _outages = new (long, long)[16];
    private int _next;

    /// <summary>Remembers one, in place of the oldest.</summary>
    public void Add(long from, long until) => _outages[_next++ % _outages.Length] = (from, until);

    /// <summary>Whether one of them touches these seconds.</summary>
    public bool Touch(long from, long until) => _outages.Any(o => o.From < until && from < o.Until);
}
