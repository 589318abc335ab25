using StreamClips.LiveSite.Channels;

namespace StreamClips.LiveSite.Chat;

/// <summary>Where every channel's messages come from: recordings where given, else the generator.</summary>
public sealed class ChatSources
{
    private readonly Dictionary<string, IChatSource> _sources = [];

    /// <summary>Reads the recordings and sets up the generators.</summary>
    /// <param name="options">The site's options.</param>
    /// <param name="channels">The channels.</param>
    /// <param name="time">The clock; recordings start now.</param>
    public ChatSources(LiveSiteOptions options, ChannelDirectory channels, TimeProvider time)
    {
        foreach (var channel in channels.All)
        {
            _sources[channel.Name] = new ChatGenerator(channel.Name, options.Seed, options.ChatRate, channel.Surges);
            if (options.Recordings.FirstOrDefault(r => r.Channel == channel.Name) is not { } recording) continue;
            var (chat, error) = RecordedChat.Read(recording.Path, time.GetUtcNow().ToUnixTimeMilliseconds(), options.LoopRecordings);
            if (chat is not null) _sources[channel.Name] = chat;
            else Fault = $"--chat-file: {error}";
        }
    }

    /// <summary>What is wrong with a recording; null: nothing.</summary>
    public string? Fault { get; }

    /// <summary>The source of a channel.</summary>
    /// <param name="channel">The channel's name.</param>
    public IChatSource Of(string channel) => _sources[channel];
}
