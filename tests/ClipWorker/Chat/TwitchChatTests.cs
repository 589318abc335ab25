using StreamClips.ClipWorker.Chat;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Chat;

/// <summary>Chat over a real WebSocket.</summary>
[TestFixture]
internal sealed class TwitchChatTests
{
    private const string Joined = ":justinfan.tmi.twitch.tv 366 justinfan #channel :End of /NAMES list\r\n";

    // 4,095 and 4,096 are where a read fills the first buffer but for the byte of the line end.
    [TestCase(4090)]
    [TestCase(4095)]
    [TestCase(4096)]
    [TestCase(6 << 10)]
    [TestCase(TwitchChat.MaxLineBytes)]
    public async Task A_line_of_any_allowed_length_is_heard_and_a_longer_one_is_passed_over(int bytes)
    {
        await using var server = new ChatServer(hangUp: false, Joined, Line(bytes), Line(TwitchChat.MaxLineBytes + 1), Line(70_000), ":u!u@u PRIVMSG #channel :last\r\n");
        var texts = await HearAsync(server, 2);
        Assert.That(texts.Select(t => t.Length), Is.EqualTo(new[] { bytes - Line(0, "").Length, 4 }));
    }

    [Test]
    [Category("Slow")]
    public async Task A_connection_that_is_cut_is_opened_again()
    {
        await using var server = new ChatServer(hangUp: true, Joined, ":u!u@u PRIVMSG #channel :hello\r\n");
        Assert.That(await HearAsync(server, 2), Is.EqualTo(new[] { "hello", "hello" }));
        Assert.That(server.Visits, Is.GreaterThanOrEqualTo(2));
    }

    [Test]
    public async Task A_connection_gets_a_buffer_with_room_for_a_line_end_however_the_line_is_split()
    {
        await using var server = new ChatServer(hangUp: false, Line(6 << 10));
        await using var connection = await ChatConnection.OpenAsync(server.Address, CancellationToken.None);
        var lines = new LineSplitter(TwitchChat.MaxLineBytes);
        var length = 0;
        while (length == 0)
        {
            lines.Written(await connection.ReceiveAsync(lines.Free(), CancellationToken.None));
            if (lines.TryTake(out var line)) length = line.Length;
        }

        Assert.That(length, Is.EqualTo(6 << 10));
    }

    private static string Line(int bytes, string end = "\r\n")
    {
        const string Head = ":u!u@u PRIVMSG #channel :";
        return Head + new string('x', Math.Max(0, bytes - Head.Length)) + end;
    }

    private static async Task<List<string>> HearAsync(ChatServer server, int count)
    {
        using var stop = new CancellationTokenSource();
        var inbox = new ChatInbox();
        var reading = new TwitchChat(server.Address, "channel", TimeProvider.System, new Random(1)).RunAsync(inbox, new ChatTold(), stop.Token);
        var texts = new List<string>();
        try
        {
            await Eventually.TrueAsync(
                () =>
                {
                    if (inbox.TryTake(out var heard)) texts.Add(heard.Message.Text.ToString());
                    return texts.Count == count || reading.IsFaulted;
                },
                "the messages are heard");
            if (reading.IsFaulted) await reading;
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return texts;
    }
}
