using StreamClips.ClipWorker.Recording;

namespace StreamClips.ClipWorker.Clips;

/// <summary>
/// Cuts a clip while its segments still come: what is held goes into ffmpeg at once, so that only the last one is left to be cut
/// when it is there. It counts only where the plan that is made in the end is of the very segments that it took; where
/// anything else happened it is thrown away, and the clip is cut as if this had never been.
/// </summary>
internal sealed class CutAhead : IAsyncDisposable
{
    // Longer than any clip waits for its window.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly SegmentFeed _feed;
    private readonly ClipCutter _cutter;
    private readonly CancellationTokenSource _end;
    private readonly TaskCompletionSource<ClipPlan> _plan = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<Parsed<CutVideo>?> _cut;
    private bool _used;

    private CutAhead(SegmentFeed feed, ClipCutter cutter, string file, TimeProvider clock)
    {
        (_feed, _cutter, File, _end) = (feed, cutter, file, new(Longest, clock));
        _cut = CutAsync();
    }

    /// <summary>The file that it writes.</summary>
    public string File { get; }

    /// <summary>Begins; returns soon.</summary>
    /// <param name="feed">The clip's segments.</param>
    /// <param name="cutter">Cuts.</param>
    /// <param name="file">The file to write.</param>
    /// <param name="clock">The time.</param>
    public static CutAhead Begin(SegmentFeed feed, ClipCutter cutter, string file, TimeProvider clock) => new(feed, cutter, file, clock);

    /// <summary>Cuts the rest. To be called once.</summary>
    /// <param name="plan">What the clip is made of.</param>
    /// <param name="ct">Ends it, and ffmpeg.</param>
    /// <returns>The clip, or why cutting failed; null where it has to be cut from its beginning. Nobody writes the file any more.</returns>
    public async Task<Parsed<CutVideo>?> FinishAsync(ClipPlan plan, CancellationToken ct)
    {
        await using var stopping = ct.Register(_end.Cancel);
        // Before the feed ends: what ends with it asks for the plan.
        _plan.TrySetResult(plan);
        if (!_feed.Finish(plan))
        {
            await _end.CancelAsync();
            await _cut;
            ct.ThrowIfCancellationRequested();
            return null;
        }

        _end.CancelAfter(_cutter.Limits.Cut);
        var cut = await _cut;
        ct.ThrowIfCancellationRequested();
        _used = cut?.Value is not null;
        return cut;
    }

    /// <summary>Ends it, and ffmpeg; removes its file where that is not the clip.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _cut;
        _end.Dispose();
        if (_used) return;
        try
        {
            System.IO.File.Delete(File);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start removes it.
        }
    }

    /// <returns>Null where it could not begin. Never throws.</returns>
    private async Task<Parsed<CutVideo>?> CutAsync()
    {
        try
        {
            return await _feed.FirstAsync(_end.Token) is { } first ? await _cutter.CutAheadAsync(first, _feed, _plan.Task, File, _end.Token) : null;
        }
        catch (OperationCanceledException)
        {
            return Parsed<CutVideo>.Failed($"ffmpeg was killed: it was not done within {_cutter.Limits.Cut.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Parsed<CutVideo>.Failed($"a file cannot be read or written: {e.Message}");
        }
    }
}
