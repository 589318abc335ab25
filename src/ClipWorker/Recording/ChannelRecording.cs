namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// The recording of a channel: its pictures, mostly with their sound, and the sound where that is in a playlist of its own
/// (EXT-X-MEDIA, RFC 8216 4.3.4.1). Both are recorded by the same classes; they are put together when a clip is cut.
/// </summary>
internal sealed class ChannelRecording
{
    // The last segment of the sound is listed about when that of the pictures is.
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _clock;
    private readonly SharedRise? _shared;

    /// <summary>Puts the parts together; nothing runs yet.</summary>
    /// <param name="plan">What is wanted. The sound lies in a folder of the directory.</param>
    /// <param name="gauge">The chat; null: there is none.</param>
    /// <param name="client">The worker's client.</param>
    /// <param name="events">Where it tells of itself.</param>
    /// <param name="clock">The time.</param>
    /// <param name="random">The source of jitter; its own.</param>
    public ChannelRecording(RecordingPlan plan, IRiseGauge? gauge, HttpClient client, IRecordingEvents events, TimeProvider clock, Random random)
    {
        _clock = clock;
        _shared = gauge is null ? null : new SharedRise(gauge);
        Pictures = new(plan, _shared?.First, client, events, clock, new Random(random.Next()));
        var apart = plan with { Directory = Path.Combine(plan.Directory, "sound"), SoundOnly = true };
        Sound = new(apart, _shared?.Second, client, new SoundEvents(events), clock, new Random(random.Next()));
    }

    /// <summary>The pictures, mostly with their sound.</summary>
    public StreamRecording Pictures { get; }

    /// <summary>The sound where it is in a playlist of its own; else nothing.</summary>
    public StreamRecording Sound { get; }

    /// <summary>Bytes fetched since the start.</summary>
    public long Bytes => Pictures.Bytes + Sound.Bytes;

    /// <summary>How the stream is being recorded; null before the first playlist.</summary>
    public RecordingStatus? Status => Pictures.Status;

    /// <summary>See <see cref="StreamRecording.Open"/>.</summary>
    public void Open()
    {
        Pictures.Open();
        Sound.Open();
    }

    /// <summary>Clips reach back otherwise from now on.</summary>
    public void Take(RecordingNeeds next)
    {
        Pictures.Take(next);
        Sound.Take(next);
    }

    /// <summary>Removes all bytes that are held.</summary>
    public void Clear()
    {
        Pictures.Ring.Clear();
        Sound.Ring.Clear();
    }

    /// <summary>See <see cref="Recorder.AnyWaits"/>.</summary>
    public Func<bool> AnyWaits
    {
        set => (Pictures.AnyWaits, Sound.AnyWaits) = (value, value);
    }

    /// <summary>Follows until one of the playlists ends, in one way or another.</summary>
    /// <param name="playlist">The media playlist with the pictures.</param>
    /// <param name="sound">That with the sound; null: it is with the pictures.</param>
    /// <param name="format">What its pictures are like.</param>
    /// <param name="moved">Called after each load that brought new segments.</param>
    /// <param name="ct">Ends it early.</param>
    public async Task<FollowEnd> FollowAsync(Uri playlist, Uri? sound, string format, Action moved, CancellationToken ct)
    {
        if (sound is null)
        {
            _shared?.Second.Leave();
            return await Pictures.FollowAsync(playlist, format, soundApart: false, moved, ct);
        }

        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var seen = Pictures.FollowAsync(playlist, format, soundApart: true, moved, both.Token);
        var heard = HearAsync(sound, moved, both.Token);
        try
        {
            // The end of the sound alone says nothing; that of the pictures says that the sound ends too.
            if (await Task.WhenAny(seen, heard) == heard && (await heard).Kind != FollowEndKind.Ended) return await heard;
            var end = await seen;
            if (end.Kind == FollowEndKind.Ended) await ((Task)heard).WaitAsync(EndPatience, _clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return end;
        }
        finally
        {
            await both.CancelAsync();
            await ((Task)Task.WhenAll(seen, heard)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>See <see cref="SegmentFetcher.RunAsync"/>.</summary>
    public async Task FetchAsync(CancellationToken ct)
    {
        Task pictures = Pictures.FetchAsync(ct), sound = Sound.FetchAsync(ct);
        // A bug in one is seen at once.
        await await Task.WhenAny(pictures, sound);
        await Task.WhenAll(pictures, sound);
    }

    private async Task<FollowEnd> HearAsync(Uri sound, Action moved, CancellationToken ct)
    {
        var end = await Sound.FollowAsync(sound, "", soundApart: false, moved, ct);
        return end with { Reason = $"sound: {end.Reason}" };
    }

    /// <summary>What the recording of the sound tells: as that of the pictures, but how it records is no news.</summary>
    private sealed class SoundEvents(IRecordingEvents events) : IRecordingEvents
    {
        public void PlaylistFailed(string reason) => events.PlaylistFailed($"sound: {reason}");

        public void SegmentLost(long number, string address, string why) => events.SegmentLost(number, $"(sound) {address}", why);

        public void RingFull(long bytes) => events.RingFull(bytes);

        public void DiskFull(TimeSpan pause) => events.DiskFull(pause);

        public void RecordingChanged(RecordingMode mode, string reason)
        {
            // It goes with the pictures.
        }

        public void LookBackMeasured(string host, TimeSpan afterLeaving, bool atLeast)
        {
            // Mostly the same origin; where it is another, the status would tell of two.
        }
    }

    /// <summary>One gauge for two: both are told of a rise as early as the one needs it whose segments die first.</summary>
    private sealed class SharedRise
    {
        private readonly IRiseGauge _gauge;

        public SharedRise(IRiseGauge gauge)
        {
            _gauge = gauge;
            (First, Second) = (new(this), new(this));
        }

        public Share First { get; }

        public Share Second { get; }

        internal sealed class Share(SharedRise shared) : IRiseGauge
        {
            private long _back = long.MaxValue;

            /// <summary>It needs nothing any more, until it asks again.</summary>
            public void Leave() => Interlocked.Exchange(ref _back, long.MaxValue);

            public double Rise(TimeSpan back)
            {
                Interlocked.Exchange(ref _back, back.Ticks);
                return shared._gauge.Rise(TimeSpan.FromTicks(Math.Min(Interlocked.Read(ref shared.First._back), Interlocked.Read(ref shared.Second._back))));
            }
        }
    }
}
