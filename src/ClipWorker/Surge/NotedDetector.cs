using StreamClips.ClipWorker.Chat;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// A detector that notes what it hears, second by second, so that either detector can decide from the notes what it would have decided
/// live. Another one reads the words where this one does not. Nothing is allocated for a message. One thread.
/// </summary>
/// <param name="inner">Decides.</param>
/// <param name="lines">Where the seconds go.</param>
internal sealed class NotedDetector(IChatDetector inner, ChatLines lines) : IChatDetector
{
    // Decides nothing: what it counts, and for how much, depends on no setting.
    private readonly HighlightDetector _reader = inner as HighlightDetector ?? new HighlightDetector(ClipSettings.Default);
    private readonly int[] _takenCounts = new int[ChatPacker.MostAgo + 1];
    private readonly int[] _takenWeights = new int[ChatPacker.MostAgo + 1];
    private long _second;
    private long _open;
    private int _said;
    private int _early;
    private int _counted;
    private int _weight;
    private bool _takenAny;
    private DateTimeOffset? _began;
    private DateTimeOffset _until;

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public RateSample? Latest => inner.Latest;

    /// <inheritdoc/>
    public long TooLate => inner.TooLate;

    /// <inheritdoc/>
    public TimeSpan DecidesWithin => inner.DecidesWithin;

    /// <inheritdoc/>
    public double Rise(TimeSpan back) => inner.Rise(back);

    /// <inheritdoc/>
    public void Take(ClipSettings next) => inner.Take(next);

    /// <inheritdoc/>
    public IReadOnlyList<DetectedSurge> Observe(ChatMessage message)
    {
        Begin(message.At);
        var late = inner.TooLate;
        var surges = inner.Observe(message);
        if (inner.TooLate != late) return surges;
        if (_reader != inner) _reader.Observe(message);
        _open = Math.Max(_open, Ceiling(message.At));
        Go();
        _said++;
        if (_open <= _second) _early++;
        if (_reader.LastWeight is not { } weight) return surges;
        _counted++;
        _weight += weight;
        return surges;
    }

    /// <inheritdoc/>
    public IReadOnlyList<DetectedSurge> Observe(in ChatSecond second) => inner.Observe(second);

    /// <inheritdoc/>
    public IReadOnlyList<DetectedSurge> Forget(ChatMessage removed)
    {
        var surges = inner.Forget(removed);
        if (_began is null) return surges;
        if (_reader != inner) _reader.Forget(removed);
        _open = Math.Max(_open, Ceiling(removed.At));
        Go();
        foreach (var (second, weight) in _reader.TakenBack)
        {
            var ago = (int)Math.Clamp(_second - second, 0, ChatPacker.MostAgo);
            _takenCounts[ago]++;
            _takenWeights[ago] += weight;
            _takenAny = true;
        }

        return surges;
    }

    /// <inheritdoc/>
    public IReadOnlyList<DetectedSurge> Advance(DateTimeOffset now)
    {
        Begin(now);
        var surges = inner.Advance(now);
        if (_reader != inner) _reader.Advance(now);
        _open = Math.Max(_open, Floor(now) + 1);
        if (now > _until) _until = now;
        Go();
        lines.WriteWhereDue(_began!.Value, _until, _until);
        return surges;
    }

    /// <inheritdoc/>
    public void ResumeAt(DateTimeOffset now)
    {
        inner.ResumeAt(now);
        if (_began is null) return;
        if (_reader != inner) _reader.ResumeAt(now);
        if (_reader.Now == _second) return;
        PackSecond();
        lines.WriteWhereDue(_began.Value, _until, now);
        Pack(new() { At = At(Floor(now)), Pause = new(_until, now) });
        (_second, _open) = (_reader.Now, Math.Max(_open, Floor(now)));
        if (now > _until) _until = now;
    }

    /// <summary>The detector is not asked any more: writes what was not written yet.</summary>
    public void End()
    {
        if (_began is not { } began) return;
        PackSecond();
        lines.End(began, _until);
        _began = null;
    }

    private void Begin(DateTimeOffset at)
    {
        if (_began is not null) return;
        var second = Floor(at);
        (_began, _until, _second, _open) = (At(second), at, second, second);
        lines.Begin();
    }

    /// <summary>Packs the second that is over, if one is.</summary>
    private void Go()
    {
        if (_reader.Now <= _second) return;
        PackSecond();
        _second = _reader.Now;
    }

    private void PackSecond()
    {
        if (_said == 0 && !_takenAny) return;
        Pack(new() { At = At(_second), Said = _said, Early = _early, Counted = _counted, Weight = _weight, TakenBack = TakenBack() });
        (_said, _early, _counted, _weight) = (0, 0, 0, 0);
    }

    private void Pack(in ChatSecond second) => lines.Add(second, _began!.Value, _until);

    private IReadOnlyList<ChatTakenBack> TakenBack()
    {
        if (!_takenAny) return [];
        var taken = new List<ChatTakenBack>();
        for (var ago = 0; ago < _takenCounts.Length; ago++)
            if (_takenCounts[ago] > 0) taken.Add(new(ago, _takenCounts[ago], _takenWeights[ago]));
        Array.Clear(_takenCounts);
        Array.Clear(_takenWeights);
        _takenAny = false;
        return taken;
    }

    private static long Floor(DateTimeOffset at) => at.UtcTicks / TimeSpan.TicksPerSecond;

    private static long Ceiling(DateTimeOffset at) => (at.UtcTicks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond;

    private static DateTimeOffset At(long second) => new(second * TimeSpan.TicksPerSecond, TimeSpan.Zero);
}
