using System.Buffers.Text;

namespace StreamClips.ClipWorker.Chat;

/// <summary>What a line of Twitch's chat is, as far as it matters here.</summary>
internal enum TwitchLineKind
{
    /// <summary>Nothing that matters; subscriptions and raids (USERNOTICE) too.</summary>
    Other,

    /// <summary>PRIVMSG: somebody said something.</summary>
    Said,

    /// <summary>CLEARMSG: one message is taken back.</summary>
    MessageRemoved,

    /// <summary>CLEARCHAT: a user's messages, or all, are taken back.</summary>
    UserRemoved,

    /// <summary>PING: answer with its text.</summary>
    Ping,

    /// <summary>PONG: the answer to ours.</summary>
    Pong,

    /// <summary>ROOMSTATE or 366: the channel was joined.</summary>
    Joined,

    /// <summary>NOTICE: the server refuses or warns.</summary>
    Notice,

    /// <summary>RECONNECT: this server will close soon.</summary>
    Reconnect,
}

/// <summary>One line of Twitch's chat, as slices of it (dev.twitch.tv/docs/chat/irc): nothing is copied until it is asked for.</summary>
internal readonly ref struct TwitchLine
{
    private readonly ReadOnlySpan<byte> _id;
    private readonly ReadOnlySpan<byte> _user;
    private readonly ReadOnlySpan<byte> _text;
    private readonly long _sentMs;

    private TwitchLine(TwitchLineKind kind, ReadOnlySpan<byte> id, ReadOnlySpan<byte> user, ReadOnlySpan<byte> text, long sentMs)
    {
        Kind = kind;
        _id = id;
        _user = user;
        _text = text;
        _sentMs = sentMs;
    }

    /// <summary>What it is.</summary>
    public TwitchLineKind Kind { get; }

    /// <summary>The message's id; of a NOTICE the <c>msg-id</c>, of a CLEARMSG the id of what it takes back.</summary>
    public ReadOnlySpan<byte> Id => _id;

    /// <summary>The text as UTF-8, without the frame of a <c>/me</c>.</summary>
    public ReadOnlySpan<byte> Text => _text;

    /// <summary>Reads a line. What is damaged or unknown is <see cref="TwitchLineKind.Other"/>.</summary>
    public static TwitchLine Parse(ReadOnlySpan<byte> line)
    {
        if (!IrcLine.TryParse(line, out var irc)) return default;
        var kind = KindOf(irc.Command);
        if (kind is TwitchLineKind.Other) return default;

        ReadOnlySpan<byte> id = default, user = default;
        var tags = new IrcTags(irc.Tags);
        var sentMs = 0L;
        while (tags.TryTake(out var tag))
        {
            // Most tags are of no use here: the first letter tells, and only then the name is compared.
            switch (tag is [var first, ..] ? first : 0)
            {
                case 'i' when IrcLine.IsTag(tag, "id"u8, out var value):
                    id = value;
                    break;
                case 'm' when kind == TwitchLineKind.Notice && IrcLine.IsTag(tag, "msg-id"u8, out var value):
                    id = value;
                    break;
                case 'u' when IrcLine.IsTag(tag, "user-id"u8, out var value):
                    user = value;
                    break;
                case 't' when IrcLine.IsTag(tag, "target-msg-id"u8, out var value):
                    id = value;
                    break;
                case 't' when IrcLine.IsTag(tag, "target-user-id"u8, out var value):
                    user = value;
                    break;
                case 't' when IrcLine.IsTag(tag, "tmi-sent-ts"u8, out var value):
                    if (!Utf8Parser.TryParse(value, out sentMs, out var used) || used != value.Length || sentMs is < 0 or > MaxSentMs) sentMs = 0;
                    break;
            }
        }

        if (user.IsEmpty && kind == TwitchLineKind.Said) user = irc.Nick;
        return new(kind, id, user, kind == TwitchLineKind.Said ? WithoutAction(irc.Trailing) : irc.Trailing, sentMs);
    }

    /// <summary>The line as an event of the chat.</summary>
    /// <param name="arrived">Its time, where the platform gave none.</param>
    /// <param name="text">Where its text is put: the event is good until the next.</param>
    public ChatEvent ToEvent(DateTimeOffset arrived, TextBuffer text) => new(
        Kind switch
        {
            TwitchLineKind.MessageRemoved => ChatEventKind.MessageRemoved,
            TwitchLineKind.UserRemoved => ChatEventKind.UserRemoved,
            _ => ChatEventKind.Said,
        },
        new(
            _sentMs > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(_sentMs) : arrived,
            HashOf(_user),
            text.Decode(_text),
            HashOf(_id)),
        arrived);

    // The beginning of the year 2200: far enough from the end of what a DateTimeOffset holds to reckon with it.
    private const long MaxSentMs = 7_258_118_400_000;

    private static TwitchLineKind KindOf(ReadOnlySpan<byte> command) => command.Length switch
    {
        7 when command.SequenceEqual("PRIVMSG"u8) => TwitchLineKind.Said,
        8 when command.SequenceEqual("CLEARMSG"u8) => TwitchLineKind.MessageRemoved,
        9 when command.SequenceEqual("CLEARCHAT"u8) => TwitchLineKind.UserRemoved,
        4 when command.SequenceEqual("PING"u8) => TwitchLineKind.Ping,
        4 when command.SequenceEqual("PONG"u8) => TwitchLineKind.Pong,
        3 when command.SequenceEqual("366"u8) => TwitchLineKind.Joined,
        9 when command.SequenceEqual("ROOMSTATE"u8) => TwitchLineKind.Joined,
        6 when command.SequenceEqual("NOTICE"u8) => TwitchLineKind.Notice,
        9 when command.SequenceEqual("RECONNECT"u8) => TwitchLineKind.Reconnect,
        _ => TwitchLineKind.Other,
    };

    private static ulong HashOf(ReadOnlySpan<byte> value) =>
        value.Contains((byte)'\\') ? ChatHash.Of(IrcLine.Unescape(value)) : ChatHash.Of(value);

    private static ReadOnlySpan<byte> WithoutAction(ReadOnlySpan<byte> text) =>
        text.StartsWith("\u0001ACTION "u8) ? text[8..].TrimEnd((byte)1) : text;
}
