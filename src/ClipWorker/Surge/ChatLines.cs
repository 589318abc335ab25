using StreamClips.Shared.Journal;

namespace StreamClips.ClipWorker.Surge;

/// <summary>
/// Gathers seconds of a chat to lines of about a minute, while something is said. Bounded: where lines come much faster than that (a chat
/// whose clock leaps), some are left out, and their numbers with them. One thread.
/// </summary>
/// <param name="write">Takes a line.</param>
/// <param name="clock">The time.</param>
internal sealed class ChatLines(Action<ChatEntry> write, TimeProvider clock)
{
    private const int MostLines = 12;
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    private readonly ChatPacker _packer = new();
    private int _number;
    private int _written;
    private DateTimeOffset _told;
    private bool _decides;
    private long _countedSince = clock.GetTimestamp();

    /// <summary>Lines that were left out.</summary>
    public long Dropped { get; private set; }

    /// <summary>A stretch begins.</summary>
    public void Begin() => _number = 0;

    /// <summary>Packs a second.</summary>
    /// <param name="second">The second.</param>
    /// <param name="began">Where its stretch began.</param>
    /// <param name="until">Up to where was decided.</param>
    public void Add(in ChatSecond second, DateTimeOffset began, DateTimeOffset until)
    {
        if (_packer.IsFull) Write(began, until, ended: false);
        _packer.Add(second);
    }

    /// <summary>Writes a line where a minute is packed; and once when it has been silent for so long, as the last moments were decided then.</summary>
    /// <param name="began">Where the stretch began.</param>
    /// <param name="until">Up to where was decided.</param>
    /// <param name="now">The chat's time; later than that where it was not heard since.</param>
    public void WriteWhereDue(DateTimeOffset began, DateTimeOffset until, DateTimeOffset now)
    {
        if (_packer.IsEmpty ? _decides && until - _told >= Length : now - _packer.From >= Length) Write(began, until, ended: false);
    }

    /// <summary>Writes the stretch's last line.</summary>
    public void End(DateTimeOffset began, DateTimeOffset until) => Write(began, until, ended: true);

    private void Write(DateTimeOffset began, DateTimeOffset until, bool ended)
    {
        (_decides, _told) = (!_packer.IsEmpty, until);
        var from = _packer.IsEmpty ? new(until.UtcTicks - until.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero) : _packer.From;
        var entry = new ChatEntry
        {
            At = clock.GetUtcNow(), Version = ChatPacker.Version, Began = began, Number = _number++, From = from, Until = until, Ended = ended, Seconds = _packer.Take(),
        };
        if (MayWrite()) write(entry);
        else Dropped++;
    }

    private bool MayWrite()
    {
        if (clock.GetElapsedTime(_countedSince) >= Length) (_countedSince, _written) = (clock.GetTimestamp(), 0);
        return ++_written <= MostLines;
    }
}
