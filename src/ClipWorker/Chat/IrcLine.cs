using System.Numerics;
using System.Runtime.Intrinsics;
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

    /// <summary>Whether a tag has this name.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="name">The name.</param>
    /// <param name="value">The tag's value, still escaped; empty where it has no =.</param>
    public static bool IsTag(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!tag.StartsWith(name)) return false;
        if (tag.Length == name.Length) return true;
        if (tag[name.Length] != '=') return false;
        value = tag[(name.Length + 1)..];
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

/// <summary>
/// Takes a line's tags one by one, <c>name</c> or <c>name=value</c>. Looks for the semicolons of 32 bytes at once: most of a
/// line of Twitch's is tags, of which few are wanted.
/// </summary>
internal ref struct IrcTags(ReadOnlySpan<byte> tags)
{
    private readonly ReadOnlySpan<byte> _tags = tags;
    private int _begin;
    private int _looked;
    private int _found;
    private uint _semicolons;

    /// <summary>The next tag, or false at the end.</summary>
    public bool TryTake(out ReadOnlySpan<byte> tag)
    {
        if (_begin >= _tags.Length)
        {
            tag = default;
            return false;
        }

        var end = NextSemicolon();
        tag = _tags[_begin..end];
        _begin = end + 1;
        return true;
    }

    private int NextSemicolon()
    {
        while (_semicolons == 0)
        {
            var left = _tags.Length - _looked;
            if (left < Vector256<byte>.Count)
            {
                // Of the last bytes there are too few, so the ones before them are looked at again, or there are none.
                if (left == 0) return _tags.Length;
                if (_tags.Length < Vector256<byte>.Count) return NextOfFew();
                _found = _tags.Length - Vector256<byte>.Count;
                _semicolons = Semicolons(_found) & (uint.MaxValue << (Vector256<byte>.Count - left));
                _looked = _tags.Length;
                continue;
            }

            _found = _looked;
            _semicolons = Semicolons(_looked);
            _looked += Vector256<byte>.Count;
        }

        var next = _found + BitOperations.TrailingZeroCount(_semicolons);
        _semicolons &= _semicolons - 1;
        return next;
    }

    private readonly int NextOfFew() => _tags[_begin..].IndexOf((byte)';') is var next && next < 0 ? _tags.Length : _begin + next;

    private readonly uint Semicolons(int at) =>
        Vector256.Equals(Vector256.Create(_tags.Slice(at, Vector256<byte>.Count)), Vector256.Create((byte)';')).ExtractMostSignificantBits();
}
