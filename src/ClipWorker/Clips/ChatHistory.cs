using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Surge;
using StreamClips.Shared.Clips;
using StreamClips.Shared.Settings;

namespace StreamClips.ClipWorker.Clips;

/// <summary>The chat since the earliest beginning that a clip can have, for what a sidecar tells of it. Bounded in time and number; one thread.</summary>
internal sealed class ChatHistory(ClipSettings settings)
{
    /// <summary>The most messages that are remembered.</summary>
    public const int MaxMessages = 20_000;

    /// <summary>The most characters that are remembered.</summary>
    public const int MaxChars = 2_000_000;

    private readonly TimeSpan _keep = ChatDetector.LooksBack(settings);
    private readonly TextQueue<ChatMessage> _messages = new(MaxMessages, MaxChars);
    private readonly Queue<RatePoint> _rates = new();
    private double _window = settings.WindowTimespan;
    private DateTimeOffset _last;

    /// <summary>Takes in what happened in the chat.</summary>
    public void Add(ChatEvent chatEvent)
    {
        var message = chatEvent.Message;
        switch (chatEvent.Kind)
        {
            case ChatEventKind.Said:
                _messages.Add(message with { Text = default }, message.Text.Span);
                break;
            case ChatEventKind.MessageRemoved when message.Id != ChatHash.Nobody:
                for (var i = 0; i < _messages.Count; i++)
                    if (_messages[i].Id == message.Id) _messages.EraseText(i);
                break;
            case ChatEventKind.UserRemoved when message.User == ChatHash.Nobody:
                _messages.Clear();
                break;
            case ChatEventKind.UserRemoved:
                // What was said until then: who was timed out may speak again.
                for (var i = 0; i < _messages.Count; i++)
                    if (_messages[i].User == message.User) _messages.EraseText(i);
                break;
        }
    }

    /// <summary>Takes in the rate, at most one point a second, and forgets what is too old.</summary>
    public void Add(RateSample sample)
    {
        if (_rates.Count == 0 || sample.At - _last >= TimeSpan.FromSeconds(1))
        {
            _last = sample.At;
            _rates.Enqueue(new(sample.At, sample.Count / _window, sample.Mean / _window));
        }

        while (_rates.TryPeek(out var rate) && rate.At < sample.At - _keep) _rates.Dequeue();
        while (_messages.Count > 0 && _messages[0].At < sample.At - _keep) _messages.DropOldest();
    }

    /// <summary>Rates come from a window of this length from now on.</summary>
    public void Take(ClipSettings next) => _window = next.WindowTimespan;

    /// <summary>The rates that are remembered, oldest first.</summary>
    public IReadOnlyList<RatePoint> Rates => [.. _rates];

    /// <summary>What was said most since <paramref name="from"/>, without what was taken back.</summary>
    public IReadOnlyList<WordCount> WordsSince(DateTimeOffset from)
    {
        var words = new TopWords();
        for (var i = 0; i < _messages.Count; i++)
        {
            ref readonly var message = ref _messages[i];
            if (message.At >= from) words.Add(_messages.Text(i));
        }

        return words.Most();
    }
}
