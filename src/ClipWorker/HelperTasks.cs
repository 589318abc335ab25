namespace StreamClips.ClipWorker;

/// <summary>The tasks that a session runs beside the one that follows the channel.</summary>
internal static class HelperTasks
{
    /// <summary>Waits for the main task, or the first helper that fails.</summary>
    /// <param name="main">Ends with why the session failed, or null.</param>
    /// <param name="helpers">One that ends without a fault is done, and the others may still fail.</param>
    /// <param name="stop">From then on the helpers' ends are of no interest.</param>
    /// <returns>Why it failed; null where the stream ended or it was stopped. A helper's bug ends the session as an exception.</returns>
    public static async Task<string?> FirstFaultOrEndAsync(Task<string?> main, IReadOnlyList<Task> helpers, CancellationToken stop)
    {
        var running = new List<Task>(helpers);
        while (await Task.WhenAny([main, .. running]) is var first && first != main && !stop.IsCancellationRequested)
        {
            await first;
            running.Remove(first);
        }

        try
        {
            return await main;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }
}
