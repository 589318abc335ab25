using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Platforms;

/// <summary>
/// A kind of channel that can be watched: which URLs are its, how its streams are found, and how its chat is read. Holds
/// no state. A new one is a folder beside the others and a line in <see cref="PlatformChoice.Platforms"/>.
/// </summary>
internal interface IPlatform
{
    /// <summary>Its name for people.</summary>
    string Name { get; }

    /// <summary>What a URL of a channel looks like, with NAME where the name goes.</summary>
    string Example { get; }

    /// <summary>The schemes of its URLs.</summary>
    IReadOnlyList<string> Schemes => ["http", "https"];

    /// <summary>Where it is: the environment variables that say so, with the real addresses.</summary>
    IReadOnlyList<Endpoint> Endpoints { get; }

    /// <summary>Whether its channels have a chat.</summary>
    bool HasChat { get; }

    /// <summary>Whether a channel whose broadcast ended may send another one, so that it is waited for.</summary>
    bool ComesBack { get; }

    /// <summary>How often an offline channel is looked at, where nobody says otherwise; each wait differs by up to a fifth.</summary>
    TimeSpan PollInterval => TimeSpan.FromSeconds(15);

    /// <summary>Whether a URL of one of its schemes is on this platform, a channel or not. Pure.</summary>
    bool Owns(Uri url);

    /// <summary>The channel that an owned URL names, as the platform writes it; null where it is another page. Pure.</summary>
    string? ChannelOf(Uri url);

    /// <summary>Makes what finds the stream of a channel.</summary>
    /// <param name="channel">As <see cref="ChannelOf"/> gave it.</param>
    /// <param name="tools">What it works with.</param>
    IResolver Resolver(string channel, PlatformTools tools);

    /// <summary>Makes what reads the chat of a channel.</summary>
    /// <param name="channel">As <see cref="ChannelOf"/> gave it.</param>
    /// <param name="tools">What it works with.</param>
    /// <exception cref="NotSupportedException">There is none: <see cref="HasChat"/> is false.</exception>
    IChatSource Chat(string channel, PlatformTools tools);
}

/// <summary>What resolvers and chat sources work with.</summary>
/// <param name="Endpoints">Where the platforms are.</param>
/// <param name="Quality">Which variant is wanted: the setting <c>quality</c>.</param>
/// <param name="Http">The worker's client.</param>
/// <param name="Clock">The time.</param>
/// <param name="Random">Jitter; of one thread, so each resolver and each chat source gets tools of its own.</param>
internal sealed record PlatformTools(EndpointBook Endpoints, string Quality, HttpClient Http, TimeProvider Clock, Random Random)
{
    /// <summary>Counts the node's JOINs; null: nobody does.</summary>
    public JoinBudget? Joins { get; init; }

    /// <summary>A folder of the worker's own for what comes in by other programs; it need not be there.</summary>
    public string Folder { get; init; } = Path.Combine(Path.GetTempPath(), $"streamclips-{Environment.ProcessId}");
}

/// <summary>A channel of a platform.</summary>
/// <param name="Platform">The platform.</param>
/// <param name="Name">The channel, as the platform writes it; for a playlist its address.</param>
/// <param name="Title">Its name for people; for a playlist its host.</param>
/// <param name="Page">Its URL as it was given.</param>
internal sealed record Channel(IPlatform Platform, string Name, string Title, Uri Page);
