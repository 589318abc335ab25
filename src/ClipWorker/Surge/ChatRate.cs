using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// Counts the messages of a sliding window once a sample interval, and the mean of those counts over the baseline. Pure
/// arithmetic on the times that it is given; its memory depends on the settings alone, never on how much is said.
/// </summary>
/// <remarks>
/// A sample at time t counts the messages with t − window &lt; at ≤ t. Messages fall into bins of one interval; where the
/// window is no multiple of the interval, the oldest bin counts only with the part of it that the window still covers.
/// </remarks>
internal sealed class ChatRate
{
    private readonly long _interval;
    private readonly long _window;
    private readonly int _samplesNeeded;
    private readonly int[] _bins;
    private readonly int[] _tails;
    private readonly int[] _counts;
    private readonly int[] _past;
    private readonly long _tailBegins;
    private DateTimeOffset _next;
    private long _sample;
    private long _countsSum;
    private int _inWholeBins;
    private bool _started;

    /// <summary>Makes a counter for these settings, which must be valid.</summary>
    public ChatRate(ClipSettings settings)
    {
        _interval = Ticks(settings.SampleInterval);
        _window = Ticks(settings.WindowTimespan);
        var baseline = Ticks(settings.BaselineDuration);
        var wholeBins = (int)(_window / _interval);
        _tailBegins = _interval - _window % _interval;
        _bins = new int[wholeBins + 1];
        _tails = new int[wholeBins + 1];
        _counts = new int[Math.Max(1, (int)Math.Round((double)baseline / _interval))];
        _past = new int[_bins.Length + _counts.Length];
        _samplesNeeded = (int)Math.Ceiling((double)(_window + baseline) / _interval);
    }

    /// <summary>
    /// A counter for other settings that has counted what this one has: exact where the interval stays and the windows are multiples of it, else
    /// as if the messages of each bin had come evenly. It decides where it saw window and baseline in full, and otherwise once it did.
    /// </summary>
    public ChatRate With(ClipSettings settings)
    {
        var next = new ChatRate(settings);
        if (!_started) return next;
        var bins = (int)Math.Min(_sample, _past.Length);
        next.Start(_next.AddTicks(-bins * _interval));
        // Bins end at their sample; the newest is not complete yet.
        for (var i = bins; i >= 0; i--)
        {
            var (ends, count) = (_next.AddTicks(-i * _interval), i == 0 ? _bins[Slot(_sample)] : _past[(int)((_sample - i) % _past.Length)]);
            for (var n = 1; n <= count; n++) next.AddNow(ends.AddTicks(-_interval + _interval * n / count));
            next.TakeAll(ends, inclusive: i > 0);
        }

        next.TooLate = TooLate;
        return next;
    }

    /// <summary>Messages that were left out: they were older than the window when they came.</summary>
    public long TooLate { get; private set; }

    /// <summary>Whether the first time was given.</summary>
    public bool Started => _started;

    /// <summary>Begins at this time, rounded down to the second: the first sample is taken there.</summary>
    public void Start(DateTimeOffset at)
    {
        _started = true;
        _next = new DateTimeOffset(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero);
    }

    /// <summary>
    /// Counts a message. All samples before its time must have been taken. A message from before the last sample counts
    /// as new, unless it is older than the window.
    /// </summary>
    public void Add(DateTimeOffset at)
    {
        var sinceBinBegan = (at - _next).Ticks + _interval;
        if (sinceBinBegan <= -_window)
        {
            TooLate++;
            return;
        }

        var bin = Slot(_sample);
        _bins[bin]++;
        if (Math.Max(sinceBinBegan, 1) > _tailBegins) _tails[bin]++;
    }

    /// <summary>Takes the next sample if its time is before <paramref name="until"/>, or at it where <paramref name="inclusive"/>.</summary>
    public bool TrySample(DateTimeOffset until, bool inclusive, out RateSample sample)
    {
        sample = default;
        if (!_started || _next > until || (_next == until && !inclusive)) return false;
        SkipSilence(until);
        sample = Take();
        return true;
    }

    /// <summary>
    /// Goes on at this time as if the time since the last sample had not been: nothing could be heard in it, and silence
    /// would lower the baseline.
    /// </summary>
    public void ResumeAt(DateTimeOffset at)
    {
        if (_started && at > _next) _next += TimeSpan.FromTicks((at - _next).Ticks / _interval * _interval);
    }

    private void AddNow(DateTimeOffset at)
    {
        TakeAll(at, inclusive: false);
        Add(at);
    }

    private void TakeAll(DateTimeOffset until, bool inclusive)
    {
        while (TrySample(until, inclusive, out _))
        {
            // Whoever was the counter before has decided these.
        }
    }

    private RateSample Take()
    {
        var newest = Slot(_sample);
        _past[(int)(_sample % _past.Length)] = _bins[newest];
        var leaving = Slot(_sample + 1); // The ring holds one bin more than the window: the next slot is the oldest one.
        _inWholeBins += _bins[newest] - _bins[leaving];
        var count = _inWholeBins + _tails[leaving];

        var slot = (int)(_sample % _counts.Length);
        _countsSum += count - _counts[slot];
        _counts[slot] = count;
        _sample++;
        _bins[leaving] = 0;
        _tails[leaving] = 0;
        var sample = new RateSample(_next, count, (double)_countsSum / Math.Min(_sample, _counts.Length), _sample >= _samplesNeeded);
        _next += TimeSpan.FromTicks(_interval);
        return sample;
    }

    /// <summary>Passes over the middle of a silence that is longer than all that is remembered, so that a leap of the clock costs nothing.</summary>
    private void SkipSilence(DateTimeOffset until)
    {
        var ahead = (until - _next).Ticks / _interval;
        var remembered = (long)_bins.Length + _counts.Length;
        if (ahead <= 2 * remembered || _countsSum > 0 || _inWholeBins > 0 || _bins[Slot(_sample)] > 0) return;
        Array.Clear(_past);
        _next += TimeSpan.FromTicks((ahead - remembered) * _interval);
        _sample += ahead - remembered;
    }

    private static long Ticks(double seconds) => (long)Math.Round(seconds * TimeSpan.TicksPerSecond);

    private int Slot(long sample) => (int)(sample % _bins.Length);
}
