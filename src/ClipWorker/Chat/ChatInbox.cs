using System.Threading.Channels;

namespace StreamClips.ClipWorker.Chat;

/// <summary>Reads a channel's chat.</summary>
internal interface IChatSource
{
    /// <summary>
    /// Reads until it is cancelled: what breaks is opened again, and what cannot be reached is tried again. May be run again
    /// after that, but not twice at once.
    /// </summary>
    /// <param name="inbox">Where what is heard goes; its <see cref="ChatInbox.Listening"/> is true while the channel can be heard.</param>
    /// <param name="events">What it tells of itself.</param>
    /// <param name="ct">Ends it.</param>
    Task RunAsync(ChatInbox inbox, IChatEvents events, CancellationToken ct);
}

/// <summary>What a chat source tells of itself.</summary>
internal interface IChatEvents
{
    /// <summary>The chat is being read.</summary>
    void ChatConnected(string channel);

    /// <summary>The chat was lost, or could not be reached.</summary>
    /// <param name="channel">Whose chat it is.</param>
    /// <param name="why">What happened, for people.</param>
    /// <param name="wait">When it is tried again.</param>
    void ChatDisconnected(string channel, string why, TimeSpan wait);

    /// <summary>There is no chat that may be read: switched off, over, or for members.</summary>
    /// <param name="channel">Whose chat it is.</param>
    /// <param name="why">What the platform says, for people.</param>
    /// <param name="wait">When it is looked at again.</param>
    void ChatClosed(string channel, string why, TimeSpan wait);
}

/// <summary>
/// Where a chat source puts what it hears and the session takes it. Bounded: when the session cannot follow, the oldest
/// go and are counted.
/// </summary>
internal sealed class ChatInbox
{
    /// <summary>The most events that wait.</summary>
    public const int Capacity = 20_000;

    private readonly Channel<ChatEvent> _events;
    private long _dropped;
    private volatile bool _listening;
    private volatile string _closed = "";

    /// <summary>Makes an empty inbox.</summary>
    public ChatInbox() => _events = Channel.CreateBounded<ChatEvent>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
        _ => Interlocked.Increment(ref _dropped));

    /// <summary>Events that were dropped since the start.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Whether the chat is being heard: its channel is joined. Silence means something only then.</summary>
    public bool Listening
    {
        get => _listening;
        set => _listening = value;
    }

    /// <summary>Why there is no chat that may be read; empty: there is one, as far as is known.</summary>
    public string Closed
    {
        get => _closed;
        set => _closed = value;
    }

    /// <summary>Puts an event in; never waits.</summary>
    public void Put(ChatEvent chatEvent) => _events.Writer.TryWrite(chatEvent);

    /// <summary>Takes the oldest event, if there is one.</summary>
    public bool TryTake(out ChatEvent chatEvent) => _events.Reader.TryRead(out chatEvent);
}
