using StreamClips.ClipWorker.Chat;

namespace StreamClips.ClipWorker.Tests.Simulation;

/// <summary>The chat of a simulated day: two messages a second, thirty a second at a moment, thousands in a flood, none in a gap.</summary>
internal sealed class SimulatedChat(SimulatedDay day, SimulatedOrigin origin, TimeProvider clock, int seed) : IChatSource
{
    private static readonly string[] Words = ["nice", "LUL", "what a play", "hello chat", "KEKW", "no way", "gg", "that was close"];
    private readonly Random _random = new(seed);
    private ulong _ids;

    /// <inheritdoc/>
    public async Task RunAsync(ChatInbox inbox, IChatEvents events, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        while (true)
        {
            await timer.WaitForNextTickAsync(ct);
            var now = origin.Now;
            if (day.Is(DayFault.ChatLost, now))
            {
                inbox.Listening = false;
                continue;
            }

            if (!inbox.Listening) inbox.Listening = true;
            // The first flood is more than anybody takes: what is kept of a chat is as large then as it may ever be.
            var count = day.Is(DayFault.ChatFlood, now) ? now < SimulatedDay.FirstFloodEnds ? 2 * ChatInbox.Capacity : 5_000 : day.Is(DayFault.ChatGap, now) ? 0 : day.Is(DayFault.Moment, now) ? 30 : 1 + _random.Next(3);
            for (var i = 0; i < count; i++)
            {
                var said = new ChatMessage(SimulatedOrigin.Began + TimeSpan.FromSeconds(now), (ulong)_random.Next(1, 500), Words[_random.Next(Words.Length)].AsMemory(), ++_ids);
                inbox.Put(new(ChatEventKind.Said, said, clock.GetUtcNow()));
            }
        }
    }
}
