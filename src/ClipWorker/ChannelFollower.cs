using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Platforms;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared;
using StreamClips.Shared.Journal;

namespace StreamClips.ClipWorker;

/// <summary>How a channel is looked for.</summary>
/// <param name="ComesBack">Whether one whose broadcast ended may send another one.</param>
/// <param name="PollInterval">How often an offline one is looked at; each wait differs by up to a fifth.</param>
internal sealed record ChannelHabits(bool ComesBack, TimeSpan PollInterval);

/// <summary>Follows a channel through its broadcasts: finds the stream, has it recorded, and finds it again when it is lost or ended. One thread.</summary>
/// <param name="resolver">Finds the stream.</param>
/// <param name="recording">Follows its playlist.</param>
/// <param name="clips">Hears of new segments, and of a broadcast's end.</param>
/// <param name="chat">Is read while there is a stream; null: there is none.</param>
/// <param name="habits">How the channel is looked for.</param>
/// <param name="events">Where it tells of itself.</param>
/// <param name="board">Where the phase is shown.</param>
/// <param name="clock">The time.</param>
/// <param name="random">The source of jitter.</param>
internal sealed class ChannelFollower(IResolver resolver, ChannelRecording recording, ClipMaker clips, ChatListener? chat, ChannelHabits habits, WorkerEvents events, StatusBoard board, TimeProvider clock, Random random)
{
    // Ten tries within some three minutes; the node agent's restarts go on more slowly from there.
    private const int MaxTriesBeforeFirstSuccess = 10;
    private static readonly Backoff Retry = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(200));

    private int _failures;
    private bool _everOnline;

    /// <summary>Finds the stream, watches it, and finds it again, until that makes no more sense.</summary>
    /// <returns>Why it cannot go on; null where the stream ended.</returns>
    public async Task<string?> FollowAsync(CancellationToken ct)
    {
        while (true)
        {
            switch (await resolver.ResolveAsync(ct))
            {
                case Resolution.Online online:
                    var end = await WatchAsync(online, ct);
                    if (end.Kind == FollowEndKind.Refused) return end.Reason;
                    if (end.Kind == FollowEndKind.Ended && !habits.ComesBack) return null;
                    await LookAgainAsync(end, ct);
                    break;
                case Resolution.Offline offline:
                    await WaitAsync(offline.Reason, ct);
                    break;
                case Resolution.Over over:
                    events.Offline(over.Reason);
                    return null;
                case Resolution.Unreachable unreachable:
                    if (++_failures >= MaxTriesBeforeFirstSuccess && !_everOnline) return unreachable.Reason;
                    var wait = Retry.Delay(_failures, random);
                    events.Unreachable(unreachable.Reason, wait);
                    board.Show(WorkerPhase.Resolving, $"{unreachable.Reason}; trying again");
                    await Task.Delay(wait, clock, ct);
                    break;
                case Resolution.Wrong wrong:
                    return wrong.Reason;
                case var other:
                    throw new InvalidOperationException($"a resolver answered {other.GetType().Name}");
            }
        }
    }

    private Task<FollowEnd> WatchAsync(Resolution.Online online, CancellationToken ct)
    {
        events.Resolved(PlaylistText.ForLogs(online.Playlist), online.Variant);
        _everOnline = true;
        clips.StreamOver = false;
        if (chat is not null) chat.Wanted = true;
        return recording.FollowAsync(online.Playlist, online.Sound, online.Format, Moved, ct);

        void Moved()
        {
            _failures = 0;
            clips.Moved();
            board.Show(WorkerPhase.Watching, WhyNoClips());
        }
    }

    private string WhyNoClips() => chat switch
    {
        null => "no chat is given (chat_url): nothing will be clipped",
        { Closed.Length: > 0 } => $"the chat cannot be read, nothing will be clipped: {chat.Closed}",
        _ => "",
    };

    private async Task LookAgainAsync(FollowEnd end, CancellationToken ct)
    {
        if (end.Kind == FollowEndKind.Ended)
        {
            await WaitAsync("the broadcast ended", ct);
            return;
        }

        events.Lost(end.Reason);
        board.Show(WorkerPhase.Watching, $"{end.Reason}; looking for the stream again");
        await PauseAsync(Retry.Delay(++_failures, random), ct);
    }

    /// <summary>Waits, but not on when the chat tells that the broadcast began or ended.</summary>
    private Task PauseAsync(TimeSpan wait, CancellationToken ct) => chat is null ? Task.Delay(wait, clock, ct) : chat.WaitForBroadcastAsync(wait, ct);

    private async Task WaitAsync(string reason, CancellationToken ct)
    {
        _failures = 0;
        clips.StreamOver = true;
        if (chat is not null) chat.Wanted = false;
        var wait = habits.PollInterval * (0.8 + 0.4 * random.NextDouble());
        events.Offline(reason);
        board.Show(WorkerPhase.Waiting, $"{reason}; next look at {clock.GetUtcNow() + wait:HH:mm:ss} UTC");
        await PauseAsync(wait, ct);
    }
}
