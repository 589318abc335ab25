using System.Collections.Concurrent;
using System.Text.Json;
using Grpc.Core;

namespace StreamClips.Grpc.Tests.Pairs;

/// <summary>@grpc/grpc-js as a client: foreign/client.js.</summary>
public sealed class ForeignClient : IProbeClient
{
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _calls = new();
    private NodeProgram? _program;
    private int _lastId;

    private NodeProgram Program => _program ?? throw new InvalidOperationException("not started");

    public static async Task<ForeignClient> StartAsync()
    {
        var client = new ForeignClient();
        (client._program, _) = await NodeProgram.StartAsync("client.js", client.Hear);
        return client;
    }

    public async Task<Outcome> CallAsync(Uri server, Call call, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _lastId);
        var answer = _calls[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Program.WriteAsync(ToLine(id, server, call));
        await using var cancelling = cancellationToken.Register(() => _ = Program.WriteAsync(new { cancel = id }));
        var first = await Task.WhenAny(answer.Task, Program.Ended).WaitAsync(TimeSpan.FromSeconds(120), TimeProvider.System, CancellationToken.None);
        if (first != answer.Task)
            throw new InvalidOperationException($"foreign/client.js ended during a call:\n{Program.Complaints}");
        return ToOutcome(await answer.Task);
    }

    public ValueTask DisposeAsync() => Program.DisposeAsync();

    private static object ToLine(int id, Uri server, Call call) => new
    {
        id,
        address = server.Authority,
        kind = call.Kind.ToString(),
        metadata = call.Metadata.Select(pair => new[] { pair.Key, pair.Value }),
        deadline_ms = call.Deadline?.TotalMilliseconds,
        ends = call.Ends,
        gzip = call.Gzip,
        requests = call.Requests.Select(request => new
        {
            text = request.Text,
            payload_bytes = request.PayloadBytes,
            replies = request.Replies,
            reply_payload_bytes = request.ReplyPayloadBytes,
            wait = request.Wait,
            failure = request.Failure is not { } failure ? null : new
            {
                code = (int)failure.Code,
                detail = failure.Detail,
                status_details = Convert.ToBase64String(failure.StatusDetails),
            },
        }),
    };

    private static Outcome ToOutcome(JsonElement line) => new(
        (StatusCode)line.GetProperty("code").GetInt32(),
        line.GetProperty("detail").GetString()!,
        Pairs(line.GetProperty("headers")),
        Pairs(line.GetProperty("trailers")),
        [.. line.GetProperty("replies").EnumerateArray().Select(reply => new Answer(
            reply.GetProperty("text").GetString()!,
            reply.GetProperty("number").GetInt32(),
            reply.GetProperty("payload_bytes").GetInt32(),
            reply.GetProperty("received_payload_bytes").GetInt32()))]);

    private static List<Pair> Pairs(JsonElement pairs) =>
        [.. pairs.EnumerateArray().Select(pair => new Pair(pair[0].GetString()!, pair[1].GetString()!))];

    private void Hear(JsonElement line)
    {
        if (_calls.TryRemove(line.GetProperty("id").GetInt32(), out var call))
            call.SetResult(line);
    }
}
