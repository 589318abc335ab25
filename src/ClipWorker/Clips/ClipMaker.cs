using StreamClips.ClipWorker.Clips.Renditions;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;

namespace StreamClips.ClipWorker.Clips;

/// <summary>
/// Makes the requested clips, one after the other: waits until the window is recorded, plans, cuts, checks, and writes the
/// sidecar last. What cannot be made is an error in the journal.
/// </summary>
internal sealed class ClipMaker(CurrentSpec spec, ChannelRecording recording, ClipCutter cutter, ClipFolder folder, ClipNaming naming, RenditionMaker renditions, IWorkerReport report, WorkerEvents events, StatusBoard board, TimeProvider clock) : IDisposable
{
    // The ring holds a clip's segments for a minute after their time; who makes room does so within that, or not at all.
    private static readonly TimeSpan RoomPatience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RoomPause = TimeSpan.FromSeconds(5);

    private readonly ClipQueue _waiting = new(TimeSpan.FromSeconds(Math.Max(spec.Now.Settings.MaxClipDuration, spec.Now.Settings.ClipDuration)));
    private readonly Pulse _changed = new();
    private readonly WindowWait _wait = new(recording, clock);
    private readonly ClipPlanner _planner = new(recording, clock);
    private volatile bool _hurry;
    private volatile bool _making;
    private volatile bool _streamOver;
    private int _made;

    /// <summary>Called when a clip is made, or given up.</summary>
    public Action<Guid>? Settled { get; init; }

    /// <summary>Clips made since the start.</summary>
    public int Made => Volatile.Read(ref _made);

    /// <summary>Whether no more segments are to be expected: then a clip is made of what there is.</summary>
    public bool StreamOver
    {
        get => _streamOver;
        set
        {
            _streamOver = value;
            _changed.Beat();
        }
    }

    /// <summary>Asks for a clip.</summary>
    /// <returns>The clip that will show it: its own, or one that waits and is lengthened.</returns>
    public Guid Want(ClipRequest request)
    {
        // The oldest segments may be about to die: they do not wait until the clips before this one are made.
        _wait.Ask(request);
        if (_waiting.Add(request) is { } clip) return clip;
        events.ClipFailed(request.ClipId, $"{ClipQueue.MaxWaiting} clips are waiting to be cut: the machine is too slow");
        return request.ClipId;
    }

    /// <summary>Whether a clip is being made or waits.</summary>
    public bool IsBusy => _making || AnyWait;

    /// <summary>Whether clips wait for video.</summary>
    public bool AnyWait => !_waiting.IsEmpty;

    /// <summary>Asks for what came by now of the windows of all clips that wait: by the time that they are first it may be gone. Returns at once.</summary>
    public void Moved()
    {
        foreach (var request in _waiting.Snapshot()) _wait.Ask(request);
    }

    /// <summary>No more requests come: <see cref="RunAsync"/> ends when those that wait are made.</summary>
    /// <param name="hurry">Whether they are made of what is there, without waiting for more.</param>
    public void Complete(bool hurry)
    {
        _waiting.Complete();
        if (!hurry) return;
        _hurry = true;
        _changed.Beat();
    }

    /// <summary>Makes clips until <see cref="Complete"/>.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (await _waiting.FirstAsync(ct) is { } request)
        {
            _making = true;
            board.ShowCutting(true);
            await using var ahead = BeginAhead(request);
            await _wait.WaitAsync(request, () => _streamOver, () => _hurry, () => _changed.Next, ct);
            if (!_waiting.TryTake(request)) continue;
            try
            {
                await MakeOrGiveUpAsync(request, ahead, ct);
            }
            finally
            {
                _making = !_waiting.IsEmpty;
                if (!_making) board.ShowCutting(false);
            }
        }
    }

    /// <summary>Makes a clip; where there is no room for it, again and again as long as its segments are held.</summary>
    private async Task MakeOrGiveUpAsync(ClipRequest request, CutAhead? ahead, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        var told = false;
        while (true)
        {
            var fault = await TryAsync(request, ahead, ct);
            if (fault is null) break;
            var noRoom = DiskSpace.IsMeant(fault);
            if (!noRoom || _hurry || clock.GetElapsedTime(began) > RoomPatience)
            {
                events.ClipFailed(request.ClipId, fault);
                // The next start may find room.
                if (noRoom) return;
                break;
            }

            if (!told) events.ClipHasNoRoom(request.ClipId, fault, RoomPause, RoomPatience);
            (told, ahead) = (true, null);
            await Pulse.WaitAsync(_changed.Next, RoomPause, clock, ct);
        }

        Settled?.Invoke(request.ClipId);
    }

    /// <returns>Why there is no clip, and nothing of it; null: there is one.</returns>
    private async Task<string?> TryAsync(ClipRequest request, CutAhead? ahead, CancellationToken ct)
    {
        var name = "";
        try
        {
            name = naming.Of(request);
            // Somebody else's clip may have taken the name since.
            if (ahead is not null && ahead.File != folder.PartOf(name, "mp4")) ahead = null;
            var fault = await MakeAsync(request, name, ahead, ct);
            if (fault is not null) Abandon(request, name);
            return fault;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Abandon(request, name);
            return $"a file cannot be written: {e.Message}";
        }
        catch (OperationCanceledException)
        {
            // Stopped while it was cut: the next start makes it, and nobody else removes what lies there.
            Abandon(request, name);
            throw;
        }
    }

    private void Abandon(ClipRequest request, string name)
    {
        if (name.Length == 0) return;
        folder.Abandon(name);
        renditions.Withdraw(request.ClipId);
    }

    /// <inheritdoc/>
    public void Dispose() => _waiting.Dispose();

    /// <returns>Null where the clip has to be cut once all of it is there.</returns>
    private CutAhead? BeginAhead(ClipRequest request)
    {
        if (spec.Now.Settings.Exact) return null;
        try
        {
            return CutAhead.Begin(_wait.Feed(request), cutter, folder.PartOf(naming.Of(request), "mp4"), clock);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It will be said when the clip is cut.
            return null;
        }
    }

    /// <returns>Why there is no clip, or null.</returns>
    private async Task<string?> MakeAsync(ClipRequest request, string name, CutAhead? ahead, CancellationToken ct)
    {
        if (recording.Pictures.Index.Newest is null) return "no video was seen yet";
        var window = request.Surge;
        if (await _planner.PlanAsync(request, () => _hurry, () => _changed.Next, ct) is not var (plan, source))
            return $"nothing of {window.Start:HH:mm:ss} to {window.End:HH:mm:ss} UTC is recorded";

        // The poster is of the peak's own segment, so both are made at once.
        var picturing = PictureAsync(plan, window.Peak, folder.PartOf(name, "jpg"), ct);
        Parsed<CutVideo> cut;
        string? noPoster;
        try
        {
            (plan, cut) = await CutTwiceAsync(request, plan, ahead, folder.PartOf(name, "mp4"), ct);
        }
        finally
        {
            // It must not write any more when its files are removed.
            noPoster = await picturing;
        }

        if (cut.Value is not { } video) return cut.Fault;
        if (noPoster is not null) events.PosterFailed(name, noPoster);

        List<ClipFile> files = [await folder.FinishAsync("video", name, "mp4", ct)];
        if (noPoster is null) files.Add(await folder.FinishAsync("poster", name, "jpg", ct));
        var sidecar = SidecarOf.Clip(spec.Now, request, plan, source, video, files);
        renditions.Prepare(request, name, sidecar.Path, video.Probe, folder.PathOf(name, "mp4"));
        await folder.FinishAsync(name, sidecar, ct);
        renditions.Wake();
        Interlocked.Increment(ref _made);
        report.Append(new ClipEntry { At = clock.GetUtcNow(), ClipId = request.ClipId, Name = name, DurationS = video.Probe.DurationS, Score = window.Score });
        events.ClipSaved(name, video.Probe.DurationS, sidecar.LostS, clock.GetElapsedTime(request.DecidedAt).TotalSeconds);
        return null;
    }

    /// <summary>Makes the poster. What goes wrong with it costs the poster alone.</summary>
    /// <returns>Why there is none, or null.</returns>
    private async Task<string?> PictureAsync(ClipPlan plan, DateTimeOffset peak, string file, CancellationToken ct)
    {
        try
        {
            return await cutter.PosterAsync(plan, peak, file, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"a file cannot be read or written: {e.Message}";
        }
        catch (OperationCanceledException)
        {
            return "the worker was stopped";
        }
    }

    /// <summary>
    /// Cuts, and once more where that failed: a tool that hung or was killed mostly does better the next time, and where time stamps
    /// leap the clip is what lies between the leaps. What was cut ahead is none of the two: it waited for minutes.
    /// </summary>
    private async Task<(ClipPlan Plan, Parsed<CutVideo> Cut)> CutTwiceAsync(ClipRequest request, ClipPlan plan, CutAhead? ahead, string file, CancellationToken ct)
    {
        var early = ahead is null ? null : await ahead.FinishAsync(plan, ct);
        if (early is { Fault: null } whole) return (plan, whole);
        if (early is { Fault: { } why }) events.CutAgain(request.ClipId, why);
        var exact = spec.Now.Settings.Exact;
        var cut = await cutter.CutAsync(plan, file, exact, ct);
        if (cut.Fault is null) return (plan, cut);
        events.CutAgain(request.ClipId, cut.Fault);
        if (await cutter.LeapsAsync(plan, ct) is { Count: > 0 } leaps) plan = _planner.Plan(request, leaps)?.Plan ?? plan;
        return (plan, await cutter.CutAsync(plan, file, exact, ct));
    }
}
