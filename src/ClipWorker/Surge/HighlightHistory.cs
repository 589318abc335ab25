namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// The chat second by second, as sums since the beginning, of the last <see cref="Seconds"/>; and the usual rate. Fixed size.
/// </summary>
/// <remarks>
/// The usual rate is an exponentially weighted mean in which a second counts at most three times the mean, so that a burst
/// barely raises what it is measured against.
/// </remarks>
internal sealed class HighlightHistory
{
    /// <summary>How far back it remembers; a power of two.</summary>
    public const int Seconds = 512;

    private const double TimeConstant = 300;
    private const double MostOverMean = 3;
    private static readonly double Alpha = 1 - Math.Exp(-1 / TimeConstant);

    // Sums up to the beginning of second s stand at s % Seconds.
    private readonly long[] _messages = new long[Seconds];
    private readonly long[] _weights = new long[Seconds];
    private long _messagesNow;
    private long _weightsNow;
    private long _heardSince = long.MinValue;
    private (double Level, double Weight) _mean;

    /// <summary>Makes one that begins at this second.</summary>
    public HighlightHistory(long first)
    {
        First = Now = first;
    }

    /// <summary>The first second of the stream's chat.</summary>
    public long First { get; }

    /// <summary>The second that is being filled; all before it are complete.</summary>
    public long Now { get; private set; }

    /// <summary>The usual rate, messages a second.</summary>
    public double Usual => _mean.Weight > 0 ? _mean.Level / _mean.Weight : 0;

    /// <summary>How little the usual rate is known: 1 at the beginning, 0.37 after five minutes, then towards 0.</summary>
    public double Immaturity => 1 - _mean.Weight;

    /// <summary>The state of the usual rate, to go back to.</summary>
    public (double Level, double Weight) Mean
    {
        get => _mean;
        set => _mean = value;
    }

    /// <summary>Counts a message into the second that is being filled.</summary>
    public void Add(int weight) => Add(1, weight);

    /// <summary>Counts some messages into the second that is being filled.</summary>
    public void Add(int messages, int weights)
    {
        _messagesNow += messages;
        _weightsNow += weights;
    }

    /// <summary>Takes back a message that counted into a second of the last <see cref="Seconds"/>. What came before a leap counts nowhere any more.</summary>
    public void Remove(long second, int weight) => Remove(second, 1, weight);

    /// <summary>Takes back some messages of a second.</summary>
    public void Remove(long second, int messages, int weights)
    {
        if (second < _heardSince) return;
        for (var later = Math.Max(second, Now - Seconds) + 1; later <= Now; later++)
        {
            _messages[Slot(later)] -= messages;
            _weights[Slot(later)] -= weights;
        }

        _messagesNow -= messages;
        _weightsNow -= weights;
    }

    /// <summary>Completes the second that is being filled.</summary>
    public void Tick()
    {
        double count = _messagesNow - _messages[Slot(Now)];
        if (_mean.Weight > 0) count = Math.Min(count, MostOverMean * Usual + 1);
        _mean = (_mean.Level + Alpha * (count - _mean.Level), _mean.Weight + Alpha * (1 - _mean.Weight));
        Now++;
        Mark();
    }

    /// <summary>Goes to a later second; what was counted before is forgotten.</summary>
    public void SkipTo(long second)
    {
        Now = _heardSince = second;
        Array.Fill(_messages, _messagesNow);
        Array.Fill(_weights, _weightsNow);
    }

    /// <summary>Messages in the seconds from <paramref name="from"/> up to but not with <paramref name="until"/>.</summary>
    public long Messages(long from, long until) => _messages[Slot(Clamp(until))] - _messages[Slot(Clamp(from))];

    /// <summary>Their weights, added up.</summary>
    public long Weights(long from, long until) => _weights[Slot(Clamp(until))] - _weights[Slot(Clamp(from))];

    private void Mark()
    {
        _messages[Slot(Now)] = _messagesNow;
        _weights[Slot(Now)] = _weightsNow;
    }

    private long Clamp(long second) => Math.Clamp(second, Math.Max(First, Now - Seconds + 1), Now);

    private static int Slot(long second) => (int)(second & (Seconds - 1));
}
