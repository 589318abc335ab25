using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker;

/// <summary>
/// Joins the chat to the detector: takes what came in, and lets the detector decide as far as the chat was heard. That is up
/// to now for a chat that speaks by itself, and up to the newest <see cref="ChatEventKind.Heard"/> for one that is asked:
/// its silence since then only says that nobody asked. One thread.
/// </summary>
/// <param name="settings">How it is decided.</param>
/// <param name="inbox">Where the chat comes in.</param>
/// <param name="clock">The time.</param>
/// <param name="recorder">Writes the chat down; null: nobody does.</param>
/// <param name="lines">Takes the chat's rate; null: nobody wants it.</param>
internal sealed class SurgeWatch(ClipSettings settings, ChatInbox inbox, TimeProvider clock, ChatRecorder? recorder = null, ChatLines? lines = null)
{
    // A message may be a little ahead of the clock that was learned; further ahead its time is wrong.
    private static readonly TimeSpan MaxAhead = TimeSpan.FromSeconds(2);

    // A chat that is asked is read so long after it was written, at the most.
    private static readonly TimeSpan ReadWithin = PolledChat.MaxWait + PolledChat.Settle + TimeSpan.FromSeconds(5);

    // So much the detector's time may differ from the platform's before what it learned is worthless.
    private TimeSpan Tolerance => TimeSpan.FromSeconds(Math.Max(_settings.WindowTimespan, 10));

    private readonly ChatClock _chatClock = new();
    private ClipSettings _settings = settings;
    private IChatDetector _detector = Detector(settings, lines);
    private ChatHistory _history = new(settings);
    private TimeSpan _startedAhead;
    private DateTimeOffset _decidedUntil;
    private bool _started;
    private bool _listening;
    private bool _resumes;
    private ChatEvent? _heard;
    private long _messages;
    private long _lateBefore;

    /// <summary>How loud the chat is.</summary>
    /// <param name="messagesBefore">Messages that were heard before this watch began.</param>
    public ChatLevel Level(long messagesBefore) => new(
        (_detector.Latest?.Count ?? 0) / _settings.WindowTimespan,
        _detector.Latest is { Decides: true } sample ? sample.Mean / _settings.WindowTimespan : 0,
        messagesBefore + _messages,
        ClockAhead);

    private TimeSpan ClockAhead => _heard is { } heard ? heard.Message.At - heard.Arrived : _chatClock.PlatformTime(DateTimeOffset.UnixEpoch) - DateTimeOffset.UnixEpoch;

    /// <summary>Whether the broadcast is over: where its chat has gone with it, nothing more is to be heard, and its time goes on in silence.</summary>
    public bool Over { get; set; }

    /// <summary>The platform's time up to which the chat was heard.</summary>
    private DateTimeOffset Now => Over && !_listening ? PlatformTime : _heard is { } heard ? heard.Message.At : _chatClock.PlatformTime(clock.GetUtcNow());

    /// <summary>Messages that came too late to be counted.</summary>
    public long TooLate => _lateBefore + _detector.TooLate;

    /// <summary>How long after something was said there is still something to decide of it, as long as it takes to be read included.</summary>
    public TimeSpan DecidesWithin => _detector.DecidesWithin + ReadWithin;

    /// <summary>The platform's time now, also of what was not heard yet.</summary>
    public DateTimeOffset PlatformTime => clock.GetUtcNow() + ClockAhead;

    /// <summary>How much the chat looks as if a clip will be decided that begins so long before now, 0 to 1; 0 while the chat cannot be heard.</summary>
    public double Rise(TimeSpan back) => _listening && _started ? _detector.Rise(back - (clock.GetUtcNow() + ClockAhead - Now)) : 0;

    /// <summary>Whether a clip of now may be about to be decided: the chat rises, as seen from any beginning that it could have.</summary>
    public bool Rising(double from)
    {
        var (latest, earliest) = (ChatDetector.RisesAfter(_settings), ChatDetector.LooksBack(_settings));
        return Rise(latest) >= from || Rise((latest + earliest) / 2) >= from || Rise(earliest) >= from;
    }

    /// <summary>Decides by other settings from now on, those that are taken up live, and forgets nothing.</summary>
    public void Take(ClipSettings next)
    {
        _settings = next;
        _detector.Take(next);
        _history.Take(next);
    }

    /// <summary>Takes what came in and decides.</summary>
    /// <returns>The surges, mostly none.</returns>
    public IReadOnlyList<ClipRequest> Tick()
    {
        Listen();
        if (_heard is null) Resume();

        var surges = new List<DetectedSurge>();
        while (inbox.TryTake(out var chatEvent)) Take(chatEvent, surges);

        // While the chat of a broadcast cannot be heard its silence means nothing, and before the first message the platform's time is unknown.
        if ((_listening || Over) && _started) Decide(surges);
        if (_detector.Latest is { } sample) _history.Add(sample);
        return [.. surges.Select(Request)];
    }

    /// <summary>Nothing more is taken or decided: what is noted of the chat is written.</summary>
    public void End() => (_detector as NotedDetector)?.End();

    private static IChatDetector Detector(ClipSettings settings, ChatLines? lines) =>
        lines is null ? ChatDetector.For(settings) : new NotedDetector(ChatDetector.For(settings), lines);

    private void Take(ChatEvent chatEvent, List<DetectedSurge> surges)
    {
        switch (chatEvent.Kind)
        {
            case ChatEventKind.Heard:
                Listen(); // It may have been joined since this round began.
                _heard = chatEvent;
                StartWhereDue(Now);
                Resume();
                if (_listening) Decide(surges);
                return;
            case ChatEventKind.Said:
                _messages++;
                if (_heard is null)
                {
                    _chatClock.Observe(chatEvent.Message.At, chatEvent.Arrived);
                    if (chatEvent.Message.At > Now + MaxAhead) chatEvent = chatEvent with { Message = chatEvent.Message with { At = Now } };
                }

                StartWhereDue(Now);
                var late = _detector.TooLate;
                surges.AddRange(_detector.Observe(chatEvent.Message));
                if (_detector.TooLate == late) recorder?.Add(chatEvent, Counted(chatEvent.Message.At));
                else recorder?.AddLate(Counted(chatEvent.Message.At));
                break;
            case ChatEventKind.MessageRemoved when chatEvent.Message.Id == ChatHash.Nobody:
                return;
            default:
                TakeBack(chatEvent, surges);
                break;
        }

        _history.Add(chatEvent);
    }

    private void TakeBack(in ChatEvent removed, List<DetectedSurge> surges)
    {
        if (_started) StartWhereDue(Now);
        var now = Counted(Now);
        var id = removed.Kind == ChatEventKind.MessageRemoved ? removed.Message.Id : ChatHash.Nobody;
        surges.AddRange(_detector.Forget(removed.Message with { At = now, Id = id }));
        recorder?.Add(removed, now);
    }

    // What comes late counts as said just after the second that was decided last: so a replay counts it too.
    private DateTimeOffset Counted(DateTimeOffset at)
    {
        var second = _decidedUntil.UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond;
        return at.UtcTicks >= second ? at : new(second + TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }

    private void Decide(List<DetectedSurge> surges)
    {
        var now = Now;
        surges.AddRange(_detector.Advance(now));
        if (now > _decidedUntil) _decidedUntil = now;
    }

    private void Listen()
    {
        var listening = inbox.Listening;
        _resumes |= _started && listening && !_listening;
        _listening = listening;
    }

    private void Resume()
    {
        if (_resumes) _detector.ResumeAt(Now);
        _resumes = false;
    }

    /// <summary>
    /// Starts the detector at the platform's time: at the first message, and anew where its time has turned out to be wrong.
    /// That happens when the first messages had wrong times, or this machine's clock was set.
    /// </summary>
    private void StartWhereDue(DateTimeOffset now)
    {
        if (_started && (ClockAhead - _startedAhead).Duration() <= Tolerance && _decidedUntil <= now + Tolerance) return;
        if (_started)
        {
            End();
            (_lateBefore, _detector, _history) = (TooLate, Detector(_settings, lines), new(_settings));
        }

        _detector.Advance(now);
        (_started, _startedAhead, _decidedUntil) = (true, ClockAhead, now);
    }

    private ClipRequest Request(DetectedSurge surge) => new()
    {
        ClipId = Guid.NewGuid(),
        Surge = surge,
        Rates = _history.Rates,
        TopWords = _history.WordsSince(surge.Start),
        ClockAhead = ClockAhead,
        DecidedAt = clock.GetTimestamp(),
    };
}
