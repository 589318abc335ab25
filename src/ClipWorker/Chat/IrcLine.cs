using System.Text;

namespace StreamClips.ClipWorker.Chat;

/// <summary>
/// The parts of one IRC line with IRCv3 tags (ircv3.net/specs/extensions/message-tags, RFC 1459 2.3.1), as slices of the
/// line: nothing is copied.
/// </summary>
internal readonly ref struct IrcLine
{
    private IrcLine(ReadOnlySpan<byte> tags, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> command, ReadOnlySpan<byte> parameters, ReadOnlySpan<byte> trailing)
    {
        Tags = tags;
        Prefix = prefix;
        Command = command;
        Parameters = parameters;
        Trailing = trailing;
    }

    /// <summary>The tags without the @, still escaped.</summary>
    public ReadOnlySpan<byte> Tags { get; }

    /// <summary>Who sends it, without the colon: <c>nick!user@host</c> or a server's name; may be empty.</summary>
    public ReadOnlySpan<byte> Prefix { get; }

    /// <summary>The command, as <c>PRIVMSG</c> or <c>366</c>.</summary>
    public ReadOnlySpan<byte> Command { get; }

    /// <summary>The parameters before the last one, parted by spaces.</summary>
    public ReadOnlySpan<byte> Parameters { get; }

    /// <summary>The last parameter where a colon marks it, without that colon: the text.</summary>
    public ReadOnlySpan<byte> Trailing { get; }

    /// <summary>The sender's nick: the prefix up to the exclamation mark.</summary>
    public ReadOnlySpan<byte> Nick
    {
        get
        {
            var end = Prefix.IndexOf((byte)'!');
            return end < 0 ? Prefix : Prefix[..end];
        }
    }

    /// <summary>Takes a line apart.</summary>
    /// <returns>Whether it has a command.</returns>
    public static bool TryParse(ReadOnlySpan<byte> line, out IrcLine parsed)
    {
        ReadOnlySpan<byte> rest = line, tags = default, prefix = default;
        if (rest is [(byte)'@', ..]) tags = TakeWord(ref rest)[1..];
        if (rest is [(byte)':', ..]) prefix = TakeWord(ref rest)[1..];
        var command = TakeWord(ref rest);
        var colon = rest is [(byte)':', ..] ? 0 : rest.IndexOf(" :"u8) is var i && i >= 0 ? i + 1 : -1;
        parsed = colon < 0
            ? new(tags, prefix, command, rest.TrimEnd((byte)' '), default)
            : new(tags, prefix, command, rest[..colon].TrimEnd((byte)' '), rest[(colon + 1)..]);
        return command.Length > 0;
    }

    /// <summary>The next tag, or false at the end. A tag without = has an empty value.</summary>
    /// <param name="tags">What is left of the tags; moves on.</param>
    /// <param name="name">The tag's name.</param>
    /// <param name="value">Its value, still escaped.</param>
    public static bool TryTakeTag(scoped ref ReadOnlySpan<byte> tags, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = default;
        value = default;
        if (tags.IsEmpty) return false;
        var end = tags.IndexOf((byte)';');
        var tag = end < 0 ? tags : tags[..end];
        tags = end < 0 ? default : tags[(end + 1)..];
        var equals = tag.IndexOf((byte)'=');
        name = equals < 0 ? tag : tag[..equals];
        value = equals < 0 ? default : tag[(equals + 1)..];
        return true;
    }

    /// <summary>A tag's value as text: <c>\s \: \\ \r \n</c> are a space, a semicolon, a backslash, CR and LF; another backslash is dropped.</summary>
    public static string Unescape(ReadOnlySpan<byte> value)
    {
        if (!value.Contains((byte)'\\')) return Encoding.UTF8.GetString(value);
        var plain = new byte[value.Length];
        var length = 0;
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] != '\\') plain[length++] = value[i];
            else if (++i < value.Length)
                plain[length++] = value[i] switch { (byte)'s' => (byte)' ', (byte)':' => (byte)';', (byte)'r' => (byte)'\r', (byte)'n' => (byte)'\n', var other => other };
        }

        return Encoding.UTF8.GetString(plain.AsSpan(0, length));
    }

    private static ReadOnlySpan<byte> TakeWord(scoped ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)' ');
        var word = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[end..].TrimStart((byte)' ');
        return word;
    }
}
