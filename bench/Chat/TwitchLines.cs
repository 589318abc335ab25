using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace StreamClips.Bench.Chat;

/// <summary>
/// A Twitch chat as it comes over the wire (dev.twitch.tv/docs/chat/irc), made up: the tags, lengths and texts are like
/// those of a big channel, 429 bytes a line on average as measured there. The same seed makes the same chat.
/// </summary>
internal sealed class TwitchLines
{
    private const int Chatters = 8000;
    private const int MessagesPerSecond = 200;
    private const int TimeDigits = 13;

    private static readonly string[] Emotes = ["LUL", "PogChamp", "OMEGALUL", "KEKW", "monkaS", "POGGERS", "Kappa", "TriHard", "BibleThump", "4Head", "WutFace", "KEKW KEKW KEKW", "LUL LUL"];
    private static readonly string[] Shouts = ["wtf", "gg", "lol", "OMG", "???", "no way", "LETS GOOO", "hahaha", "what", "insane", "ez", "F", "W", "rip", "that was so close", "NOOOO"];

    private static readonly string[] Talk =
    [
        "what are they playing next week", "i think they should play safe here", "where is the other caster today", "hello from brazil", "does anyone know the score",
        "he is building that item again for some reason", "how long is this tournament going to be anyway", "my team would never do this, honestly",
        "that patch changed a lot more than people think it did, just look at the win rates", "is this best of three or five", "good morning chat", "why not ward there?",
        "@somebody you are right about that one", "so this is how they want to play the late game with that lineup, I do not see it working at all",
        "не понимаю что происходит", "なにこれ すごい", "qué está pasando aquí", "pls read the rules https://www.example.org/rules before asking 🎉",
    ];

    private static readonly string[] Badges =
    [
        "badge-info=;badges=", "badge-info=subscriber/14;badges=subscriber/12", "badge-info=subscriber/3;badges=subscriber/3,premium/1", "badge-info=;badges=premium/1",
        "badge-info=subscriber/27;badges=moderator/1,subscriber/24,bits/1000", "badge-info=;badges=glhf-pledge/1",
    ];

    private readonly List<(int Offset, long Milliseconds)> _times = [];
    private readonly int _count;

    /// <summary>Makes so many lines.</summary>
    public TwitchLines(int seed, int count)
    {
        _count = count;
        var random = new Random(seed);
        using var bytes = new MemoryStream(count * 440);
        for (var i = 0; i < count; i++)
        {
            var (line, time) = Line(random);
            _times.Add(((int)bytes.Length + time, i * 1000L / MessagesPerSecond));
            bytes.Write(Encoding.UTF8.GetBytes(line));
        }

        Bytes = bytes.ToArray();
        SetTimes(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
    }

    /// <summary>All lines, each with its CR LF.</summary>
    public byte[] Bytes { get; }

    /// <summary>How many.</summary>
    public int Count => _count;

    /// <summary>How much of the chat's time they are.</summary>
    public TimeSpan Length => TimeSpan.FromSeconds((double)_count / MessagesPerSecond);

    /// <summary>Lets the chat begin at this time, to be heard again as if it went on.</summary>
    public void SetTimes(DateTimeOffset begin)
    {
        var first = begin.ToUnixTimeMilliseconds();
        foreach (var (offset, milliseconds) in _times)
            if (!Utf8Formatter.TryFormat(first + milliseconds, Bytes.AsSpan(offset, TimeDigits), out var length) || length != TimeDigits)
                throw new InvalidOperationException("a time has another number of digits");
    }

    // The time is written later; its place is given in bytes: all before it is ASCII.
    private static (string Line, int Time) Line(Random random)
    {
        // Few talk much, most say little.
        var chatter = (int)(Chatters * Math.Pow(random.NextDouble(), 3));
        var (name, text) = ($"viewer{chatter * 37}", Text(random));
        var emotes = text.Split(' ')[0] is "LUL" or "KEKW" or "Kappa" or "PogChamp" ? $"425618:0-{text.IndexOf(' ') switch { -1 => text.Length, var i => i } - 1}" : "";
        var reply = random.Next(25) == 0
            ? $"reply-parent-display-name=Someone;reply-parent-msg-body=what\\sdid\\she\\ssay;reply-parent-msg-id={Id(random)};reply-parent-user-id={random.Next(900_000_000)};reply-parent-user-login=someone;reply-thread-parent-msg-id={Id(random)};"
            : "";
        var before = string.Create(CultureInfo.InvariantCulture,
            $"@{Badges[chatter % Badges.Length]};client-nonce={random.NextInt64():x16}{random.NextInt64():x16};color=#{chatter * 2654435 & 0xFFFFFF:X6};display-name={name};emotes={emotes};first-msg=0;flags=;id={Id(random)};mod=0;{reply}returning-chatter=0;room-id=71092938;subscriber={chatter % 2};tmi-sent-ts=");
        var line = $"{before}{new string('0', TimeDigits)};turbo=0;user-id={100_000_000 + chatter * 90_001};user-type= :{name}!{name}@{name}.tmi.twitch.tv PRIVMSG #channel_name :{text}\r\n";
        return (line, before.Length);
    }

    private static string Text(Random random) => random.Next(100) switch
    {
        < 30 => Emotes[random.Next(Emotes.Length)],
        < 55 => Shouts[random.Next(Shouts.Length)],
        < 60 => $"{Shouts[random.Next(Shouts.Length)]} {Emotes[random.Next(Emotes.Length)]}",
        < 90 => $"{Talk[random.Next(Talk.Length)]} {random.Next(1000)}",
        < 95 => Talk[random.Next(Talk.Length)],
        _ => $"{Talk[random.Next(Talk.Length)]} and {Talk[random.Next(Talk.Length)]} {Emotes[random.Next(Emotes.Length)]}",
    };

    private static string Id(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }
}
