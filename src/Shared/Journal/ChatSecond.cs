namespace StreamClips.Shared.Journal;

/// <summary>
/// What both detectors need of one second of a chat, and nothing else: no text, no name, no id. Or, with a <see cref="Pause"/>, that the
/// chat could not be heard for a time.
/// </summary>
public readonly record struct ChatSecond()
{
    /// <summary>Where the second begins, by the platform's clock: a whole second.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Messages that were said in it, or came late and were counted in it.</summary>
    public int Said { get; init; }

    /// <summary>
    /// How many of them <c>surge</c> counts into the second before: those of its very beginning. To it a second ends with its last
    /// instant, to <c>highlight</c> it begins with its first.
    /// </summary>
    public int Early { get; init; }

    /// <summary>How many of them count to <c>highlight</c>: no repetitions, pastes or commands to bots.</summary>
    public int Counted { get; init; }

    /// <summary>What those sound like, added up: reactions above zero, talk below it; hundredths.</summary>
    public int Weight { get; init; }

    /// <summary>What a moderator took back in this second, of this one and those before.</summary>
    public IReadOnlyList<ChatTakenBack> TakenBack { get; init; } = [];

    /// <summary>That nothing was heard for a time; such a one has nothing else, and its time is that of the seconds around it.</summary>
    public ChatPause? Pause { get; init; }
}

/// <summary>Messages that no longer count.</summary>
/// <param name="Ago">How many seconds before they had been counted, 0 to <see cref="ChatPacker.MostAgo"/>.</param>
/// <param name="Count">How many.</param>
/// <param name="Weight">What they sounded like, added up, hundredths.</param>
public readonly record struct ChatTakenBack(int Ago, int Count, int Weight);

/// <summary>A time in which the chat could not be heard, which is not silence.</summary>
/// <param name="HeardUntil">Up to where it had been heard.</param>
/// <param name="ResumedAt">From where on it was heard again.</param>
public readonly record struct ChatPause(DateTimeOffset HeardUntil, DateTimeOffset ResumedAt);
