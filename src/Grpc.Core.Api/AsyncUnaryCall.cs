using System.Runtime.CompilerServices;

namespace Grpc.Core;

/// <summary>A call of one request and one response, under way.</summary>
/// <typeparam name="TResponse">The response message.</typeparam>
public sealed class AsyncUnaryCall<TResponse> : IDisposable
{
    private readonly CallState _call;

    /// <summary>A call wrapped by an interceptor.</summary>
    /// <param name="responseAsync">The response, once it is there.</param>
    /// <param name="responseHeadersAsync">The response headers.</param>
    /// <param name="getStatusFunc">Asks for the outcome.</param>
    /// <param name="getTrailersFunc">Asks for the trailers.</param>
    /// <param name="disposeAction">Ends the call.</param>
    public AsyncUnaryCall(
        Task<TResponse> responseAsync,
        Task<Metadata> responseHeadersAsync,
        Func<Status> getStatusFunc,
        Func<Metadata> getTrailersFunc,
        Action disposeAction)
    {
        ResponseAsync = responseAsync;
        _call = new CallState(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction);
    }

    /// <summary>A call made by the client library.</summary>
    /// <param name="responseAsync">The response, once it is there.</param>
    /// <param name="responseHeadersAsync">Asks the state for the response headers.</param>
    /// <param name="getStatusFunc">Asks the state for the outcome.</param>
    /// <param name="getTrailersFunc">Asks the state for the trailers.</param>
    /// <param name="disposeAction">Ends the call of the state.</param>
    /// <param name="state">The call behind this object.</param>
    public AsyncUnaryCall(
        Task<TResponse> responseAsync,
        Func<object, Task<Metadata>> responseHeadersAsync,
        Func<object, Status> getStatusFunc,
        Func<object, Metadata> getTrailersFunc,
        Action<object> disposeAction,
        object state)
    {
        ResponseAsync = responseAsync;
        _call = new CallState(responseHeadersAsync, getStatusFunc, getTrailersFunc, disposeAction, state);
    }

    /// <summary>The response, once it is there.</summary>
    public Task<TResponse> ResponseAsync { get; }

    /// <summary>The response headers, once they are there.</summary>
    public Task<Metadata> ResponseHeadersAsync => _call.ResponseHeadersAsync();

    /// <summary>The outcome.</summary>
    /// <exception cref="InvalidOperationException">The call has not ended.</exception>
    public Status GetStatus() => _call.GetStatus();

    /// <summary>The trailers.</summary>
    /// <exception cref="InvalidOperationException">The call has not ended.</exception>
    public Metadata GetTrailers() => _call.GetTrailers();

    /// <summary>Cancels the call unless it has ended, and lets go of what it held.</summary>
    public void Dispose() => _call.Dispose();

    /// <summary>Lets <c>await</c> give the response.</summary>
    public TaskAwaiter<TResponse> GetAwaiter() => ResponseAsync.GetAwaiter();

    /// <summary>Lets <c>await</c> give the response, with or without the caller's context.</summary>
    /// <param name="continueOnCapturedContext">Whether to go back to the caller's context.</param>
    public ConfiguredTaskAwaitable<TResponse> ConfigureAwait(bool continueOnCapturedContext) =>
        ResponseAsync.ConfigureAwait(continueOnCapturedContext);
}
