using System.Collections.Concurrent;

namespace StreamClips.Grpc.Tests.Pairs;

/// <summary>What the server knows of the calls that were told to wait, by the text of their request.</summary>
public sealed class WaitingCalls
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _began = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _ended = new();

    public void SayBegan(string text) => Of(_began, text).TrySetResult();

    public void SayEnded(string text) => Of(_ended, text).TrySetResult();

    /// <summary>Waits until the request has arrived.</summary>
    public Task BeganAsync(string text) => WithinAsync(Of(_began, text).Task, $"the waiting request {text} did not reach the server");

    /// <summary>Whether the request has arrived, or does so within 5 s.</summary>
    public async Task<bool> BeganSoonAsync(string text)
    {
        var began = Of(_began, text).Task;
        return await Task.WhenAny(began, Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System)) == began;
    }

    /// <summary>Waits until the server has noticed that the call ended.</summary>
    public Task EndedAsync(string text) => WithinAsync(Of(_ended, text).Task, $"the server did not notice the end of the call {text}");

    private static async Task WithinAsync(Task task, string complaint)
    {
        try
        {
            await task.WaitAsync(Patience, TimeProvider.System);
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"Within {Patience.TotalSeconds} s {complaint}.", error);
        }
    }

    private static TaskCompletionSource Of(ConcurrentDictionary<string, TaskCompletionSource> calls, string text) =>
        calls.GetOrAdd(text, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
