using System.Collections.Concurrent;
using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.Chat;

/// <summary>Answers a client's lines as Twitch's chat servers do. Knows the conversation's state, not the connection.</summary>
/// <param name="channels">The channels that can be joined.</param>
/// <param name="refusedJoin">Told of a JOIN that came too fast.</param>
public sealed class IrcDialog(ChannelDirectory channels, Action refusedJoin)
{
    /// <summary>JOINs that are taken within <see cref="JoinWindow"/>; more are ignored without a word, as the platform does.</summary>
    public const int MaxJoins = 20;

    /// <summary>The stretch of time of <see cref="MaxJoins"/>.</summary>
    public static readonly TimeSpan JoinWindow = TimeSpan.FromSeconds(10);

    private const string Host = "tmi.twitch.tv";
    private static readonly string[] Capabilities = ["twitch.tv/commands", "twitch.tv/membership", "twitch.tv/tags"];

    private readonly ConcurrentDictionary<string, byte> _rooms = new();
    private readonly Queue<DateTimeOffset> _joins = new();
    private string? _nick;

    /// <summary>The rooms that the client is in, by channel name.</summary>
    public ICollection<string> Rooms => _rooms.Keys;

    /// <summary>Whether the client asked for tags.</summary>
    public bool HasTags { get; private set; }

    /// <summary>Whether the client asked for commands (CLEARCHAT, CLEARMSG, USERNOTICE, RECONNECT…).</summary>
    public bool HasCommands { get; private set; }

    /// <summary>Whether the connection has to be closed after the answer.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether the client answered since <see cref="ExpectPong"/>.</summary>
    public bool HasPonged { get; private set; } = true;

    /// <summary>Notes that the client was sent a PING.</summary>
    public void ExpectPong() => HasPonged = false;

    /// <summary>Takes a line and gives the answer.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="now">The time.</param>
    public IReadOnlyList<string> Answer(string line, DateTimeOffset now)
    {
        if (line.StartsWith('@')) line = line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]; // tags of a client mean nothing here
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var command = space < 0 ? line : line[..space];
        var argument = space < 0 ? "" : line[(space + 1)..].Trim();
        switch (command.ToUpperInvariant())
        {
            case "": return [];
            case "CAP": return AnswerCapability(argument);
            case "PASS": return []; // anonymous clients may send any
            case "NICK": return AnswerNick(argument.TrimStart(':'));
            case "USER": return [];
            case "PING": return [$":{Host} PONG {Host} :{argument.TrimStart(':')}"];
            case "PONG": HasPonged = true; return [];
            case "JOIN" when _nick is not null: return [.. argument.TrimStart(':').Split(',').SelectMany(room => Join(room.Trim(), now))];
            case "PART" when _nick is not null: return [.. argument.Split(' ')[0].Split(',').SelectMany(Part)];
            case "PRIVMSG" when _nick is not null: return [RefuseMessage(argument)];
            case "QUIT": IsOver = true; return [];
            case "JOIN" or "PART" or "PRIVMSG": return []; // not logged in: the platform says nothing
            default: return [$":{Host} 421 {_nick ?? "you"} {command} :Unknown command"];
        }
    }

    private List<string> AnswerCapability(string argument)
    {
        var parts = argument.Split(' ', 2);
        if (parts[0].Equals("LS", StringComparison.OrdinalIgnoreCase)) return [$":{Host} CAP * LS :{string.Join(' ', Capabilities)}"];
        if (!parts[0].Equals("REQ", StringComparison.OrdinalIgnoreCase)) return [];
        var wanted = (parts.Length > 1 ? parts[1].TrimStart(':') : "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (wanted.Length == 0 || wanted.Except(Capabilities).Any()) return [$":{Host} CAP * NAK :{string.Join(' ', wanted)}"];
        HasTags |= wanted.Contains("twitch.tv/tags");
        HasCommands |= wanted.Contains("twitch.tv/commands");
        return [$":{Host} CAP * ACK :{string.Join(' ', wanted)}"];
    }

    private List<string> AnswerNick(string name)
    {
        if (_nick is not null) return [];
        if (!IsAnonymous(name))
        {
            IsOver = true;
            return [$":{Host} NOTICE * :Improperly formatted auth"];
        }
        _nick = name.ToLowerInvariant();
        return
        [
            $":{Host} 001 {_nick} :Welcome, GLHF!", $":{Host} 002 {_nick} :Your host is {Host}", $":{Host} 003 {_nick} :This server is rather new",
            $":{Host} 004 {_nick} :-", $":{Host} 375 {_nick} :-", $":{Host} 372 {_nick} :You are in a maze of twisty passages, all alike.",
            $":{Host} 376 {_nick} :>",
        ];
    }

    private List<string> Join(string room, DateTimeOffset now)
    {
        while (_joins.TryPeek(out var oldest) && oldest <= now - JoinWindow) _joins.Dequeue();
        if (_joins.Count >= MaxJoins)
        {
            refusedJoin();
            return [];
        }
        _joins.Enqueue(now);
        if (!room.StartsWith('#') || channels.Find(room[1..]) is not { } channel) // names are lower case; others are met with silence
        {
            return HasCommands && room.StartsWith('#') && !room.Any(char.IsUpper)
                ? [Notice("msg_channel_suspended", room, "This channel does not exist or has been suspended.")] : [];
        }
        _rooms[channel.Name] = 0;
        List<string> answer = [$":{_nick}!{_nick}@{_nick}.{Host} JOIN {room}"];
        if (HasCommands)
        {
            var tags = HasTags ? $"@emote-only=0;followers-only=-1;r9k=0;room-id={channel.UserId};slow=0;subs-only=0 " : "";
            answer.Add($"{tags}:{Host} ROOMSTATE {room}");
        }
        answer.Add($":{_nick}.{Host} 353 {_nick} = {room} :{_nick}");
        answer.Add($":{_nick}.{Host} 366 {_nick} {room} :End of /NAMES list");
        return answer;
    }

    private List<string> Part(string room) =>
        _rooms.TryRemove(room.TrimStart('#'), out _) ? [$":{_nick}!{_nick}@{_nick}.{Host} PART {room}"] : [];

    private string RefuseMessage(string argument) =>
        Notice("no_permission", argument.Split(' ')[0], "Anonymous users can read the chat but not write to it.");

    private string Notice(string id, string room, string text) => $"{(HasTags ? $"@msg-id={id} " : "")}:{Host} NOTICE {room} :{text}";

    private static bool IsAnonymous(string name) =>
        name.StartsWith("justinfan", StringComparison.OrdinalIgnoreCase) && name.Length > 9 && name.AsSpan(9).IndexOfAnyExceptInRange('0', '9') < 0;
}
