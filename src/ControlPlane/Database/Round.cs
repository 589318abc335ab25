namespace StreamClips.ControlPlane.Database;

/// <summary>One round of a loop that goes on, whatever happens in it.</summary>
public static class Round
{
    /// <summary>Does the work of it.</summary>
    /// <param name="work">The work, which the next round begins anew.</param>
    /// <param name="waits">Is told why where the database is away.</param>
    /// <param name="failed">Is told of any other fault.</param>
    /// <param name="stopping">Ends the loop.</param>
    /// <exception cref="OperationCanceledException">The loop ends.</exception>
    public static async Task DoAsync(Func<CancellationToken, Task> work, Action<string> waits, Action<Exception> failed, CancellationToken stopping)
    {
        try
        {
            await work(stopping);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested && DatabaseFault.IsUnavailable(e))
        {
            waits(DatabaseFault.Describe(e));
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            failed(e);
        }
    }
}
