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

    /// <summary>Whether it hears when a broadcast begins, so that it is worth running while there is none.</summary>
    bool TellsBroadcasts => false;
}

/// <summary>How a chat source stands.</summary>
internal enum ChatState
{
    /// <summary>It does not run.</summary>
    Off,

    /// <summary>It has not been heard yet.</summary>
    Connecting,

    /// <summary>It is being heard.</summary>
    Connected,

    /// <summary>It was lost, and is tried again.</summary>
    Reconnecting,

    /// <summary>It was refused, and is tried again only after minutes.</summary>
    Refused,

    /// <summary>There is none that may be read; it is looked at again.</summary>
    Closed,
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

    /// <summary>The chat is refused: nothing will be heard for minutes, or as long as it stays so.</summary>
    /// <param name="channel">Whose chat it is.</param>
    /// <param name="why">What happened, for people.</param>
    /// <param name="wait">When it is tried again.</param>
    void ChatRefused(string channel, string why, TimeSpan wait);
}

/// <summary>
/// Where a chat source puts what it hears and the session takes it. Bounded in number and in characters: when the session
/// cannot follow, the oldest go and are counted.
/// </summary>
internal sealed class ChatInbox
{
    /// <summary>The most events that wait.</summary>
    public const int Capacity = 20_000;

    /// <summary>The most characters of text that wait.</summary>
    public const int MaxChars = 2_000_000;

    private readonly Lock _lock = new();
    private readonly TextQueue<ChatEvent> _events = new(Capacity, MaxChars);
    private readonly TextBuffer _taken = new();
    private readonly Channel<bool> _broadcasts = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _dropped;
    private volatile string _closed = "";
    private volatile ChatState _state;

    /// <summary>Events that were dropped since the start.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>How the source stands.</summary>
    public ChatState State
    {
        get => _state;
        set => _state = value;
    }

    /// <summary>Whether the chat is being heard: its channel is joined. Silence means something only then, and it is not <see cref="Closed"/>.</summary>
    public bool Listening
    {
        get => _state == ChatState.Connected;
        set
        {
            if (value) _closed = "";
            _state = value ? ChatState.Connected : ChatState.Reconnecting;
        }
    }

    /// <summary>Notes that a broadcast began or ended.</summary>
    public void NoteBroadcast() => _broadcasts.Writer.TryWrite(true);

    /// <summary>Waits, but not on when a broadcast begins or ends, nor when one did since the last wait.</summary>
    /// <param name="wait">How long.</param>
    /// <param name="clock">The time.</param>
    /// <param name="ct">Ends it with an exception.</param>
    public async Task WaitForBroadcastAsync(TimeSpan wait, TimeProvider clock, CancellationToken ct)
    {
        using var timer = new CancellationTokenSource(wait, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, ct);
        try
        {
            await _broadcasts.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // The time is over.
        }
    }

    /// <summary>Why there is no chat that may be read; empty: there is one, as far as is known.</summary>
    public string Closed
    {
        get => _closed;
        set => _closed = value;
    }

    /// <summary>Puts an event in; never waits. Its text is copied.</summary>
    public void Put(in ChatEvent chatEvent)
    {
        var withoutText = chatEvent with { Message = chatEvent.Message with { Text = default } };
        lock (_lock) _dropped += _events.Add(withoutText, chatEvent.Message.Text.Span);
    }

    /// <summary>Takes the oldest event, if there is one. Its text is good until the next one is taken. For one reader.</summary>
    public bool TryTake(out ChatEvent chatEvent)
    {
        lock (_lock)
        {
            if (_events.Count == 0)
            {
                chatEvent = default;
                return false;
            }

            chatEvent = _events[0];
            chatEvent = chatEvent with { Message = chatEvent.Message with { Text = _taken.Copy(_events.Text(0)) } };
            _events.DropOldest();
            return true;
        }
    }

    /// <summary>Throws away what waits.</summary>
    public void Clear()
    {
        while (TryTake(out _))
        {
            // Nobody wants it.
        }
    }
}
