using System.Text;

namespace StreamClips.LiveSite.Channels;

/// <summary>The channels of the site.</summary>
/// <param name="all">The channels in the order of the command line.</param>
public sealed class ChannelDirectory(IReadOnlyList<Channel> all)
{
    private readonly Dictionary<string, Channel> _byName = all.ToDictionary(c => c.Name);

    /// <summary>The channels in the order of the command line.</summary>
    public IReadOnlyList<Channel> All => all;

    /// <summary>A channel by its login name in lower case, or null.</summary>
    /// <param name="name">The name.</param>
    public Channel? Find(string? name) => name is not null && _byName.TryGetValue(name, out var channel) ? channel : null;
}

/// <summary>What names channels may have, and numbers made of names.</summary>
public static class ChannelNames
{
    /// <summary>Whether Twitch would allow the name: 3 to 25 lower-case letters, digits and underscores.</summary>
    /// <param name="name">The name.</param>
    public static bool IsValid(string name) =>
        name.Length is >= 3 and <= 25 && name.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '_');

    /// <summary>A number that the same text always gives (FNV-1a, 32 bits); string.GetHashCode differs between runs.</summary>
    /// <param name="text">The text.</param>
    public static uint Hash(string text)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(text)) hash = (hash ^ b) * 16777619;
        return hash;
    }
}
