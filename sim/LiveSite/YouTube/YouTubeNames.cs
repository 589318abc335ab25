using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.YouTube;

/// <summary>The ids that YouTube gives: each is made of what it names, so that a run can be repeated.</summary>
public static class YouTubeNames
{
    /// <summary>The key of the public API (INNERTUBE_API_KEY), of the real one's form and no real one.</summary>
    public const string ApiKey = "AIzaSySIMULATED0LiveSite0Key0ForTests00";

    /// <summary>The web client's version.</summary>
    public const string ClientVersion = "2.20261101.01.00";

    /// <summary>The id of a broadcast's video: 11 characters. Every broadcast is a video of its own.</summary>
    /// <param name="channel">The channel's name.</param>
    /// <param name="broadcast">The broadcast's number.</param>
    public static string VideoId(string channel, long broadcast) => Hashed($"video/{channel}/{broadcast}", 11);

    /// <summary>A channel's id: UC and 22 characters.</summary>
    /// <param name="channel">The channel's name.</param>
    public static string ChannelId(string channel) => $"UC{Hashed($"channel/{channel}", 22)}";

    /// <summary>A chatter's channel id.</summary>
    /// <param name="user">The login name.</param>
    public static string AuthorId(string user) => $"UC{Hashed($"user/{user}", 22)}";

    /// <summary>The id of a message that has a UUID elsewhere; another text stays as it is.</summary>
    /// <param name="id">The id.</param>
    public static string MessageId(string id) => Guid.TryParse(id, out var uuid) ? $"ChwKGkN{Base64Url.EncodeToString(uuid.ToByteArray())}" : id;

    /// <summary>The channel and broadcast of a video; null: there is none.</summary>
    /// <param name="channels">The channels.</param>
    /// <param name="videoId">The video's id.</param>
    public static (Channel Channel, Broadcast Broadcast)? Find(ChannelDirectory channels, string? videoId)
    {
        foreach (var channel in channels.All)
        {
            for (var id = channel.Newest?.Id ?? 0; id > 0 && channel.FindBroadcast(id) is { } broadcast; id--)
                if (VideoId(channel.Name, id) == videoId) return (channel, broadcast);
        }
        return null;
    }

    private static string Hashed(string text, int length) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..length];
}
