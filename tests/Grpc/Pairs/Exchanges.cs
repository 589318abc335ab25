using Grpc.Core;
using StreamClips.Grpc.Tests.Protocol;

namespace StreamClips.Grpc.Tests.Pairs;

/// <summary>The four call objects of the client library as one.</summary>
internal interface IExchange : IDisposable
{
    Task<Metadata> HeadersAsync { get; }

    Status Status { get; }

    Metadata Trailers { get; }

    Task SendAsync(Call call, CancellationToken cancellationToken);

    Task ReceiveAsync(List<Answer> replies);
}

internal sealed class UnaryExchange(AsyncUnaryCall<Reply> call) : IExchange
{
    public Task<Metadata> HeadersAsync => call.ResponseHeadersAsync;

    public Status Status => call.GetStatus();

    public Metadata Trailers => call.GetTrailers();

    public Task SendAsync(Call _, CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task ReceiveAsync(List<Answer> replies) => replies.Add(Streaming.ToAnswer(await call));

    public void Dispose() => call.Dispose();
}

internal sealed class GatherExchange(AsyncClientStreamingCall<Request, Reply> call) : IExchange
{
    public Task<Metadata> HeadersAsync => call.ResponseHeadersAsync;

    public Status Status => call.GetStatus();

    public Metadata Trailers => call.GetTrailers();

    public Task SendAsync(Call toSend, CancellationToken cancellationToken) => Streaming.SendAsync(call.RequestStream, toSend, cancellationToken);

    public async Task ReceiveAsync(List<Answer> replies) => replies.Add(Streaming.ToAnswer(await call));

    public void Dispose() => call.Dispose();
}

internal sealed class ScatterExchange(AsyncServerStreamingCall<Reply> call) : IExchange
{
    public Task<Metadata> HeadersAsync => call.ResponseHeadersAsync;

    public Status Status => call.GetStatus();

    public Metadata Trailers => call.GetTrailers();

    public Task SendAsync(Call _, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ReceiveAsync(List<Answer> replies) => Streaming.ReceiveAsync(call.ResponseStream, replies);

    public void Dispose() => call.Dispose();
}

internal sealed class TalkExchange(AsyncDuplexStreamingCall<Request, Reply> call) : IExchange
{
    public Task<Metadata> HeadersAsync => call.ResponseHeadersAsync;

    public Status Status => call.GetStatus();

    public Metadata Trailers => call.GetTrailers();

    public Task SendAsync(Call toSend, CancellationToken cancellationToken) => Streaming.SendAsync(call.RequestStream, toSend, cancellationToken);

    public Task ReceiveAsync(List<Answer> replies) => Streaming.ReceiveAsync(call.ResponseStream, replies);

    public void Dispose() => call.Dispose();
}

internal static class Streaming
{
    public static Answer ToAnswer(Reply reply) => new(reply.Text, reply.Number, reply.Payload.Length, reply.ReceivedPayloadBytes);

    public static async Task SendAsync(IClientStreamWriter<Request> requests, Call call, CancellationToken cancellationToken)
    {
        foreach (var message in call.Requests)
            await requests.WriteAsync(OurClient.ToRequest(message), cancellationToken);
        if (call.Ends)
            await requests.CompleteAsync();
    }

    public static async Task ReceiveAsync(IAsyncStreamReader<Reply> responses, List<Answer> replies)
    {
        await foreach (var reply in responses.ReadAllAsync())
            replies.Add(ToAnswer(reply));
    }
}
