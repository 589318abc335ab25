using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Recording;
using StreamClips.ClipWorker.Reporting;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Journal;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker;

/// <summary>How loud the chat is.</summary>
/// <param name="Rate">Messages a second over the detector's window.</param>
/// <param name="Baseline">Messages a second over the baseline; 0 until it was seen in full.</param>
/// <param name="Messages">Messages since the start.</param>
/// <param name="ClockAhead">How far the chat's clock is ahead of this machine's.</param>
internal readonly record struct ChatLevel(double Rate, double Baseline, long Messages, TimeSpan ClockAhead);

/// <summary>
/// Reads a channel's chat while it is wanted and lets the detector decide. When it is no longer wanted it goes on until all is
/// decided that was said until then: the end of a broadcast is often its best. Wanted anew by then it just goes on; later the
/// detector begins anew, as yesterday's baseline says nothing about today's broadcast. A source that hears when a broadcast begins runs all
/// the time; what is said while nothing is watched is thrown away.
/// </summary>
internal sealed class ChatListener(IChatSource source, ClipSettings settings, WorkerEvents events, TimeProvider clock, Action<ClipRequest> surged, ChatRecorder? recorder = null, Action<ChatEntry>? noted = null) : IRiseGauge
{
    // A server that is dead is found out before: no source waits longer than this for the answer to its ping.
    private static readonly TimeSpan SilentAfter = TimeSpan.FromSeconds(90);

    private readonly ChatInbox _inbox = new();
    private readonly ChatLines? _lines = noted is null ? null : new(noted, clock);
    private readonly Lock _lock = new();
    private ChatLevel _level;
    private long _messagesAtChange;
    private long _changedAt;
    private TimeSpan _back;
    private double _rise;
    private long _droppedTold;
    private long _lateTold;
    private bool _faultTold;
    private volatile ClipSettings _settings = settings;
    private volatile bool _risingAsked;
    private volatile bool _rising = true;
    private readonly Pulse _idle = new();
    private volatile bool _wanted;
    private volatile bool _watching;

    /// <summary>Whether the chat shall be counted.</summary>
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

    /// <summary>How the chat is read, one of <see cref="ChatCondition"/>; empty while it is not.</summary>
    public string Condition
    {
        get
        {
            lock (_lock)
            {
                return _inbox.State switch
                {
                    ChatState.Connecting => ChatCondition.Connecting,
                    ChatState.Connected when _wanted && clock.GetElapsedTime(_changedAt) > SilentAfter => ChatCondition.Silent,
                    ChatState.Connected => ChatCondition.Connected,
                    ChatState.Reconnecting => ChatCondition.Reconnecting,
                    ChatState.Refused => ChatCondition.Refused,
                    ChatState.Closed => ChatCondition.Closed,
                    _ => "",
                };
            }
        }
    }

    /// <summary>
    /// Whether a clip may be about to be decided, as of the chat's last tick after it was first asked; until then it may. So it may as long as
    /// the last moments of a broadcast are being decided.
    /// </summary>
    public bool Rising
    {
        get
        {
            _risingAsked = true;
            return _watching && _rising;
        }
    }

    /// <summary>The chat is counted and decided by other settings from its next tick on, and nothing is forgotten. Any thread.</summary>
    public void Take(ClipSettings next) => _settings = next;

    /// <summary>Waits, but not on when the chat tells that the broadcast began or ended.</summary>
    public Task WaitForBroadcastAsync(TimeSpan wait, CancellationToken ct) => _inbox.WaitForBroadcastAsync(wait, clock, ct);

    /// <inheritdoc/>
    public double Rise(TimeSpan back)
    {
        // The detector is for one thread: it is asked at the next tick, and the answer for nearly the same time is here.
        lock (_lock)
        {
            _back = back;
            return _rise;
        }
    }

    /// <summary>It is no longer wanted; waits until all is decided that was said until now.</summary>
    public async Task DecideTheRestAsync(CancellationToken ct)
    {
        _wanted = false;
        while (true)
        {
            var idle = _idle.Next;
            if (!_watching) return;
            await idle.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ct.IsCancellationRequested) return;
        }
    }

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(_settings.SampleInterval), clock);
        while (true)
        {
            if (IsDue) await ReadAsync(timer, ct);
            await TickAsync(timer, ct);
        }
    }

    /// <summary>Waits for the next look at the chat: as often as the newest settings say, also those that came while nobody listened.</summary>
    private async Task TickAsync(PeriodicTimer timer, CancellationToken ct)
    {
        var interval = TimeSpan.FromSeconds(_settings.SampleInterval);
        if (timer.Period != interval) timer.Period = interval;
        await timer.WaitForNextTickAsync(ct);
    }

    private bool IsDue => _wanted || source.TellsBroadcasts;

    private async Task ReadAsync(PeriodicTimer timer, CancellationToken ct)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _inbox.State = ChatState.Connecting;
        var chat = source.RunAsync(_inbox, events, reading.Token);
        try
        {
            while (IsDue && !chat.IsCompleted)
            {
                _inbox.Clear();
                if (_wanted) await WatchToTheEndAsync(timer, chat, ct);
                else await TickAsync(timer, ct);
            }

            if (chat.IsCompleted) await chat;
        }
        finally
        {
            await reading.CancelAsync();
            await chat.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _inbox.State = ChatState.Off;
        }
    }

    private async Task WatchToTheEndAsync(PeriodicTimer timer, Task chat, CancellationToken ct)
    {
        _watching = true;
        try
        {
            await WatchAsync(timer, chat, ct);
        }
        finally
        {
            _watching = false;
            _idle.Beat();
        }
    }

    private async Task WatchAsync(PeriodicTimer timer, Task chat, CancellationToken ct)
    {
        var taken = _settings;
        var watch = new SurgeWatch(taken, _inbox, clock, recorder, _lines);
        try
        {
            await WatchAsync(watch, taken, timer, chat, ct);
        }
        finally
        {
            watch.End();
        }
    }

    private async Task WatchAsync(SurgeWatch watch, ClipSettings taken, PeriodicTimer timer, Task chat, CancellationToken ct)
    {
        var before = Level.Messages;
        lock (_lock) _changedAt = clock.GetTimestamp();
        (long At, DateTimeOffset Platform)? over = null;
        _lateTold = 0;
        while (!chat.IsCompleted)
        {
            if (_wanted) over = null;
            else over ??= (clock.GetTimestamp(), watch.PlatformTime);
            watch.Over = over is not null;
            if (_settings is var next && next != taken) watch.Take(taken = next);
            foreach (var surge in watch.Tick())
                if (over is not { } end || surge.Surge.Start < end.Platform) surged(surge); // What begins after the end has no video.
            Note(watch.Level(before));
            lock (_lock) _rise = watch.Rise(_back);
            if (_risingAsked) _rising = over is not null || watch.Rising(RecordingControl.RestBelow);
            TellFaults(watch);
            if (over is { } since && clock.GetElapsedTime(since.At) > watch.DecidesWithin) break;
            await TickAsync(timer, ct);
        }

        lock (_lock) (_level, _rise) = (new(0, 0, _level.Messages, _level.ClockAhead), 0);
    }

    private void TellFaults(SurgeWatch watch)
    {
        if (_inbox.Dropped > _droppedTold) events.ChatDropped((_droppedTold = _inbox.Dropped));
        if (watch.TooLate > _lateTold) events.ChatLate((_lateTold = watch.TooLate));
        if (recorder?.Fault is not { } fault || _faultTold) return;
        _faultTold = true;
        events.ChatNotRecorded(fault);
    }

    private void Note(ChatLevel level)
    {
        lock (_lock)
        {
            _level = level;
            if (level.Messages == _messagesAtChange && _inbox.Listening) return;
            (_messagesAtChange, _changedAt) = (level.Messages, clock.GetTimestamp());
        }
    }
}
