using System.Collections.Concurrent;

namespace StreamClips.Grpc.Tests.Pairs;

/// <summary>What the server knows of the calls that were told to wait, by the text of their request.</summary>
public sealed class WaitingCalls
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _began = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _ended = new();

    public void SayBegan(string text) => Of(_began, text).TrySetResult();

    public void SayEnded(string text) => Of(_ended, text).TrySetResult();

    /// <summary>Waits until the request has arrived.</summary>
    public Task BeganAsync(string text) => WithinAsync(Of(_began, text).Task, $"the waiting request {text} did not reach the server");

    /// <summary>Waits until the server has noticed that the call ended.</summary>
    public Task EndedAsync(string text) => WithinAsync(Of(_ended, text).Task, $"the server did not notice the end of the call {text}");

    private static async Task WithinAsync(Task task, string complaint)
    {
        try
        {
            await task.WaitAsync(TimeSpan.FromSeconds(15), TimeProvider.System);
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"Within 15 s {complaint}.", error);
        }
    }

    private static TaskCompletionSource Of(ConcurrentDictionary<string, TaskCompletionSource> calls, string text) =>
        calls.GetOrAdd(text, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
