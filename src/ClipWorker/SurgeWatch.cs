using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Clips;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker;

/// <summary>Joins the chat to the detector: takes what came in, and lets the detector decide up to now. One thread.</summary>
internal sealed class SurgeWatch(ClipSettings settings, ChatInbox inbox, TimeProvider clock)
{
    // A message may be a little ahead of the clock that was learned; further ahead its time is wrong.
    private static readonly TimeSpan MaxAhead = TimeSpan.FromSeconds(2);

    private readonly IChatDetector _detector = ChatDetector.For(settings);
    private readonly ChatClock _chatClock = new();
    private readonly ChatHistory _history = new(settings);
    private bool _listening;
    private long _messages;

    /// <summary>How loud the chat is.</summary>
    /// <param name="messagesBefore">Messages that were heard before this watch began.</param>
    public ChatLevel Level(long messagesBefore) => new(
        (_detector.Latest?.Count ?? 0) / settings.WindowTimespan,
        _detector.Latest is { Decides: true } sample ? sample.Mean / settings.WindowTimespan : 0,
        messagesBefore + _messages,
        ClockAhead);

    private TimeSpan ClockAhead => _chatClock.PlatformTime(DateTimeOffset.UnixEpoch) - DateTimeOffset.UnixEpoch;

    /// <summary>Takes what came in and decides.</summary>
    /// <returns>The surges, mostly none.</returns>
    public IReadOnlyList<ClipRequest> Tick()
    {
        var now = _chatClock.PlatformTime(clock.GetUtcNow());
        if (inbox.Listening && !_listening) _detector.ResumeAt(now);
        _listening = inbox.Listening;

        var surges = new List<DetectedSurge>();
        while (inbox.TryTake(out var chatEvent))
        {
            if (chatEvent.Kind == ChatEventKind.Said)
            {
                _messages++;
                _chatClock.Observe(chatEvent.Message.At, chatEvent.Arrived);
                now = _chatClock.PlatformTime(clock.GetUtcNow());
                if (chatEvent.Message.At > now + MaxAhead) chatEvent = chatEvent with { Message = chatEvent.Message with { At = now } };
                surges.AddRange(_detector.Observe(chatEvent.Message));
            }

            _history.Add(chatEvent);
        }

        // While the chat cannot be heard its silence means nothing.
        if (_listening) surges.AddRange(_detector.Advance(now));
        if (_detector.Latest is { } sample) _history.Add(sample);
        return [.. surges.Select(Request)];
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
