namespace StreamClips.NodeAgent.ControlLink;

/// <summary>
/// How long to wait between two tries to have a session. Within a round over all addresses the waits are short, as the next one may be well; they grow from
/// round to round.
/// </summary>
/// <param name="options">The waits.</param>
/// <param name="addresses">How many addresses a round has.</param>
/// <param name="random">Source of the jitter.</param>
public sealed class LinkPace(LinkOptions options, int addresses, Random random)
{
    private int _tries;
    private bool _refused;

    /// <summary>The wait after a session or a try that ended so.</summary>
    public TimeSpan After(LinkEnd end)
    {
        if (end.WasOpen) (_tries, _refused) = (0, false);
        (_tries, _refused) = (_tries + 1, _refused || end.Refused);
        if (_tries % addresses != 0) return options.Retry.Delay(1, random);
        var refused = _refused;
        _refused = false;
        return refused ? options.RefusedRetry * (0.75 + (random.NextDouble() / 2)) : options.Retry.Delay(_tries / addresses, random);
    }
}
