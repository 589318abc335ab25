namespace StreamClips.Shared.Hosting;

/// <summary>Whether a program's loops go round.</summary>
public interface IPulse
{
    /// <summary>The loop that was not heard of for the longest time, where that is too long; null: all go round.</summary>
    /// <param name="longest">How long is not too long.</param>
    (string Loop, TimeSpan Silent)? Stuck(TimeSpan longest);
}

/// <summary>Whether a program's loops go round: each says so by itself, so one that hangs is missed. Safe for several threads.</summary>
/// <typeparam name="TLoop">The loops without which the program only looks alive.</typeparam>
public class LoopPulse<TLoop> : IPulse
    where TLoop : struct, Enum
{
    private readonly TLoop[] _loops = Enum.GetValues<TLoop>();
    private readonly TimeProvider _clock;
    private readonly long[] _beats;

    /// <summary>All have just been round.</summary>
    public LoopPulse(TimeProvider clock)
    {
        _clock = clock;
        _beats = [.. _loops.Select(_ => clock.GetTimestamp())];
    }

    /// <summary>A loop has been round, or is a step further in a long one.</summary>
    public void Beat(TLoop loop) => Volatile.Write(ref _beats[Array.IndexOf(_loops, loop)], _clock.GetTimestamp());

    /// <summary>The loop that was not heard of for the longest time, where that is too long; null: all go round.</summary>
    /// <param name="longest">How long is not too long.</param>
    public (TLoop Loop, TimeSpan Silent)? Stuck(TimeSpan longest)
    {
        var (loop, silent) = _loops.Select((l, i) => (Loop: l, Silent: _clock.GetElapsedTime(Volatile.Read(ref _beats[i])))).MaxBy(l => l.Silent);
        return silent > longest ? (loop, silent) : null;
    }

    /// <inheritdoc/>
    (string Loop, TimeSpan Silent)? IPulse.Stuck(TimeSpan longest) => Stuck(longest) is { } stuck ? (stuck.Loop.ToString(), stuck.Silent) : null;
}
