using System.Globalization;
using System.Text;

namespace StreamClips.LiveSite.Chat;

/// <summary>The message that another one answers.</summary>
/// <param name="Id">Its id.</param>
/// <param name="User">Who wrote it.</param>
/// <param name="Text">What it said.</param>
public sealed record ReplyParent(string Id, string User, string Text);

/// <summary>Something that is said in a chat room.</summary>
/// <param name="Id">A UUID.</param>
/// <param name="SentAtMs">When the platform took it (tmi-sent-ts), milliseconds since the Unix epoch.</param>
/// <param name="User">Login name, lower case.</param>
/// <param name="UserId">The account's number.</param>
/// <param name="Text">The text.</param>
/// <param name="Badges">Badges such as <c>subscriber/12</c>, comma separated, or empty.</param>
/// <param name="Emotes">Emotes and their places, as the emotes tag has them, or empty.</param>
/// <param name="Parent">What it answers, or null.</param>
public sealed record ChatLine(
    string Id, long SentAtMs, string User, string UserId, string Text, string Badges, string Emotes, ReplyParent? Parent)
{
    private static readonly string[] Colours = ["#FF0000", "#0000FF", "#008000", "#B22222", "#FF7F50", "#9ACD32", "#FF4500", "#2E8B57", "#DAA520", ""];

    /// <summary>The line as IRC without its end.</summary>
    /// <param name="channel">The room.</param>
    /// <param name="roomId">The room's number.</param>
    /// <param name="withTags">Whether the client asked for tags.</param>
    public string ToIrc(string channel, string roomId, bool withTags)
    {
        var line = $":{User}!{User}@{User}.tmi.twitch.tv PRIVMSG #{channel} :{Text}";
        return withTags ? $"{Tags(roomId)} {line}" : line;
    }

    /// <summary>Escapes a tag's value (IRCv3 message tags): semicolon, space, backslash, CR and LF.</summary>
    /// <param name="value">The value.</param>
    public static string Escape(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var c in value)
        {
            _ = c switch
            {
                ';' => text.Append(@"\:"),
                ' ' => text.Append(@"\s"),
                '\\' => text.Append(@"\\"),
                '\r' => text.Append(@"\r"),
                '\n' => text.Append(@"\n"),
                _ => text.Append(c),
            };
        }
        return text.ToString();
    }

    private string Tags(string roomId)
    {
        var subscriber = Badges.Contains("subscriber/", StringComparison.Ordinal) ? 1 : 0;
        var moderator = Badges.Contains("moderator/", StringComparison.Ordinal) ? 1 : 0;
        var colour = Colours[int.Parse(UserId, CultureInfo.InvariantCulture) % Colours.Length];
        var tags = $"@badge-info={(subscriber == 1 ? Badges.Split(',').First(b => b.StartsWith("subscriber/", StringComparison.Ordinal)) : "")}"
            + $";badges={Badges};client-nonce=;color={colour};display-name={Escape(DisplayName(User))};emotes={Emotes}"
            + $";first-msg=0;flags=;id={Id};mod={moderator};reply-parent=;returning-chatter=0;room-id={roomId}"
            + $";subscriber={subscriber};tmi-sent-ts={SentAtMs.ToString(CultureInfo.InvariantCulture)};turbo=0;user-id={UserId};user-type={(moderator == 1 ? "mod" : "")}";
        var reply = Parent is null ? "" : $"reply-parent-display-name={Escape(DisplayName(Parent.User))};reply-parent-msg-body={Escape(Parent.Text)}"
            + $";reply-parent-msg-id={Parent.Id};reply-parent-user-login={Parent.User};";
        return tags.Replace("reply-parent=;", reply, StringComparison.Ordinal);
    }

    private static string DisplayName(string user) => char.ToUpperInvariant(user[0]) + user[1..];
}
