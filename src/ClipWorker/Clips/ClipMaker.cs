using StreamClips.ClipWorker.Clips.Renditions;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Workers;

namespace StreamClips.ClipWorker.Clips;

/// <summary>
/// Makes the requested clips, one after the other: waits until the window is recorded, plans, cuts, checks, and writes the
/// sidecar last. What cannot be made is an error in the journal.
/// </summary>
internal sealed class ClipMaker(WorkerSpec spec, SegmentIndex index, SegmentRing ring, ClipCutter cutter, ClipFolder folder, ClipNaming naming, RenditionMaker renditions, IWorkerReport report, WorkerEvents events, StatusBoard board, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FetchAllowance = TimeSpan.FromSeconds(10);

    private readonly ClipQueue _waiting = new(TimeSpan.FromSeconds(Math.Max(spec.Settings.MaxClipDuration, spec.Settings.ClipDuration)));
    private readonly CancellationTokenSource _hurry = new();
    private volatile bool _streamOver;
    private int _made;

    /// <summary>Clips made since the start.</summary>
    public int Made => Volatile.Read(ref _made);

    /// <summary>Whether no more segments are to be expected: then a clip is made of what there is.</summary>
    public bool StreamOver
    {
        get => _streamOver;
        set => _streamOver = value;
    }

    /// <summary>Asks for a clip.</summary>
    /// <returns>The clip that will show it: its own, or one that waits and is lengthened.</returns>
    public Guid Want(ClipRequest request)
    {
        if (_waiting.Add(request) is { } clip) return clip;
        events.ClipFailed(request.ClipId, $"{ClipQueue.MaxWaiting} clips are waiting to be cut: the machine is too slow");
        return request.ClipId;
    }

    /// <summary>No more requests come: <see cref="RunAsync"/> ends when those that wait are made.</summary>
    /// <param name="hurry">Whether they are made of what is there, without waiting for more.</param>
    public void Complete(bool hurry)
    {
        _waiting.Complete();
        if (hurry) _hurry.Cancel();
    }

    /// <summary>Makes clips until <see cref="Complete"/>.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (await _waiting.FirstAsync(ct) is { } request)
        {
            board.ShowCutting(true);
            await WaitForWindowAsync(request, ct);
            if (!_waiting.TryTake(request)) continue;
            var name = "";
            try
            {
                name = naming.Of(request);
                if (await MakeAsync(request, name, ct) is { } fault)
                {
                    events.ClipFailed(request.ClipId, fault);
                    folder.Abandon(name);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                events.ClipFailed(request.ClipId, $"a file cannot be written: {e.Message}");
                if (name.Length > 0) folder.Abandon(name);
            }
            finally
            {
                if (_waiting.IsEmpty) board.ShowCutting(false);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hurry.Dispose();
        _waiting.Dispose();
    }

    /// <returns>Why there is no clip, or null.</returns>
    private async Task<string?> MakeAsync(ClipRequest request, string name, CancellationToken ct)
    {
        if (index.Newest is not { } newest) return "no video was seen yet";
        var source = ClipWindow.SourceOf(newest, PlatformNow(request));
        var window = request.Surge;
        if (ClipWindow.Choose(ClipWindow.Timed(index.Snapshot(), source, request.ClockAhead), ring.Holds, window.Start, window.End, window.Peak) is not { } plan)
            return $"nothing of {window.Start:HH:mm:ss} to {window.End:HH:mm:ss} UTC is recorded";

        // The poster is of the peak's own segment, so both are made at once.
        var picturing = cutter.PosterAsync(plan, window.Peak, folder.PartOf(name, "jpg"), ct);
        var cut = await CutTwiceAsync(request, plan, folder.PartOf(name, "mp4"), ct);
        var noPoster = await picturing;
        if (cut.Value is not { } video) return cut.Fault;
        if (noPoster is not null) events.PosterFailed(name, noPoster);

        List<ClipFile> files = [await folder.FinishAsync("video", name, "mp4", ct)];
        if (noPoster is null) files.Add(await folder.FinishAsync("poster", name, "jpg", ct));
        var sidecar = SidecarOf.Clip(spec, request, plan, source, video, files);
        renditions.Prepare(request, name, sidecar.Path, video.Probe, folder.PathOf(name, "mp4"));
        await folder.FinishAsync(name, sidecar, ct);
        renditions.Wake();
        Interlocked.Increment(ref _made);
        report.Append(new ClipEntry { At = clock.GetUtcNow(), ClipId = request.ClipId, Name = name, DurationS = video.Probe.DurationS, Score = window.Score });
        events.ClipSaved(name, video.Probe.DurationS, sidecar.LostS, clock.GetElapsedTime(request.DecidedAt).TotalSeconds);
        return null;
    }

    /// <summary>Waits until the video of the window is there, or cannot come any more, or its time is over.</summary>
    private async Task WaitForWindowAsync(ClipRequest request, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        TimeSpan? patience = null;
        while (!_hurry.IsCancellationRequested)
        {
            if (index.Newest is { } newest)
            {
                var source = ClipWindow.SourceOf(newest, PlatformNow(request));
                var timed = ClipWindow.Timed(index.Snapshot(), source, request.ClockAhead);
                var edge = timed.Count == 0 ? DateTimeOffset.MinValue : timed[^1].End;
                var delay = request.Surge.End - edge;
                patience ??= 3 * newest.Duration + FetchAllowance + (delay < TimeSpan.Zero ? TimeSpan.Zero : delay > MaxDelay ? MaxDelay : delay);
                var settled = timed.All(s => s.End <= request.Surge.Start || s.Start >= request.Surge.End || ring.Settled(s.Segment.Number));
                if (settled && (edge >= request.Surge.End || StreamOver)) return;
            }

            if (clock.GetElapsedTime(began) >= (patience ?? FetchAllowance)) return;
            await Task.Delay(Look, clock, ct);
        }
    }

    private DateTimeOffset PlatformNow(ClipRequest request) => clock.GetUtcNow() + request.ClockAhead;

    /// <summary>Cuts, and once more where that failed: a tool that hung or was killed mostly does better the next time.</summary>
    private async Task<Parsed<CutVideo>> CutTwiceAsync(ClipRequest request, ClipPlan plan, string file, CancellationToken ct)
    {
        var cut = await cutter.CutAsync(plan, file, spec.Settings.Exact, ct);
        if (cut.Fault is null) return cut;
        events.CutAgain(request.ClipId, cut.Fault);
        return await cutter.CutAsync(plan, file, spec.Settings.Exact, ct);
    }
}
