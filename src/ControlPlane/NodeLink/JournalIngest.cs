using System.Threading.Channels;
using Grpc.Core;
using StreamClips.Shared.Contracts.V1;

namespace StreamClips.ControlPlane.NodeLink;

/// <summary>
/// Takes one agent's journal batches into the database beside its other messages. All that wait go in with one transaction: a
/// commit costs as much for one line as for thousands. They are parsed while the ones before them are written. Where many wait, the
/// agent's next ones are not read.
/// </summary>
/// <param name="node">The agent's node.</param>
/// <param name="journals">Where they go.</param>
/// <param name="clock">The time.</param>
/// <param name="send">Sends the acknowledgements.</param>
public sealed class JournalIngest(string node, JournalStore journals, TimeProvider clock, Action<ControlMessage> send)
{
    private const int MostWaiting = 16;
    private readonly Channel<(Guid Process, ParsedJournal Journal)> _waiting = Channel.CreateBounded<(Guid, ParsedJournal)>(MostWaiting);

    /// <summary>Puts a batch in the queue; waits while it is full.</summary>
    /// <exception cref="RpcException">The batch makes no sense.</exception>
    public ValueTask OfferAsync(JournalBatch batch, CancellationToken cancellation)
    {
        var process = Check(batch);
        return _waiting.Writer.WriteAsync((process, ParsedJournal.Of(batch, process, clock.GetUtcNow())), cancellation);
    }

    /// <summary>Takes them in until cancelled.</summary>
    /// <exception cref="RpcException">The node may not write one of the journals.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (await _waiting.Reader.WaitToReadAsync(cancellation))
        {
            var some = new Dictionary<Guid, ParsedJournal>();

            // A second one of a process begins where the first one ends: it waits for the next round.
            while (_waiting.Reader.TryPeek(out var next) && some.TryAdd(next.Process, next.Journal)) _waiting.Reader.TryRead(out _);
            foreach (var (process, taken) in await journals.TakeAsync(node, some, cancellation))
            {
                if (taken.Refusal is { } refusal) throw new RpcException(new Status(StatusCode.PermissionDenied, refusal));
                send(new ControlMessage { JournalAck = new JournalAck { ProcessId = process.ToString(), To = taken.Cursor } });
            }
        }
    }

    private static Guid Check(JournalBatch batch)
    {
        if (!Guid.TryParse(batch.ProcessId, out var process))
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"process_id is '{batch.ProcessId}': give a UUID"));
        if (batch.From is null || batch.To is null || batch.To.File < 1 || batch.To.Offset < 0 || (batch.To.File, batch.To.Offset).CompareTo((batch.From.File, batch.From.Offset)) < 0)
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"the journal batch of {process} goes from {batch.From} to {batch.To}: give a cursor and a later one"));
        if (batch.Lines.Count > JournalStore.MostLines)
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"the journal batch of {process} has {batch.Lines.Count} lines: send at most {JournalStore.MostLines}"));
        return process;
    }
}
