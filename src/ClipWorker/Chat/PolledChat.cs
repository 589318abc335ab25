using StreamClips.Shared;

namespace StreamClips.ClipWorker.Chat;

/// <summary>What one question to a chat that has to be asked brought.</summary>
internal abstract record ChatPoll
{
    /// <summary>The chat was read.</summary>
    /// <param name="Events">What happened since the last time, oldest first; of a first answer, what was said before we came too.</param>
    /// <param name="Now">The platform's time of the answer.</param>
    /// <param name="Wait">When the platform wants to be asked again.</param>
    internal sealed record Read(IReadOnlyList<ChatEvent> Events, DateTimeOffset Now, TimeSpan Wait) : ChatPoll;

    /// <summary>No answer; the same question may be answered a little later, with all that was missed.</summary>
    /// <param name="Reason">For people.</param>
    internal sealed record Failed(string Reason) : ChatPoll;

    /// <summary>The place that was reached is not known any more: reading begins anew.</summary>
    /// <param name="Reason">For people.</param>
    internal sealed record Expired(string Reason) : ChatPoll;

    /// <summary>We were turned away (too many questions, a check for robots): each further question makes it worse.</summary>
    /// <param name="Reason">For people.</param>
    internal sealed record Refused(string Reason) : ChatPoll;

    /// <summary>There is no chat that we may read; there may be one later.</summary>
    /// <param name="Reason">For people.</param>
    internal sealed record Closed(string Reason) : ChatPoll;
}

/// <summary>Asks a chat. One caller at a time; throws only when cancelled.</summary>
internal interface IChatPoller
{
    /// <summary>Whose chat it is, for people.</summary>
    string Channel { get; }

    /// <summary>Finds the chat and asks for the first time.</summary>
    Task<ChatPoll> BeginAsync(CancellationToken ct);

    /// <summary>Asks what happened since the last time.</summary>
    Task<ChatPoll> PollAsync(CancellationToken ct);
}

/// <summary>
/// Reads a chat that has to be asked. Its messages come in bursts, late, with the platform's times. So it tells the inbox
/// after each answer up to which platform time everything was heard: only so far is silence silence, and only so far may a
/// detector be advanced. A failed question loses nothing, as the next answer holds what was missed.
/// </summary>
internal sealed class PolledChat(IChatPoller poller, TimeProvider clock, Random random) : IChatSource
{
    /// <summary>The longest wait between two questions, whatever the platform wishes: a surge should not wait longer to be seen.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(8);

    /// <summary>The shortest one.</summary>
    public static readonly TimeSpan MinWait = TimeSpan.FromSeconds(1);

    /// <summary>A message may show up a little after it was sent: what is newer than this before an answer counts as not yet read.</summary>
    public static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    /// <summary>When a chat that is closed is looked at again; up to a fifth sooner or later.</summary>
    public static readonly TimeSpan ClosedWait = TimeSpan.FromSeconds(60);

    /// <summary>After so many failures in a row the chat counts as lost, and is looked for anew.</summary>
    public const int MaxFailures = 5;

    private const double Jitter = 0.1;
    private static readonly Backoff Retry = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(200));

    private readonly RecentIds _seen = new(10_000);
    private int _failures;
    private bool _begun;

    /// <inheritdoc/>
    public async Task RunAsync(ChatInbox inbox, IChatEvents events, CancellationToken ct)
    {
        (_begun, _failures) = (false, 0);
        try
        {
            while (true)
            {
                var poll = _begun ? await poller.PollAsync(ct) : await poller.BeginAsync(ct);
                await Task.Delay(Take(poll, inbox, events), clock, ct);
            }
        }
        finally
        {
            (inbox.State, inbox.Closed) = (ChatState.Reconnecting, "");
        }
    }

    /// <returns>How long to wait before the next question.</returns>
    private TimeSpan Take(ChatPoll poll, ChatInbox inbox, IChatEvents events)
    {
        switch (poll)
        {
            case ChatPoll.Read read:
                Hear(read, inbox, events);
                // Later rather than sooner than it was told, so that many workers do not ask in step.
                var wait = read.Wait * (1 + Jitter * random.NextDouble());
                return wait < MinWait ? MinWait : wait > MaxWait ? MaxWait : wait;
            case ChatPoll.Failed failed when _begun && ++_failures < MaxFailures:
                var soon = Retry.Delay(_failures, random);
                events.ChatDisconnected(poller.Channel, failed.Reason, soon);
                return soon;
            case ChatPoll.Failed failed:
                return Lose(failed.Reason, Retry.Delay(_begun ? 1 : ++_failures, random), inbox, events);
            case ChatPoll.Expired expired:
                return Lose(expired.Reason, Retry.Delay(++_failures, random), inbox, events);
            case ChatPoll.Refused refused:
                var minutes = Around(ChatLoop.RefusedWait);
                Shut(ChatState.Refused, refused.Reason, inbox);
                events.ChatRefused(poller.Channel, refused.Reason, minutes);
                return minutes;
            case ChatPoll.Closed closed:
                var later = Around(ClosedWait);
                if (inbox.Closed != closed.Reason) events.ChatClosed(poller.Channel, closed.Reason, later);
                Shut(ChatState.Closed, closed.Reason, inbox);
                return later;
            default:
                throw new ArgumentOutOfRangeException(nameof(poll));
        }
    }

    private TimeSpan Around(TimeSpan wait) => wait * (0.8 + 0.4 * random.NextDouble());

    private void Shut(ChatState state, string reason, ChatInbox inbox) => (_begun, inbox.State, inbox.Closed) = (false, state, reason);

    private TimeSpan Lose(string reason, TimeSpan wait, ChatInbox inbox, IChatEvents events)
    {
        (_begun, inbox.Listening) = (false, false);
        events.ChatDisconnected(poller.Channel, reason, wait);
        return wait;
    }

    private void Hear(ChatPoll.Read read, ChatInbox inbox, IChatEvents events)
    {
        var arrived = clock.GetUtcNow();
        var until = read.Now - Settle;
        if (_begun) _failures = 0;
        if (!_begun)
        {
            (_begun, inbox.Listening) = (true, true);
            events.ChatConnected(poller.Channel);
            // What was said before we came was not heard as it was said: it is known, and not counted.
            foreach (var old in read.Events.Where(e => e.Message.At <= until)) _seen.Add(old.Message.Id);
            inbox.Put(Heard(until, arrived));
            read = read with { Events = [.. read.Events.Where(e => e.Message.At > until)] };
        }

        foreach (var said in read.Events.Where(e => e.Kind == ChatEventKind.Said).OrderBy(e => e.Message.At))
            if (_seen.Add(said.Message.Id)) inbox.Put(said.Message.At > read.Now + Settle ? said with { Message = said.Message with { At = read.Now } } : said);
        foreach (var removed in read.Events.Where(e => e.Kind != ChatEventKind.Said)) inbox.Put(removed);
        inbox.Put(Heard(until, arrived));
    }

    private static ChatEvent Heard(DateTimeOffset until, DateTimeOffset arrived) => new(ChatEventKind.Heard, new(until, "", ""), arrived - Settle);
}
