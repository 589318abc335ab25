namespace StreamClips.ControlPlane.Liveness;

/// <summary>What a platform says of a channel.</summary>
/// <param name="Live">Whether it is live.</param>
/// <param name="Note">What more there is to say to people, as that there is no such channel; empty: nothing.</param>
public sealed record ChannelAnswer(bool Live, string Note = "")
{
    /// <summary>The platform does not know it.</summary>
    public static ChannelAnswer Missing(string platform, string channel) => new(Live: false, $"there is no channel '{channel}' on {platform}: check the address");
}

/// <summary>What came of a question.</summary>
/// <param name="Channels">The answers, by channel; empty where there was none.</param>
/// <param name="Fault">Why there was no answer; null: there was.</param>
/// <param name="Wait">How long the platform asks to be left alone; null: it does not say.</param>
/// <param name="OfPlatform">Whether the fault is the platform's, so that others need not be asked now.</param>
public sealed record StatusAnswer(IReadOnlyDictionary<string, ChannelAnswer> Channels, string? Fault = null, TimeSpan? Wait = null, bool OfPlatform = true)
{
    private static readonly Dictionary<string, ChannelAnswer> Nothing = [];

    /// <summary>There was no answer.</summary>
    public static StatusAnswer Failed(string fault, TimeSpan? wait = null, bool ofPlatform = true) => new(Nothing, fault, wait, ofPlatform);

    /// <summary>The answer for one channel.</summary>
    public static StatusAnswer Of(string channel, ChannelAnswer answer) => new(new Dictionary<string, ChannelAnswer>(1) { [channel] = answer });
}

/// <summary>A way to ask a platform which channels are live.</summary>
public interface IStatusSource
{
    /// <summary>One of <see cref="PlatformName"/>.</summary>
    string Platform { get; }

    /// <summary>Channels in one question, at most.</summary>
    int MostChannels { get; }

    /// <summary>Questions a second, at most.</summary>
    double CallsPerS { get; }

    /// <summary>Questions at once, at most.</summary>
    int MostAtOnce { get; }

    /// <summary>Asks. What goes wrong is in the answer; only cancelling throws.</summary>
    /// <param name="channels">1 to <see cref="MostChannels"/>, each once.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<StatusAnswer> AskAsync(IReadOnlyList<string> channels, CancellationToken cancellation);
}
