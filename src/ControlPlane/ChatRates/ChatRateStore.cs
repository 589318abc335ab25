using System.Runtime.CompilerServices;
using StreamClips.ControlPlane.Database;
using StreamClips.Shared.Journal;

namespace StreamClips.ControlPlane.ChatRates;

/// <summary>Minutes of chats in the database.</summary>
public sealed class ChatRateStore(Postgres postgres)
{
    /// <summary>The longest time that is read at once: more days than that are only kept for those who read them one by one.</summary>
    public static readonly TimeSpan LongestSpan = TimeSpan.FromDays(31);

    // About half a megabyte a page: whoever reads slowly holds no connection meanwhile.
    private const int PageRows = 1000;

    // What is packed in a row begins up to so long before its last second.
    private static readonly TimeSpan LongestRow = TimeSpan.FromMinutes(3);

    /// <summary>What was heard in a process's chat, stretch by stretch and in order.</summary>
    /// <param name="process">The process.</param>
    /// <param name="since">From about here on: rows that begin up to three minutes before may hold seconds of it.</param>
    /// <param name="until">Up to here.</param>
    /// <param name="cancellation">Gives up.</param>
    public async IAsyncEnumerable<ChatEntry> ReadAsync(Guid process, DateTimeOffset since, DateTimeOffset until, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (from, began, number) = (since - LongestRow, DateTimeOffset.MinValue, -1);
        while (true)
        {
            var page = await postgres.ListAsync<Row>(
                """
                select at, began, number, until_tick, ended, version, written_at, seconds from chat_rate
                where process_id = @process and at >= @from and at < @until and (began, number) > (@began, @number)
                order by began, number limit @PageRows
                """, new { process, from, until, began, number, PageRows }, cancellation);
            foreach (var row in page) yield return row.Entry;
            if (page.Count < PageRows) yield break;
            (began, number) = (page[^1].Began, page[^1].Number);
        }
    }

    private sealed record Row
    {
        public required DateTimeOffset At { get; init; }

        public required DateTimeOffset Began { get; init; }

        public required int Number { get; init; }

        public required long UntilTick { get; init; }

        public required bool Ended { get; init; }

        public required short Version { get; init; }

        public required DateTimeOffset WrittenAt { get; init; }

        public required byte[] Seconds { get; init; }

        public ChatEntry Entry => new() { At = WrittenAt, Version = Version, Began = Began, Number = Number, From = At, Until = new(UntilTick, TimeSpan.Zero), Ended = Ended, Seconds = Seconds };
    }
}
