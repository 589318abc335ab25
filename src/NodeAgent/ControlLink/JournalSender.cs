using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Shipping;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared.Contracts.V1;
using StreamClips.Shared.Journal;

namespace StreamClips.NodeAgent.ControlLink;

/// <summary>
/// Sends journals: at most one unacknowledged batch a worker, and so many of all together; each round begins with another
/// worker, so that a talkative one holds up nobody.
/// </summary>
public sealed partial class JournalSender(
    LinkOptions options, WorkerFleet fleet, WakeSignals signals, TimeProvider clock, ILogger<JournalSender> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _unacked = new();
    private int _round;
    private volatile bool _takesChat;

    /// <summary>A session begins: nothing is on its way.</summary>
    /// <param name="takesChat">Whether the control plane takes lines of the chat's rate; an older one would call them damaged.</param>
    public void Begin(bool takesChat)
    {
        _unacked.Clear();
        _takesChat = takesChat;
    }

    /// <summary>Writes into the outbox until cancelled.</summary>
    public async Task RunAsync(ChannelWriter<AgentMessage> outbox, CancellationToken cancellation)
    {
        while (true)
        {
            foreach (var batch in Round()) await outbox.WriteAsync(new() { JournalBatch = batch }, cancellation);
            await signals.Journals.WaitAsync(Interval, clock, cancellation);
        }
    }

    /// <summary>The control plane has a worker's journal up to here.</summary>
    /// <exception cref="IOException">The cursor cannot be written down.</exception>
    public void Acknowledge(Guid processId, JournalPosition to)
    {
        _unacked.TryRemove(processId, out _);
        signals.Journals.Set();
        if (fleet.Find(processId) is not { } worker) return;
        worker.Tail.Acknowledge(to);
        if (worker.Live is null) signals.Reconcile.Set();
    }

    /// <summary>The batches that may be sent now.</summary>
    private IEnumerable<JournalBatch> Round()
    {
        var now = clock.GetUtcNow();
        var workers = fleet.All.OrderBy(w => w.Spec.ProcessId).ToList();
        _round++;
        for (var i = 0; i < workers.Count && _unacked.Count < options.MostBatches; i++)
        {
            var worker = workers[(i + _round) % workers.Count];
            if (_unacked.TryGetValue(worker.Spec.ProcessId, out var sentAt))
            {
                if (now - sentAt < options.AckTimeout) continue;
                LogUnacknowledged(logger, worker.Spec.ProcessId, options.AckTimeout.TotalSeconds);
                worker.Tail.Rewind();
            }

            // Most wrote nothing since the last round, and their files need not be opened to know that.
            if (!worker.Tail.HasNews || NextOf(worker) is not { } draft) continue;
            _unacked[worker.Spec.ProcessId] = now;
            if (draft.Damaged > 0) LogDamaged(logger, draft.Damaged, worker.Spec.ProcessId);
            yield return LinkContracts.ToBatch(worker.Spec.ProcessId, draft, _takesChat);
        }
    }

    private static JournalDraft? NextOf(Worker worker)
    {
        try
        {
            return worker.Tail.Next();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its directory is just being removed, or a file is read again later.
            return null;
        }
    }

    [LoggerMessage(411, LogLevel.Warning, "{Count} damaged lines in the journal of worker {ProcessId} are lost.", EventName = "journal.damaged")]
    private static partial void LogDamaged(ILogger logger, int count, Guid processId);

    [LoggerMessage(412, LogLevel.Warning, "The journal of worker {ProcessId} was not acknowledged for {Seconds} s and is sent again.", EventName = "journal.unacknowledged")]
    private static partial void LogUnacknowledged(ILogger logger, Guid processId, double seconds);
}
