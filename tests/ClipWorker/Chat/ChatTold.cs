using System.Collections.Concurrent;
using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Tests.Chat;

/// <summary>What a chat source told of itself.</summary>
internal sealed class ChatTold : IChatEvents
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<TimeSpan> _waits = new();

    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>The waits before the next visits.</summary>
    public IReadOnlyCollection<TimeSpan> Waits => _waits;

    public void ChatConnected(string channel) => _lines.Enqueue("connected");

    public void ChatDisconnected(string channel, string why, TimeSpan wait)
    {
        _waits.Enqueue(wait);
        _lines.Enqueue($"lost: {why}");
    }

    public void ChatClosed(string channel, string why, TimeSpan wait) => _lines.Enqueue($"closed: {why}");

    public void ChatRefused(string channel, string why, TimeSpan wait)
    {
        _waits.Enqueue(wait);
        _lines.Enqueue($"refused: {why}");
    }
}
