namespace StreamClips.ClipWorker.Chat;

/// <summary>
/// The platform's clock as its messages show it: the median of how far the newest messages' times are from this
/// machine's clock. So neither a wrong clock here nor a few wrong times there move the detector.
/// </summary>
internal sealed class ChatClock
{
    private const int Remembered = 33;
    private readonly long[] _differences = new long[Remembered];
    private readonly long[] _sorted = new long[Remembered];
    private int _count;
    private TimeSpan _difference;

    /// <summary>The platform's time at this machine's time <paramref name="local"/>.</summary>
    public DateTimeOffset PlatformTime(DateTimeOffset local) => local + _difference;

    /// <summary>Learns from a message.</summary>
    /// <param name="sent">Its time by the platform.</param>
    /// <param name="arrived">This machine's time at its arrival.</param>
    public void Observe(DateTimeOffset sent, DateTimeOffset arrived)
    {
        _differences[_count++ % Remembered] = (sent - arrived).Ticks;
        var known = Math.Min(_count, Remembered);
        _differences.AsSpan(0, known).CopyTo(_sorted);
        _sorted.AsSpan(0, known).Sort();
        _difference = TimeSpan.FromTicks(_sorted[known / 2]);
    }
}
