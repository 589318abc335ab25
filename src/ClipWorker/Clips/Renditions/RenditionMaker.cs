using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Workers;

namespace StreamClips.ClipWorker.Clips.Renditions;

/// <summary>
/// Makes what is wanted of saved clips, at the lowest priority, and vertical videos one at a time on a node: who holds the node's
/// lock makes one. It never holds up a clip or the worker's end: what is not made then waits in its queue for the next start.
/// </summary>
internal sealed class RenditionMaker(
    CurrentSpec spec, RenditionQueue queue, ClipFolder folder, string lockFile, RenditionTool tool, WorkerEvents events, TimeProvider clock) : IDisposable
{
    private const int MaxTries = 3;

    // EWOULDBLOCK of Linux, which .NET gives for a file that is locked.
    private const int WouldBlock = 11;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan GiveWay = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan AfterFault = TimeSpan.FromMinutes(1);
    private readonly Pulse _changed = new();
    private readonly CancellationTokenSource _ending = new();
    private volatile bool _previewsOver;

    /// <summary>Whether there is no room for vertical videos just now: they wait, as long as the worker is not at its end.</summary>
    public Func<bool> Paused { get; init; } = () => false;

    /// <summary>Takes note of a clip whose sidecar is about to be written. What fails here is the rendition's, never the clip's.</summary>
    public void Prepare(ClipRequest request, string name, string path, MediaProbe probe, string video)
    {
        IReadOnlyList<string> kinds = spec.Now.Settings.Vertical ? [RenditionKind.Preview, RenditionKind.Vertical] : [RenditionKind.Preview];
        var job = new RenditionJob { ClipId = request.ClipId, Name = name, ClipPath = path, Kinds = kinds, DurationS = probe.DurationS, Width = probe.Width, Height = probe.Height };
        try
        {
            if (!queue.Add(job, video)) events.RenditionFailed(name, $"{RenditionQueue.MaxJobs} clips wait for theirs: the machine is too slow");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            events.RenditionFailed(name, $"a file cannot be written: {e.Message}");
        }
    }

    /// <summary>A clip that was prepared did not come to be: nothing is made of it.</summary>
    public void Withdraw(Guid clip)
    {
        try
        {
            queue.Remove(clip);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start removes it.
        }
    }

    /// <summary>A clip that was prepared is saved.</summary>
    public void Wake() => _changed.Beat();

    /// <summary>Removes what an earlier run left that is of no use. Before the clips' own leftovers.</summary>
    public void RemoveLeftovers(ClipFolder clips)
    {
        folder.Create();
        folder.RemoveLeftovers();
        queue.RemoveVoid(clips);
    }

    /// <summary>Ends <see cref="RunAsync"/> when nothing waits any more.</summary>
    public void Complete() => _ending.Cancel();

    /// <summary>Makes renditions until it is cancelled, or complete: previews take a second, and people wait for them, so no vertical video holds them up.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, _ending.Token);
        await Task.WhenAll(PreviewsAsync(either.Token, ct), LoopAsync(() => MakeVerticalAsync(either.Token, ct), either.Token, ct));
        SayWhatIsLeft();
    }

    private async Task PreviewsAsync(CancellationToken either, CancellationToken ct)
    {
        await LoopAsync(() => MakePreviewAsync(ct), either, ct);
        _previewsOver = true;
    }

    /// <param name="makeNext">Makes one where there is one, and tells what there was.</param>
    /// <param name="either">Cancelled where nothing more comes, and with the other one.</param>
    /// <param name="ct">Ends it.</param>
    private async Task LoopAsync(Func<Task<Found>> makeNext, CancellationToken either, CancellationToken ct)
    {
        var faulty = false;
        while (!ct.IsCancellationRequested)
        {
            var changed = _changed.Next;
            try
            {
                var found = await makeNext();
                faulty = false;
                if (found == Found.Nothing && _ending.IsCancellationRequested) break;
                if (found != Found.Something) await Pulse.WaitAsync(changed, found == Found.Busy ? LookAgain : Timeout.InfiniteTimeSpan, clock, found == Found.Busy ? ct : either);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested || either.IsCancellationRequested)
            {
                // The other one may follow a moment later. Once more where only the end came: what is left is made.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Said once: a disk that is full may be so for hours.
                if (!faulty) events.RenditionsPaused(e.Message, AfterFault);
                faulty = true;
                if (_ending.IsCancellationRequested) break;
                await Task.Delay(AfterFault, clock, either).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _ending.Dispose();

    private async Task<Found> MakePreviewAsync(CancellationToken ct)
    {
        if (queue.List().FirstOrDefault(j => j.Kinds.Contains(RenditionKind.Preview)) is not { } job) return Found.Nothing;
        await MakeAsync(job, RenditionKind.Preview, ct);
        _changed.Beat(); // What is left of it is the other one's.
        return Found.Something;
    }

    /// <summary>Makes what takes minutes: one at a time on the node.</summary>
    private async Task<Found> MakeVerticalAsync(CancellationToken either, CancellationToken ct)
    {
        var jobs = queue.List();
        if (jobs.FirstOrDefault(j => !j.Kinds.Contains(RenditionKind.Preview)) is not { } job) return jobs.Count == 0 || _previewsOver ? Found.Nothing : Found.Busy;
        if ((!_ending.IsCancellationRequested && Paused()) || TryLock() is not { } held) return Found.Busy;
        await using (held) await MakeAsync(job, job.Kinds[0], ct);
        // The node's other workers look in the meantime.
        await Task.Delay(GiveWay, clock, either).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Found.Something;
    }

    private void SayWhatIsLeft()
    {
        try
        {
            if (queue.List().Count is > 0 and var left) events.RenditionsLeft(left);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            events.RenditionsPaused(e.Message, AfterFault);
        }
    }

    private async Task MakeAsync(RenditionJob job, string kind, CancellationToken ct)
    {
        // A kill may have come after it was made: the agent may be shipping it now.
        if (folder.Existed($"{job.Name}.{kind}"))
        {
            Leave(job, kind);
            return;
        }

        var begun = job with { Tries = job.Tries + 1 };
        queue.Write(begun);
        var (began, name) = (clock.GetTimestamp(), $"{job.Name}.{kind}");
        var extension = kind == RenditionKind.Vertical ? "mp4" : "jpg";
        var fault = begun.Tries > MaxTries ? $"the worker ended {MaxTries} times while it was made" : null;
        try
        {
            var made = await (fault is not null ? Task.FromResult<RenditionFacts?>(null) : TryAsync(begun, kind, name, extension, ct));
            if (made is not null) events.RenditionSaved(name, clock.GetElapsedTime(began).TotalSeconds);
            else if (fault is not null) events.RenditionFailed(name, fault);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            events.RenditionFailed(name, $"a file cannot be written: {e.Message}");
            folder.Abandon(name);
        }
        catch (OperationCanceledException)
        {
            folder.Abandon(name);
            queue.Write(job);
            throw;
        }

        Leave(job, kind);
    }

    /// <summary>Takes a kind off what is to be made.</summary>
    private void Leave(RenditionJob job, string kind)
    {
        IReadOnlyList<string> left = [.. job.Kinds.Where(k => k != kind)];
        if (left.Count == 0) queue.Remove(job.ClipId);
        else queue.Write(job with { Kinds = left, Tries = 0 });
    }

    private async Task<RenditionFacts?> TryAsync(RenditionJob job, string kind, string name, string extension, CancellationToken ct)
    {
        folder.Abandon(name);
        var made = await tool.MakeAsync(job, kind, queue.VideoOf(job), folder.PartOf(name, extension), ct);
        if (made.Value is not { } facts)
        {
            events.RenditionFailed(name, made.Fault!);
            folder.Abandon(name);
            return null;
        }

        var file = await folder.FinishAsync(kind, name, extension, ct);
        var sidecar = new RenditionSidecar
        {
            ClipId = job.ClipId, ProcessId = spec.Now.ProcessId, Kind = kind, ClipPath = job.ClipPath, Width = facts.Width, Height = facts.Height, Sprite = facts.Sprite, File = file,
        };
        await folder.FinishAsync(name, sidecar.ToJson(), ct);
        return facts;
    }

    /// <summary>Takes the node's lock, or null where another worker has it. The kernel frees that of a worker that was killed (flock).</summary>
    private FileStream? TryLock()
    {
        try
        {
            return new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            return null;
        }
    }

    private enum Found
    {
        /// <summary>One was made, or given up.</summary>
        Something,

        /// <summary>There is one that cannot be made just now.</summary>
        Busy,

        /// <summary>There is none.</summary>
        Nothing,
    }
}
