using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Workers;

namespace StreamClips.ClipWorker.Clips.Renditions;

/// <summary>
/// Makes what is wanted of saved clips, at the lowest priority and one at a time on a node: who holds the node's lock makes
/// one. It never holds up a clip or the worker's end: what is not made then waits in its queue for the next start.
/// </summary>
internal sealed class RenditionMaker(
    WorkerSpec spec, RenditionQueue queue, ClipFolder folder, string lockFile, RenditionTool tool, WorkerEvents events, TimeProvider clock) : IDisposable
{
    private const int MaxTries = 3;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterFault = TimeSpan.FromMinutes(1);
    private readonly SemaphoreSlim _added = new(0);
    private readonly CancellationTokenSource _ending = new();

    /// <summary>Takes note of a clip whose sidecar is about to be written. What fails here is the rendition's, never the clip's.</summary>
    public void Prepare(ClipRequest request, string name, string path, MediaProbe probe, string video)
    {
        IReadOnlyList<string> kinds = spec.Settings.Vertical ? [RenditionKind.Preview, RenditionKind.Vertical] : [RenditionKind.Preview];
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

    /// <summary>A clip that was prepared is saved.</summary>
    public void Wake() => _added.Release();

    /// <summary>Removes what an earlier run left that is of no use. Before the clips' own leftovers.</summary>
    public void RemoveLeftovers(ClipFolder clips)
    {
        folder.Create();
        folder.RemoveLeftovers();
        queue.RemoveVoid(clips);
    }

    /// <summary>Ends <see cref="RunAsync"/> when nothing waits any more.</summary>
    public void Complete() => _ending.Cancel();

    /// <summary>Makes renditions until it is cancelled, or complete.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, _ending.Token);
        var faulty = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                if (!await MakeNextAsync(either.Token, ct)) break;
                faulty = false;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Said once: a disk that is full may be so for hours.
                if (!faulty) events.RenditionsPaused(e.Message, AfterFault);
                faulty = true;
                if (_ending.IsCancellationRequested) break;
                await Task.Delay(AfterFault, clock, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        SayWhatIsLeft();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _added.Dispose();
        _ending.Dispose();
    }

    /// <returns>False when nothing is left to be made, and nothing more comes.</returns>
    private async Task<bool> MakeNextAsync(CancellationToken either, CancellationToken ct)
    {
        // Previews first: they take a second, and people wait for them.
        var jobs = queue.List();
        if (jobs.FirstOrDefault(j => j.Kinds.Contains(RenditionKind.Preview)) is { } quick) await MakeAsync(quick, RenditionKind.Preview, ct);
        else if (jobs is [var job, ..]) await MakeAsync(job, job.Kinds[0], ct);
        else if (_ending.IsCancellationRequested) return false;
        else await _added.WaitAsync(either).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return true;
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

        using var held = await LockAsync(ct);
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
        if (left.Count == 0) queue.Remove(job);
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
            ClipId = job.ClipId, ProcessId = spec.ProcessId, Kind = kind, ClipPath = job.ClipPath, Width = facts.Width, Height = facts.Height, Sprite = facts.Sprite, File = file,
        };
        await folder.FinishAsync(name, sidecar.ToJson(), ct);
        return facts;
    }

    /// <summary>Waits until no other worker of the node makes one. The kernel frees the lock of a worker that was killed (flock).</summary>
    private async Task<IDisposable> LockAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                return new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (Exception e) when (e is IOException and not DirectoryNotFoundException)
            {
                await Task.Delay(LookAgain, clock, ct);
            }
        }
    }
}
