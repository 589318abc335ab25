using System.Security.Cryptography;
using StreamClips.ControlPlane.Database;

namespace StreamClips.ControlPlane.Leadership;

/// <summary>
/// Whether this replica leads, and the one way to do what only a leader may: <see cref="RunAsync"/>. Everything that is written to the
/// database in there is checked against the term in its own transaction; nothing else has to be done for that.
/// </summary>
public sealed class Leader
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _begins = Fresh();
    private Term? _newest;

    /// <summary>The name of this replica, of this run of the program.</summary>
    public string Replica { get; } = $"replica-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";

    /// <summary>The term in which this replica leads; null while it does not.</summary>
    public Term? Current
    {
        get
        {
            lock (_lock) return _newest is { Over.IsCancellationRequested: false } term ? term : null;
        }
    }

    /// <summary>
    /// Runs a loop whenever this replica leads: begins it with each term, and cancels it with the term's end. A loop that returns is not
    /// begun again in the same term.
    /// </summary>
    /// <param name="work">The loop. Its token ends with the term, too; a write that comes later throws <see cref="TermOverException"/>.</param>
    /// <param name="stopping">Ends it for good.</param>
    /// <exception cref="OperationCanceledException">It is stopping.</exception>
    public async Task RunAsync(Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        while (true)
        {
            var term = await NextAsync(stopping);
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(stopping, term.Over);
            try
            {
                await FencedAsync(term, work, ends.Token);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ends.Token);
            }
            catch (Exception) when (term.Over.IsCancellationRequested && !stopping.IsCancellationRequested)
            {
                // Whatever it was in the middle of was not done, or is done by who leads now.
            }
        }
    }

    /// <summary>Runs something once in a term, each of its transactions fenced.</summary>
    /// <exception cref="TermOverException">The term was over before a commit; what that transaction did is undone.</exception>
    public static async Task FencedAsync(Term term, Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        Fencing.By((connection, ct) => LeaseStore.FenceAsync(connection, term, ct));
        await work(cancellation);
    }

    /// <summary>This replica leads from now on.</summary>
    internal void Begin(Term term)
    {
        TaskCompletionSource begins;
        lock (_lock) (_newest, begins, _begins) = (term, _begins, Fresh());
        begins.SetResult();
    }

    private async Task<Term> NextAsync(CancellationToken stopping)
    {
        while (true)
        {
            Task begins;
            lock (_lock)
            {
                if (Current is { } term) return term;
                begins = _begins.Task;
            }

            await begins.WaitAsync(stopping);
        }
    }

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
