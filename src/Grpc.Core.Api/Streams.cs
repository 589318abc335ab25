namespace Grpc.Core;

/// <summary>Messages that arrive one after the other.</summary>
/// <typeparam name="T">The message.</typeparam>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that the last successful <see cref="MoveNext"/> read.</summary>
    T Current { get; }

    /// <summary>Waits for the next message; false at the end of the stream. One call at a time.</summary>
    /// <param name="cancellationToken">Gives up the wait, and on a client the whole call.</param>
    /// <exception cref="RpcException">The call failed (client side).</exception>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}

/// <summary>Messages that are sent one after the other.</summary>
/// <typeparam name="T">The message.</typeparam>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>Options of the writes to come.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Sends a message; waits while the far side's window is full. One call at a time.</summary>
    /// <param name="message">The message.</param>
    Task WriteAsync(T message);

    /// <summary>Sends a message, with a way out.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Gives up the write, and with it the call.</param>
    /// <exception cref="NotSupportedException">The stream cannot give up a write, and the token could ask it to.</exception>
    Task WriteAsync(T message, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled
            ? throw new NotSupportedException($"{GetType()} cannot cancel a write.")
            : WriteAsync(message);
}

/// <summary>The requests of a streaming call.</summary>
/// <typeparam name="T">The message.</typeparam>
public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Says that no more requests follow.</summary>
    Task CompleteAsync();
}

/// <summary>The responses of a streaming call. It ends when the service method returns.</summary>
/// <typeparam name="T">The message.</typeparam>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>
{
}
