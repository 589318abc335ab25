using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Platforms;

/// <summary>Which platform a URL belongs to, and which chat goes with it. Pure.</summary>
/// <param name="Channel">The Twitch channel that sends the stream; null: the URL is a playlist.</param>
/// <param name="Playlist">The playlist's address; null: the stream is a Twitch channel's.</param>
/// <param name="ChatChannel">The Twitch channel whose chat is read; null: there is no chat, and so no clip.</param>
internal sealed record PlatformChoice(string? Channel, Uri? Playlist, string? ChatChannel)
{
    /// <summary>Chooses.</summary>
    /// <param name="url">The stream.</param>
    /// <param name="chatUrl">A channel whose chat is read instead of the stream's own, or null.</param>
    /// <param name="faults">Where what is wrong is put.</param>
    /// <returns>The choice, null where something is wrong.</returns>
    public static PlatformChoice? Of(string url, string? chatUrl, ICollection<string> faults)
    {
        string? channel = null, chat = null;
        Uri? playlist = null;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var stream) || stream.Scheme is not ("http" or "https"))
            faults.Add($"url is '{PlaylistText.ForLogs(url)}': give an address that begins with http:// or https://");
        else if (TwitchChannel.IsTwitch(stream)) (channel, var fault) = Named(stream, "url", faults);
        else playlist = stream;

        if (!string.IsNullOrEmpty(chatUrl))
        {
            if (Uri.TryCreate(chatUrl, UriKind.Absolute, out var chatAddress) && TwitchChannel.IsTwitch(chatAddress)) (chat, _) = Named(chatAddress, "chat_url", faults);
            else faults.Add($"chat_url is '{PlaylistText.ForLogs(chatUrl)}': give a Twitch channel, as https://www.twitch.tv/NAME");
        }

        return faults.Count > 0 ? null : new(channel, playlist, chat ?? channel);
    }

    private static (string? Name, string? Fault) Named(Uri url, string field, ICollection<string> faults)
    {
        var (name, fault) = TwitchChannel.Of(url);
        if (fault is not null) faults.Add($"{field}: {fault}");
        return (name, fault);
    }
}
