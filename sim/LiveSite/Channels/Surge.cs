namespace StreamClips.LiveSite.Channels;

/// <summary>A moment of a stream that its chat goes wild about.</summary>
/// <param name="MomentMs">When it happens on screen, milliseconds since the Unix epoch, on the grid of the frames.</param>
/// <param name="Multiplier">How many times the usual rate the chat reaches at its peak, more than 1.</param>
/// <param name="DurationSeconds">How long the chat needs to calm down again, in seconds.</param>
public sealed record Surge(long MomentMs, double Multiplier, double DurationSeconds)
{
    /// <summary>How long people need to see, laugh and type: no message speaks of the moment before this many seconds.</summary>
    public const double LagSeconds = 2.0;

    /// <summary>How long the rate climbs after the lag, in seconds.</summary>
    public const double RiseSeconds = 3.0;

    /// <summary>How excited the chat is: 0 before it can have seen the moment, 1 at the peak (5 s after the moment), a twentieth
    /// when the duration has passed, and falling on.</summary>
    /// <param name="unixMilliseconds">The time asked for.</param>
    public double ChatExcitement(long unixMilliseconds)
    {
        var since = (unixMilliseconds - MomentMs) / 1000.0 - LagSeconds;
        if (since <= 0) return 0;
        if (since < RiseSeconds)
        {
            var share = since / RiseSeconds;
            return share * share * (3 - 2 * share); // smooth at both ends
        }
        var excitement = Math.Exp(-3 * (since - RiseSeconds) / DurationSeconds);
        return excitement < 0.005 ? 0 : excitement;
    }

    /// <summary>How excited picture and sound are: at once 1, over after six seconds.</summary>
    /// <param name="unixMilliseconds">The time asked for.</param>
    public double StageExcitement(long unixMilliseconds)
    {
        var since = (unixMilliseconds - MomentMs) / 1000.0;
        return since is < 0 or >= StageSeconds ? 0 : 1 - since / StageSeconds;
    }

    /// <summary>How long the banner stands and the crowd roars, in seconds.</summary>
    public const double StageSeconds = 6;
}

/// <summary>The latest surges of a channel, at most <see cref="Limit"/>; older ones are forgotten.</summary>
public sealed class SurgeLog
{
    /// <summary>How many surges are remembered.</summary>
    public const int Limit = 32;

    private volatile Surge[] _surges = [];

    /// <summary>The surges, oldest first.</summary>
    public IReadOnlyList<Surge> All => _surges;

    /// <summary>Adds a surge. Only one caller at a time: the channel holds its lock.</summary>
    /// <param name="surge">The surge.</param>
    public void Add(Surge surge) => _surges = [.. _surges.Append(surge).TakeLast(Limit)];

    /// <summary>How many times the usual rate the chat has.</summary>
    /// <param name="unixMilliseconds">The time asked for.</param>
    public double ChatRate(long unixMilliseconds) => 1 + _surges.Sum(s => (s.Multiplier - 1) * s.ChatExcitement(unixMilliseconds));

    /// <summary>The surge whose banner stands on the screen, or null.</summary>
    /// <param name="unixMilliseconds">The time asked for.</param>
    public Surge? OnStage(long unixMilliseconds) => _surges.LastOrDefault(s => s.StageExcitement(unixMilliseconds) > 0);
}
