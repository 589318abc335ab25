using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Reporting;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker;

/// <summary>How loud the chat is.</summary>
/// <param name="Rate">Messages a second over the detector's window.</param>
/// <param name="Baseline">Messages a second over the baseline; 0 until it was seen in full.</param>
/// <param name="Messages">Messages since the start.</param>
/// <param name="ClockAhead">How far the chat's clock is ahead of this machine's.</param>
internal readonly record struct ChatLevel(double Rate, double Baseline, long Messages, TimeSpan ClockAhead);

/// <summary>
/// Reads a channel's chat while it is wanted and lets the detector decide. Each time it is wanted anew the detector begins
/// anew: yesterday's baseline says nothing about today's broadcast.
/// </summary>
internal sealed class ChatListener(IChatSource source, ClipSettings settings, WorkerEvents events, TimeProvider clock, Action<ClipRequest> surged)
{
    private readonly ChatInbox _inbox = new();
    private readonly Lock _lock = new();
    private ChatLevel _level;
    private long _droppedTold;
    private volatile bool _wanted;

    /// <summary>Whether the chat shall be read.</summary>
    public bool Wanted
    {
        get => _wanted;
        set => _wanted = value;
    }

    /// <summary>Why there is no chat that may be read; empty: there is one, as far as is known.</summary>
    public string Closed => _inbox.Closed;

    /// <summary>How loud the chat is now.</summary>
    public ChatLevel Level
    {
        get
        {
            lock (_lock) return _level;
        }
    }

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(settings.SampleInterval), clock);
        while (true)
        {
            await timer.WaitForNextTickAsync(ct);
            if (!_wanted) continue;
            using var reading = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var chat = source.RunAsync(_inbox, events, reading.Token);
            try
            {
                await WatchAsync(timer, chat, ct);
            }
            finally
            {
                await reading.CancelAsync();
                await chat.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task WatchAsync(PeriodicTimer timer, Task chat, CancellationToken ct)
    {
        var watch = new SurgeWatch(settings, _inbox, clock);
        var before = Level.Messages;
        while (_wanted && !chat.IsCompleted)
        {
            foreach (var surge in watch.Tick()) surged(surge);
            lock (_lock) _level = watch.Level(before);
            if (_inbox.Dropped > _droppedTold) events.ChatDropped((_droppedTold = _inbox.Dropped));
            await timer.WaitForNextTickAsync(ct);
        }

        lock (_lock) _level = new(0, 0, _level.Messages, _level.ClockAhead);
        if (chat.IsCompleted) await chat;
    }
}
