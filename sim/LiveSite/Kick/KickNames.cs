using System.Globalization;
using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.Kick;

/// <summary>The numbers and names that Kick gives to a channel.</summary>
public static class KickNames
{
    /// <summary>The public key of Kick's application at Pusher.</summary>
    public const string AppKey = "32cbd69e4b950bf97679";

    /// <summary>The channel's number.</summary>
    /// <param name="channel">The channel.</param>
    public static long ChannelId(Channel channel) => 1_000_000 + ChannelNames.Hash(channel.Name) % 50_000_000;

    /// <summary>The chatroom's number: another one than the channel's.</summary>
    /// <param name="channel">The channel.</param>
    public static long ChatroomId(Channel channel) => 70_000_000 + ChannelNames.Hash($"room {channel.Name}") % 20_000_000;

    /// <summary>A channel by its slug; any case is taken, as Kick does.</summary>
    /// <param name="channels">The channels.</param>
    /// <param name="slug">The slug.</param>
    public static Channel? Find(ChannelDirectory channels, string slug) => channels.Find(slug.ToLowerInvariant());

    /// <summary>The Pusher channel of a chatroom's messages.</summary>
    /// <param name="channel">The channel.</param>
    public static string Chatroom(Channel channel) => string.Create(CultureInfo.InvariantCulture, $"chatrooms.{ChatroomId(channel)}.v2");

    /// <summary>The Pusher channel of what happens to a channel itself: going live, stopping.</summary>
    /// <param name="channel">The channel.</param>
    public static string Events(Channel channel) => string.Create(CultureInfo.InvariantCulture, $"channel.{ChannelId(channel)}");
}
