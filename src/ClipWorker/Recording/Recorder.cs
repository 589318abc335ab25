namespace StreamClips.ClipWorker.Recording;

/// <summary>What the recorder tells of itself.</summary>
internal interface IRecordingEvents
{
    /// <summary>A playlist could not be read this time.</summary>
    void PlaylistFailed(string reason);

    /// <summary>The bytes of a segment cannot be had.</summary>
    void SegmentLost(long number, string address, string why);
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
/// Follows a media playlist: what is new goes into the index, and its bytes are asked for. For now everything is recorded;
/// the index would be the same if nothing were.
/// </summary>
internal sealed class Recorder(HttpClient client, SegmentIndex index, SegmentRing ring, SegmentFetcher fetcher, IRecordingEvents events, TimeProvider clock)
{
    private const int MaxFailedLoads = 5;

    // RFC 8216 6.3.3: a client starts no nearer than three target durations to the end, which is about three segments.
    private const int StartSegmentsBack = 3;

    /// <summary>The target duration of the newest playlist.</summary>
    public TimeSpan TargetDuration { get; private set; } = TimeSpan.FromSeconds(2);

    /// <summary>Follows until the playlist ends, in one way or another.</summary>
    /// <param name="playlist">The media playlist.</param>
    /// <param name="format">What its pictures are like: where that changes, a new part begins.</param>
    /// <param name="moved">Called after each load that brought new segments.</param>
    /// <param name="ct">Ends it early.</param>
    public async Task<FollowEnd> FollowAsync(Uri playlist, string format, Action moved, CancellationToken ct)
    {
        index.SourceChanged(format);
        var failures = 0;
        var progress = clock.GetTimestamp();
        while (true)
        {
            var loaded = clock.GetTimestamp();
            var (media, end) = await LoadAsync(playlist, ct);
            if (end is { Kind: FollowEndKind.Unreadable } && ++failures < MaxFailedLoads) events.PlaylistFailed(end.Reason);
            else if (end is not null) return end;

            var changed = false;
            if (media is not null)
            {
                failures = 0;
                TargetDuration = media.TargetDuration;
                changed = Take(media);
                if (changed)
                {
                    progress = clock.GetTimestamp();
                    moved();
                }

                if (media.Ended) return new(FollowEndKind.Ended, "the stream ended");
            }

            if (clock.GetElapsedTime(progress) is var still && still >= ReloadTiming.StalledAfter(TargetDuration))
                return new(FollowEndKind.Stalled, $"no new segment for {still.TotalSeconds:0} s");
            var wait = ReloadTiming.Wait(TargetDuration, changed) - clock.GetElapsedTime(loaded);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, clock, ct);
        }
    }

    private bool Take(MediaPlaylist media)
    {
        var first = index.Seen == 0;
        var added = index.Merge(media, clock.GetUtcNow());
        for (var i = 0; i < added.Count; i++)
        {
            if (first && i < added.Count - StartSegmentsBack) ring.Lose(added[i].Number);
            else fetcher.Want(added[i]);
        }

        if (index.Oldest is { } oldest) ring.Trim(oldest.Number);
        return added.Count > 0;
    }

    private async Task<(MediaPlaylist? Media, FollowEnd? End)> LoadAsync(Uri playlist, CancellationToken ct)
    {
        var answer = await StreamHttp.GetAsync(client, playlist, PlaylistText.MaxBytes, clock, ct);
        var name = PlaylistText.ForLogs(playlist);
        if (!answer.Ok) return (null, new(answer.MayPass ? FollowEndKind.Unreadable : FollowEndKind.Gone, $"the playlist {name} {answer.Describe()}"));
        var parsed = MediaPlaylistParser.Parse(answer.Body, answer.Address);
        if (parsed.Value is not { } media) return (null, new(FollowEndKind.Unreadable, $"the playlist {name} cannot be used: {parsed.Fault}"));
        return PlaylistSupport.Refusal(media) is { } refusal
            ? (null, new(FollowEndKind.Refused, $"the stream at {name} cannot be clipped: {refusal}"))
            : (media, null);
    }
}
