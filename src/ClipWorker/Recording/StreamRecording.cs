namespace StreamClips.ClipWorker.Recording;

/// <summary>What a stream's recording is made of, and what it needs to know.</summary>
internal sealed record RecordingPlan
{
    /// <summary>One of <see cref="Shared.Settings.RecordingModes"/>.</summary>
    public required string Setting { get; init; }

    /// <summary>How far back clips reach.</summary>
    public required RecordingNeeds Needs { get; init; }

    /// <summary>How long segments are remembered, and held.</summary>
    public required TimeSpan Keep { get; init; }

    /// <summary>Where their bytes lie.</summary>
    public required string Directory { get; init; }

    /// <summary>Whether a later run of the same worker finds the directory again.</summary>
    public required bool Lasts { get; init; }

    /// <summary>Whether it is sound alone: then it may come as packed audio too (RFC 8216 section 3.4).</summary>
    public bool SoundOnly { get; init; }
}

/// <summary>The recording of one playlist, put together: index, states, ring, fetcher and the recorder that feeds them.</summary>
internal sealed class StreamRecording
{
    private readonly TimeSpan _keep;
    private readonly TimeProvider _clock;
    private readonly Uptime _uptime;
    private readonly RingLog? _log;
    private readonly SegmentDownload _download;
    private readonly SegmentFetcher _fetcher;
    private readonly RecordingControl _control;
    private readonly Recorder _recorder;

    /// <summary>Puts the parts together; nothing runs yet.</summary>
    /// <param name="plan">What is wanted.</param>
    /// <param name="gauge">The chat; null: there is none.</param>
    /// <param name="client">The worker's client.</param>
    /// <param name="events">Where it tells of itself.</param>
    /// <param name="clock">The time.</param>
    /// <param name="random">The source of jitter; its own.</param>
    public StreamRecording(RecordingPlan plan, IRiseGauge? gauge, HttpClient client, IRecordingEvents events, TimeProvider clock, Random random)
    {
        (_keep, _clock, _uptime) = (plan.Keep, clock, new(clock));
        var lookBack = new LookBack();
        States = new(lookBack);
        Index = new(plan.Keep);
        Ring = new(plan.Directory, SegmentRing.DefaultMaxBytes);
        _log = plan.Lasts ? new(plan.Directory) : null;
        _download = new(client, Ring, clock) { PackedSound = plan.SoundOnly };
        _fetcher = new(States, Ring, _download, events, _uptime, clock, random);
        _control = new(plan.Setting, plan.Needs, gauge, States, lookBack, events, _uptime);
        var probe = new LookBackProbe(client, States, lookBack, plan.Needs.ClipBack, events, _uptime, clock);
        _recorder = new(client, Index, Ring, States, _control, probe, _log, events, _uptime, clock);
    }

    /// <summary>The segments' facts.</summary>
    public SegmentIndex Index { get; }

    /// <summary>Where each stands.</summary>
    public SegmentStates States { get; }

    /// <summary>The bytes of those that are held.</summary>
    public SegmentRing Ring { get; }

    /// <summary>Bytes fetched since the start.</summary>
    public long Bytes => _download.Bytes;

    /// <summary>How the stream is being recorded; null before the first playlist.</summary>
    public RecordingStatus? Status => _control.Status;

    /// <summary>Opens the ring, and takes up the segments of an earlier run that was killed.</summary>
    public void Open()
    {
        var now = _clock.GetUtcNow();
        var logged = _log?.Read().Where(l => (now - l.Segment.Arrived).Duration() < _keep).ToList() ?? [];
        Ring.Open(logged.Select(l => l.Segment.Number).ToHashSet());
        if (logged.Count > 0) Index.Restore([.. logged.Select(l => l.Segment)], logged[^1].Format);
        foreach (var (segment, _, playlist) in logged) States.Restore(segment, Ring.Holds(segment.Number), playlist, _uptime.Now);
    }

    /// <summary>See <see cref="RecordingControl.Take"/>.</summary>
    public void Take(RecordingNeeds next) => _control.Take(next);

    /// <summary>See <see cref="Recorder.AnyWaits"/>.</summary>
    public Func<bool> AnyWaits
    {
        set => _recorder.AnyWaits = value;
    }

    /// <summary>See <see cref="Recorder.FollowAsync"/>.</summary>
    public Task<FollowEnd> FollowAsync(Uri playlist, string format, bool soundApart, Action moved, CancellationToken ct) => _recorder.FollowAsync(playlist, format, soundApart, moved, ct);

    /// <summary>See <see cref="SegmentFetcher.RunAsync"/>.</summary>
    public Task FetchAsync(CancellationToken ct) => _fetcher.RunAsync(ct);
}
