namespace StreamClips.ClipWorker.Recording;

/// <summary>What the recorder tells of itself.</summary>
internal interface IRecordingEvents
{
    /// <summary>A playlist could not be read this time.</summary>
    void PlaylistFailed(string reason);

    /// <summary>The bytes of a segment cannot be had.</summary>
    void SegmentLost(long number, string address, string why);

    /// <summary>The ring is too small in bytes for the time that it should hold.</summary>
    void RingFull(long bytes);

    /// <summary>The disk of the ring is full: nothing is fetched for a while, and then tried again.</summary>
    void DiskFull(TimeSpan pause);

    /// <summary>The stream is recorded in another way from now on.</summary>
    void RecordingChanged(RecordingMode mode, string reason);

    /// <summary>It was measured how long an origin keeps segments after they left the playlist.</summary>
    void LookBackMeasured(string host, TimeSpan afterLeaving, bool atLeast);
}

/// <summary>Why a playlist is no longer followed.</summary>
internal enum FollowEndKind
{
    /// <summary>The playlist says that nothing follows.</summary>
    Ended,

    /// <summary>It is gone or forbidden: offline, or its signature died. Look for the stream again.</summary>
    Gone,

    /// <summary>No new segment came for three target durations. Look for the stream again.</summary>
    Stalled,

    /// <summary>It cannot be read, several times in a row. Look for the stream again.</summary>
    Unreadable,

    /// <summary>It is of a kind that cannot be clipped.</summary>
    Refused,
}

/// <summary>Why a playlist is no longer followed.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Reason">What happened, for people.</param>
internal sealed record FollowEnd(FollowEndKind Kind, string Reason);

/// <summary>
/// Follows a media playlist: what is new goes into the index, and <see cref="RecordingControl"/> says whether its bytes are
/// wanted before a clip wants them.
/// </summary>
internal sealed class Recorder(HttpClient client, SegmentIndex index, SegmentRing ring, SegmentStates states, RecordingControl control, LookBackProbe probe, RingLog? log, IRecordingEvents events, Uptime uptime, TimeProvider clock)
{
    private const int MaxFailedLoads = 5;

    private (HttpAnswer Answer, MediaPlaylist Media)? _loaded;
    private string _format = "";

    /// <summary>The target duration of the newest playlist.</summary>
    public TimeSpan TargetDuration { get; private set; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether somebody waits for new segments. Asked from any thread.</summary>
    public Func<bool> AnyWaits { get; set; } = () => false;

    /// <summary>Follows until the playlist ends, in one way or another.</summary>
    /// <param name="playlist">The media playlist.</param>
    /// <param name="format">What its pictures are like: where that changes, a new part begins.</param>
    /// <param name="soundApart">Whether its sound is in a playlist of its own.</param>
    /// <param name="moved">Called after each load that brought new segments.</param>
    /// <param name="ct">Ends it early.</param>
    public async Task<FollowEnd> FollowAsync(Uri playlist, string format, bool soundApart, Action moved, CancellationToken ct)
    {
        var end = await FollowToItsEndAsync(playlist, format, soundApart, moved, ct);
        control.Over(end.Kind);
        return end;
    }

    private async Task<FollowEnd> FollowToItsEndAsync(Uri playlist, string format, bool soundApart, Action moved, CancellationToken ct)
    {
        index.SourceChanged(format, soundApart);
        _format = format;
        var failures = 0;
        var progress = clock.GetTimestamp();
        var (phase, before) = (new ReloadPhase(), default(long?));
        while (true)
        {
            var loaded = clock.GetTimestamp();
            var (media, end) = await LoadAsync(playlist, ct);
            if (end is { Kind: FollowEndKind.Unreadable } && ++failures < MaxFailedLoads) events.PlaylistFailed(end.Reason);
            else if (end is not null) return end;

            IReadOnlyList<IndexedSegment> added = [];
            if (media is not null)
            {
                failures = 0;
                TargetDuration = media.TargetDuration;
                added = Take(media);
                await probe.StartIfDueAsync(ct);
                if (added.Count > 0)
                {
                    progress = clock.GetTimestamp();
                    moved();
                }

                if (media.Ended) return new(FollowEndKind.Ended, "the stream ended");
            }

            if (clock.GetElapsedTime(progress) is var still && still >= ReloadTiming.StalledAfter(TargetDuration))
                return new(FollowEndKind.Stalled, $"no new segment for {still.TotalSeconds:0} s");
            TimeSpan? sinceLast = before is { } last ? clock.GetElapsedTime(last, loaded) : null;
            before = loaded;
            var wait = phase.Wait(TargetDuration, [.. added.Select(a => a.Duration)], sinceLast) - clock.GetElapsedTime(loaded);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, clock, ct);
            if (media is not null && ReloadTiming.MayRest(media, added) && control.MayRest && !AnyWaits()) await Task.Delay(media.TargetDuration, clock, ct);
        }
    }

    private IReadOnlyList<IndexedSegment> Take(MediaPlaylist media)
    {
        var added = index.Merge(media, clock.GetUtcNow());
        states.Listed(media, added, uptime.Now);
        log?.Append(added, _format, media.Length, index.Snapshot);
        control.Update(media, added);
        if (index.Oldest is { } oldest)
        {
            ring.Trim(oldest.Number);
            states.Trim(oldest.Number);
        }

        return added;
    }

    private async Task<(MediaPlaylist? Media, FollowEnd? End)> LoadAsync(Uri playlist, CancellationToken ct)
    {
        var known = _loaded is { } loaded && loaded.Answer.Asked == playlist ? loaded.Answer.Tag : null;
        var answer = await StreamHttp.GetAsync(client, playlist, PlaylistText.MaxBytes, clock, ct, known);
        if (answer.NotModified && _loaded is { } same) return (same.Media, null);
        var name = PlaylistText.ForLogs(playlist);
        if (!answer.Ok) return (null, new(answer.MayPass ? FollowEndKind.Unreadable : FollowEndKind.Gone, $"the playlist {name} {answer.Describe()}"));
        var parsed = MediaPlaylistParser.Parse(answer.Body, answer.Address);
        if (parsed.Value is not { } media) return (null, new(FollowEndKind.Unreadable, $"the playlist {name} cannot be used: {parsed.Fault}"));
        if (PlaylistSupport.Refusal(media) is { } refusal) return (null, new(FollowEndKind.Refused, $"the stream at {name} cannot be clipped: {refusal}"));
        _loaded = (answer with { Body = [] }, media);
        return (media, null);
    }
}
