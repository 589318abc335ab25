using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using StreamClips.Grpc.Tests.Protocol;

namespace StreamClips.Grpc.Tests.Pairs;

/// <summary>Grpc.Net.Client, with a channel a server.</summary>
public sealed class OurClient : IProbeClient
{
    private readonly ConcurrentDictionary<Uri, GrpcChannel> _channels = new();

    public async Task<Outcome> CallAsync(Uri server, Call call, CancellationToken cancellationToken)
    {
        var channel = _channels.GetOrAdd(server, address => GrpcChannel.ForAddress(address));
        var replies = new List<Answer>();
        var exchange = Start(channel, call, Options(call, cancellationToken));
        using var answered = new CancellationTokenSource();
        var sending = exchange.SendAsync(call, answered.Token);
        try
        {
            var trailers = await ReceiveAsync(exchange, replies);
            return new Outcome(exchange.Status.StatusCode, exchange.Status.Detail, Pairs(await HeadersAsync(exchange)), Pairs(trailers), replies);
        }
        finally
        {
            // A server may end a call without reading its requests. The reader then learns the status; the writer, even when the call
            // is disposed of, may wait for the server's window for ever unless its own token is cancelled.
            await answered.CancelAsync();
            exchange.Dispose();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (var channel in _channels.Values)
            channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<Metadata> ReceiveAsync(IExchange exchange, List<Answer> replies)
    {
        try
        {
            await exchange.ReceiveAsync(replies);
            return exchange.Trailers;
        }
        catch (RpcException error)
        {
            return error.Trailers;
        }
    }

    private static async Task<Metadata> HeadersAsync(IExchange exchange)
    {
        try
        {
            return await exchange.HeadersAsync;
        }
        catch (RpcException)
        {
            return [];
        }
    }

    private static IExchange Start(GrpcChannel channel, Call call, CallOptions options)
    {
        var probe = new Probe.ProbeClient(channel);
        return call.Kind switch
        {
            Kind.Ask => new UnaryExchange(probe.AskAsync(ToRequest(call.Requests[0]), options)),
            Kind.Absent => new UnaryExchange(new Absent.AbsentClient(channel).AskAsync(ToRequest(call.Requests[0]), options)),
            Kind.Gather => new GatherExchange(probe.Gather(options)),
            Kind.Scatter => new ScatterExchange(probe.Scatter(ToRequest(call.Requests[0]), options)),
            Kind.Talk => new TalkExchange(probe.Talk(options)),
            _ => throw new ArgumentOutOfRangeException(nameof(call), call.Kind, "no such kind"),
        };
    }

    private static CallOptions Options(Call call, CancellationToken cancellationToken)
    {
        var headers = new Metadata();
        foreach (var (key, value) in call.Metadata)
        {
            if (key.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.Ordinal))
                headers.Add(key, Convert.FromBase64String(value));
            else
                headers.Add(key, value);
        }

        if (call.Gzip)
            headers.Add("grpc-internal-encoding-request", "gzip");
        var deadline = call.Deadline is { } timeout ? TimeProvider.System.GetUtcNow().UtcDateTime + timeout : (DateTime?)null;
        return new CallOptions(headers, deadline, cancellationToken);
    }

    internal static Request ToRequest(Message message)
    {
        var request = new Request
        {
            Text = message.Text,
            Payload = UnsafeByteOperations.UnsafeWrap(new byte[message.PayloadBytes]),
            Replies = message.Replies,
            ReplyPayloadBytes = message.ReplyPayloadBytes,
            Wait = message.Wait,
        };
        if (message.Failure is { } failure)
        {
            request.Failure = new Failure
            {
                Code = (int)failure.Code,
                Detail = failure.Detail,
                StatusDetails = ByteString.CopyFrom(failure.StatusDetails),
            };
        }

        return request;
    }

    private static List<Pair> Pairs(Metadata metadata) =>
        [.. metadata.Select(e => new Pair(e.Key, e.IsBinary ? Convert.ToBase64String(e.ValueBytes) : e.Value))];
}
