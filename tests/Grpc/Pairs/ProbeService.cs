using Google.Protobuf;
using Grpc.Core;
using StreamClips.Grpc.Tests.Protocol;

namespace StreamClips.Grpc.Tests.Pairs;

/// <summary>The probe service on our server library; foreign/server.js is its twin.</summary>
public sealed class ProbeService(WaitingCalls waiting) : Probe.ProbeBase
{
    public override async Task<Reply> Ask(Request request, ServerCallContext context)
    {
        await BeginAsync(context);
        await FollowAsync(request, context);
        return Answer(request, request.Text, number: 0, request.Payload.Length);
    }

    public override async Task<Reply> Gather(IAsyncStreamReader<Request> requestStream, ServerCallContext context)
    {
        await BeginAsync(context);
        var texts = new List<string>();
        var last = new Request();
        var received = 0;
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await FollowAsync(request, context);
            texts.Add(request.Text);
            received += request.Payload.Length;
            last = request;
        }

        return Answer(last, string.Join(',', texts), texts.Count, received);
    }

    public override async Task Scatter(Request request, IServerStreamWriter<Reply> responseStream, ServerCallContext context)
    {
        await BeginAsync(context);
        for (var number = 1; number <= request.Replies; number++)
            await responseStream.WriteAsync(Answer(request, request.Text, number, request.Payload.Length), context.CancellationToken);
        await FollowAsync(request, context);
    }

    public override async Task Talk(
        IAsyncStreamReader<Request> requestStream,
        IServerStreamWriter<Reply> responseStream,
        ServerCallContext context)
    {
        await BeginAsync(context);
        var number = 0;
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await FollowAsync(request, context);
            await responseStream.WriteAsync(Answer(request, request.Text, ++number, request.Payload.Length));
        }
    }

    private static async Task BeginAsync(ServerCallContext context)
    {
        var headers = new Metadata();
        foreach (var entry in context.RequestHeaders.Where(e => e.Key.StartsWith("probe-", StringComparison.Ordinal)))
        {
            headers.Add(entry);
            context.ResponseTrailers.Add(entry.IsBinary
                ? new Metadata.Entry($"trailer-{entry.Key}", entry.ValueBytes)
                : new Metadata.Entry($"trailer-{entry.Key}", entry.Value));
        }

        await context.WriteResponseHeadersAsync(headers);
    }

    private static Reply Answer(Request request, string text, int number, int received) => new()
    {
        Text = text,
        Number = number,
        Payload = UnsafeByteOperations.UnsafeWrap(new byte[request.ReplyPayloadBytes]),
        ReceivedPayloadBytes = received,
    };

    private async Task FollowAsync(Request request, ServerCallContext context)
    {
        if (request.Wait)
            await WaitAsync(request, context);
        if (request.Failure is not { } failure)
            return;
        if (!failure.StatusDetails.IsEmpty)
            context.ResponseTrailers.Add("grpc-status-details-bin", failure.StatusDetails.ToByteArray());
        throw new RpcException(new Status((StatusCode)failure.Code, failure.Detail));
    }

    private async Task WaitAsync(Request request, ServerCallContext context)
    {
        waiting.SayBegan(request.Text);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
        }
        finally
        {
            waiting.SayEnded(request.Text);
        }
    }
}
