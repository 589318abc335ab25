using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.ChatRates;

/// <summary>
/// Adds minutes of chats up to steps. Silence counts where somebody listened: between two lines of a stretch, but for its pauses. Pure; as
/// large as it has steps.
/// </summary>
public sealed class ChatRateSteps
{
    private readonly long _since;
    private readonly long _until;
    private readonly int _step;
    private readonly long[] _messages;
    private readonly long[] _heard;
    private readonly int[] _most;
    private ChatEntry? _last;
    private long _heardFrom;

    /// <summary>Makes empty steps.</summary>
    /// <param name="since">Where the first begins; rounded down to a whole step.</param>
    /// <param name="until">Where the last ends.</param>
    /// <param name="step">Seconds of a step.</param>
    public ChatRateSteps(DateTimeOffset since, DateTimeOffset until, int step)
    {
        var second = Second(since);
        (_since, _until, _step) = (second - second % step, Second(until), step);
        var steps = (int)Math.Max(0, (_until - _since + step - 1) / step);
        (_messages, _heard, _most) = (new long[steps], new long[steps], new int[steps]);
    }

    /// <summary>Adds a minute; they come in the order of their stretches. One that cannot be unpacked is passed over.</summary>
    public void Add(ChatEntry minute)
    {
        if (minute.Read() is not { } seconds) return;
        var goesOn = _last is { } last && last.Began == minute.Began && minute.Number == last.Number + 1;
        if (!goesOn) _heardFrom = Second(minute.Number == 0 ? minute.Began : minute.From);
        foreach (var second in seconds)
        {
            if (second.Pause is { } pause)
            {
                Hear(_heardFrom, Second(pause.HeardUntil));
                _heardFrom = Second(pause.ResumedAt);
            }
            else if (Step(Second(second.At)) is { } step)
            {
                _messages[step] += second.Said;
                _most[step] = Math.Max(_most[step], second.Said);
            }
        }

        Hear(_heardFrom, Second(minute.Until));
        (_last, _heardFrom) = (minute, Math.Max(_heardFrom, Second(minute.Until)));
    }

    /// <summary>The series.</summary>
    public ChatRateSeries Series()
    {
        var points = new List<ChatRatePoint>();
        for (var i = 0; i < _messages.Length; i++)
        {
            // A second in which something was said was heard, also where the line ends in the midst of it.
            var heard = Math.Clamp(_heard[i], _messages[i] > 0 ? 1 : 0, _step);
            if (heard > 0) points.Add(new(At(_since + (long)i * _step), Math.Round((double)_messages[i] / heard, 3), _most[i], _messages[i], (int)heard));
        }

        return new(At(_since), At(_until), _step, points);
    }

    private void Hear(long from, long until)
    {
        from = Math.Max(from, _since);
        until = Math.Min(until, _until);
        while (from < until)
        {
            var step = (int)((from - _since) / _step);
            var ends = Math.Min(until, _since + (long)(step + 1) * _step);
            _heard[step] += ends - from;
            from = ends;
        }
    }

    private int? Step(long second) => second >= _since && second < _until ? (int)((second - _since) / _step) : null;

    private static long Second(DateTimeOffset at) => at.UtcTicks / TimeSpan.TicksPerSecond;

    private static DateTimeOffset At(long second) => new(second * TimeSpan.TicksPerSecond, TimeSpan.Zero);
}
