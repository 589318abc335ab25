namespace StreamClips.NodeAgent.ControlLink;

/// <summary>
/// How long to wait between two tries to have a session, and what they tell together. Within a round over all addresses the waits are short, as the next one
/// may be well; they grow from round to round.
/// </summary>
/// <param name="options">The waits.</param>
/// <param name="addresses">How many addresses a round has.</param>
/// <param name="random">Source of the jitter.</param>
public sealed class LinkPace(LinkOptions options, int addresses, Random random)
{
    private int _tries;
    private bool _refused;
    private int? _stranger;
    private int? _unknown;

    /// <summary>
    /// Whether this node's certificate was refused in the last round: a join token helps, and is shown to each address in turn, as the one after the one that
    /// refused may be away.
    /// </summary>
    public bool WantsEnrolment => _unknown is { } at && _tries - at < addresses;

    /// <summary>
    /// Whether none of all addresses serves this node, and one of the last round has another CA: the control plane may have a new one. A stranger at one address
    /// says nothing of those that were not tried yet.
    /// </summary>
    public bool MayHaveNewAuthority => _stranger is { } at && _tries >= addresses && _tries - at < addresses;

    /// <summary>The wait after a session or a try that ended so.</summary>
    public TimeSpan After(LinkEnd end)
    {
        if (end.WasOpen) (_tries, _refused, _stranger, _unknown) = (0, false, null, null);
        (_tries, _refused) = (_tries + 1, _refused || end.Refused);
        if (end.IsStranger) _stranger = _tries;
        if (end.WantsEnrolment) _unknown = _tries;
        if (_tries % addresses != 0) return options.Retry.Delay(1, random);
        var refused = _refused;
        _refused = false;
        return refused ? options.RefusedRetry * (0.75 + (random.NextDouble() / 2)) : options.Retry.Delay(_tries / addresses, random);
    }
}
