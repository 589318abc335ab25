namespace StreamClips.ClipWorker.Recording;

/// <summary>Tells how the chat is, as far as the recording must know.</summary>
internal interface IRiseGauge
{
    /// <summary>
    /// How much the chat looks as if a clip will be decided that begins so long ago, 0 to 1; 0 while it cannot be told. The
    /// answer may be as old as a tick of the chat.
    /// </summary>
    double Rise(TimeSpan back);
}

/// <summary>How a stream is being recorded.</summary>
/// <param name="Decision">The mode, and why.</param>
/// <param name="LookBack">How old a segment's first frame may be for the segment to be fetched; null: not known yet.</param>
/// <param name="Measured">Whether that was measured, or is what the RFC promises.</param>
internal sealed record RecordingStatus(RecordingDecision Decision, TimeSpan? LookBack, bool Measured);

/// <summary>
/// Carries out the <see cref="RecordingPolicy"/>: at every playlist it decides anew and wants what the decision needs. For one
/// thread; <see cref="Status"/> for any.
/// </summary>
/// <param name="setting">One of <see cref="Shared.Settings.RecordingModes"/>.</param>
/// <param name="needs">How far back clips reach.</param>
/// <param name="gauge">The chat; null: there is none.</param>
/// <param name="states">The segments.</param>
/// <param name="lookBack">How long the origin keeps them.</param>
/// <param name="events">Where a change of mode is told.</param>
/// <param name="uptime">The time.</param>
internal sealed class RecordingControl(string setting, RecordingNeeds needs, IRiseGauge? gauge, SegmentStates states, LookBack lookBack, IRecordingEvents events, Uptime uptime)
{
    // Recording all begins no nearer than three segments to the stream's end (RFC 8216 section 6.3.3), and no earlier either.
    private const int StartSegmentsBack = 3;

    // The reload that finds out may be one late, and the fetch waits for its turn.
    private static readonly TimeSpan FetchAllowance = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Below this rise a load of the playlist may be left out. Far below what arms: on labelled chats no clip's segments went out
    /// of reach for it (<c>replay --reach</c>).
    /// </summary>
    public const double RestBelow = 0.2;

    private RecordingNeeds _needs = needs;
    private RecordingStatus? _status;
    private TimeSpan? _reach;

    /// <summary>How the stream is being recorded; null before the first playlist.</summary>
    public RecordingStatus? Status => Volatile.Read(ref _status);

    /// <summary>How old a segment's first frame may be for the segment to be fetched in time.</summary>
    /// <param name="playlist">How long the playlist is.</param>
    /// <param name="target">Its target duration.</param>
    /// <param name="afterLeaving">How long a segment can be had after it was last seen listed.</param>
    public static TimeSpan Reach(TimeSpan playlist, TimeSpan target, TimeSpan afterLeaving)
    {
        var reach = playlist + afterLeaving - target - FetchAllowance;
        return reach < TimeSpan.Zero ? TimeSpan.Zero : reach;
    }

    /// <summary>Whether nothing is fetched, and the chat, as it is now, gives no reason to decide anew at once.</summary>
    public bool MayRest => Status?.Decision.Mode == RecordingMode.Lazy && _reach is { } reach && (gauge is null || gauge.Rise(reach) < RestBelow);

    /// <summary>Clips reach back otherwise from now on.</summary>
    public void Take(RecordingNeeds next) => Volatile.Write(ref _needs, next);

    /// <summary>Decides, and wants what is due.</summary>
    /// <param name="playlist">The newest playlist, which the states have taken in.</param>
    /// <param name="added">What is new in it.</param>
    public void Update(MediaPlaylist playlist, IReadOnlyList<IndexedSegment> added)
    {
        var length = playlist.Length;
        var after = lookBack.AfterLeaving(playlist.TargetDuration, length);
        var reach = Reach(length, playlist.TargetDuration, after);
        var last = Status?.Decision;
        _reach = states.AnyLeft ? reach : null;
        var decision = RecordingPolicy.Decide(new()
        {
            Setting = setting,
            Needs = _needs,
            Reach = _reach,
            Rise = gauge?.Rise(reach),
            Now = uptime.Now,
            Last = last,
        });
        Volatile.Write(ref _status, new(decision, length + after, lookBack.Measured is not null));
        if (decision.Mode != last?.Mode) events.RecordingChanged(decision.Mode, decision.Reason);
        Want(decision.Mode, last?.Mode, added);
    }

    /// <summary>
    /// The playlist is followed no more, for now or for ever: nobody decides anew while its last segments die, and the clip of
    /// its last moment is decided only after the chat's answer. Wants all that is left of a clip's length.
    /// </summary>
    /// <param name="kind">Why it is not followed. Where the stream may be over it is wanted however calm the chat is: it answers late.</param>
    public void Over(FollowEndKind kind)
    {
        if (gauge is null || setting == Shared.Settings.RecordingModes.Lazy || Status is not { Decision.Mode: var mode }) return;
        if (kind is FollowEndKind.Ended or FollowEndKind.Gone || mode == RecordingMode.Armed || gauge.Rise(_reach ?? _needs.ClipBack) >= RestBelow)
            states.WantDying(_needs.ClipBack, TimeSpan.MaxValue, uptime.Now);
    }

    private void Want(RecordingMode mode, RecordingMode? last, IReadOnlyList<IndexedSegment> added)
    {
        if (mode == RecordingMode.Armed) states.WantDying(_needs.ClipBack, RecordingPolicy.FetchAhead, uptime.Now);
        if (mode != RecordingMode.Eager) return;
        if (last is RecordingMode.Lazy or RecordingMode.Armed) states.WantDying(_needs.ClipBack, TimeSpan.MaxValue, uptime.Now);
        foreach (var segment in last is null ? added.TakeLast(StartSegmentsBack) : added) states.Want(segment.Number, urgent: false);
    }
}
