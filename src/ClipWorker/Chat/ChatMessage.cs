namespace StreamClips.ClipWorker.Chat;

/// <summary>One thing that somebody said.</summary>
/// <param name="At">When, by the platform's clock.</param>
/// <param name="User">Who: the hash of the platform's stable id where it tells one, else <see cref="ChatHash.Nobody"/>.</param>
/// <param name="Text">What. Good only until the next message: whoever keeps it copies it.</param>
/// <param name="Id">The hash of the platform's id of the message; <see cref="ChatHash.Nobody"/> where it has none.</param>
internal readonly record struct ChatMessage(DateTimeOffset At, ulong User, ReadOnlyMemory<char> Text, ulong Id = ChatHash.Nobody)
{
    /// <summary>A message of texts.</summary>
    public ChatMessage(DateTimeOffset at, string user, string text, string id = "")
        : this(at, ChatHash.Of(user), text.AsMemory(), ChatHash.Of(id))
    {
    }
}

/// <summary>What a chat tells of.</summary>
internal enum ChatEventKind
{
    /// <summary>Somebody said something.</summary>
    Said,

    /// <summary>A moderator took one message back; only its id is known.</summary>
    MessageRemoved,

    /// <summary>A moderator took back all of a user's messages; only the user is known, or nobody where the whole chat was cleared.</summary>
    UserRemoved,

    /// <summary>
    /// Nothing happened, but the chat has been read: all that was said up to this platform time was handed in before. Only
    /// chats that have to be asked tell this, see <see cref="PolledChat"/>; one that speaks by itself is read up to now.
    /// It is also the first event after <see cref="ChatInbox.Listening"/> became true: there silence begins to count.
    /// </summary>
    Heard,
}

/// <summary>Something that happened in a chat.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Message">The message, or what is known of the one that was taken back.</param>
/// <param name="Arrived">When it came, by this machine's clock.</param>
internal readonly record struct ChatEvent(ChatEventKind Kind, ChatMessage Message, DateTimeOffset Arrived);
