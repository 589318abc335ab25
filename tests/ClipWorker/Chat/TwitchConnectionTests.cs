using System.Net;
using System.Net.Sockets;
using StreamClips.ClipWorker.Chat;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Chat;

/// <summary>What a chat server can do to us, and what is told of it.</summary>
[TestFixture]
internal sealed class TwitchConnectionTests
{
    private const string Joined = ":justinfan.tmi.twitch.tv 366 justinfan #channel :End of /NAMES list\r\n";
    private const double Seconds = 60;

    [Test]
    public async Task A_server_that_accepts_and_says_nothing_is_left()
    {
        await using var server = new ChatServer(hangUp: false);
        await using var run = new Run(server.Address, new ManualClock());
        await run.PassUntilAsync("lost: the server did not let us join #channel in 10 s");
    }

    [Test]
    public async Task A_socket_that_accepts_and_never_shakes_hands_is_left()
    {
        using var listener = Listen();
        await using var run = new Run(new($"ws://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"), new ManualClock());
        await run.PassUntilAsync("lost: the chat did not answer in time");
    }

    [Test]
    public async Task A_server_that_does_not_answer_a_ping_is_dead()
    {
        await using var server = new ChatServer(hangUp: false, Joined);
        await using var run = new Run(server.Address, new ManualClock());
        await run.PassUntilAsync("lost: no answer to a PING in 10 s");
        Assert.That(server.Heard, Has.Some.EqualTo("PING :streamclips\r\n"));
    }

    [TestCase("Login unsuccessful")]
    [TestCase("This channel does not exist or has been suspended.")]
    public async Task What_the_server_says_in_place_of_a_join_is_told(string notice)
    {
        await using var server = new ChatServer(hangUp: false, $"@msg-id=x :tmi.twitch.tv NOTICE #channel :{notice}\r\n");
        await using var run = new Run(server.Address, new ManualClock());
        await run.PassUntilAsync($"lost: the server says: {notice}");
        Assert.That(run.Told.Lines, Has.None.EqualTo("connected"));
    }

    [Test]
    public async Task A_channel_that_is_suspended_while_it_is_read_is_left_and_another_notice_changes_nothing()
    {
        await using var server = new ChatServer(
            hangUp: false, Joined, "@msg-id=slow_on :tmi.twitch.tv NOTICE #channel :This room is now in slow mode.\r\n",
            "@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #channel :This channel does not exist or has been suspended.\r\n");
        await using var run = new Run(server.Address, new ManualClock());
        await run.PassUntilAsync("lost: the server says: This channel does not exist or has been suspended.");
        Assert.That(run.Told.Lines.Take(2), Is.EqualTo(new[] { "connected", "lost: the server says: This channel does not exist or has been suspended." }));
    }

    [Test]
    public async Task Who_is_told_to_reconnect_comes_back_at_once()
    {
        await using var server = new ChatServer(hangUp: false, Joined, ":tmi.twitch.tv RECONNECT\r\n");
        await using var run = new Run(server.Address);
        await Eventually.TrueAsync(() => server.Visits >= 3, "three visits", Seconds);
        Assert.That(run.Told.Lines, Does.Contain("lost: the server asked us to connect anew"));
    }

    [TestCase("wss")]
    [TestCase("ircs")]
    public async Task A_server_without_TLS_where_it_should_be_is_told(string scheme)
    {
        using var listener = Listen();
        using var stop = new CancellationTokenSource();
        var serving = AnswerPlainlyAsync(listener, stop.Token);
        await using var run = new Run(new($"{scheme}://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"));
        await Eventually.TrueAsync(() => run.Told.Lines.Any(l => l.StartsWith($"lost: cannot reach the chat at {scheme}://127.0.0.1", StringComparison.Ordinal)), "the fault is told", Seconds);
        await stop.CancelAsync();
        await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [Test]
    public async Task Many_workers_that_start_together_do_not_join_together()
    {
        await using var server = new ChatServer(hangUp: true, Joined);
        var clock = new ManualClock();
        var runs = Enumerable.Range(0, 50).Select(i => new Run(server.Address, clock, i)).ToList();
        Assert.That(server.Visits, Is.Zero, "each waits a moment of its own first");
        Assert.That(runs.Select(r => r.Inbox.State), Has.All.EqualTo(ChatState.Connecting));
        foreach (var run in runs) await run.DisposeAsync();
    }

    private static TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static async Task AnswerPlainlyAsync(TcpListener listener, CancellationToken ct)
    {
        while (true)
        {
            using var client = await listener.AcceptTcpClientAsync(ct);
            await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), ct);
        }
    }

    /// <summary>A chat that is read until the end of the test.</summary>
    private sealed class Run : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly ManualClock? _clock;
        private readonly Task _reading;

        public Run(Uri server, ManualClock? clock = null, int seed = 1)
        {
            _clock = clock;
            _reading = new TwitchChat(server, "channel", clock ?? TimeProvider.System, new Random(seed)).RunAsync(Inbox, Told, _stop.Token);
        }

        public ChatInbox Inbox { get; } = new();

        public ChatTold Told { get; } = new();

        /// <summary>Lets time pass, some 25 times as fast as it does, until something was told.</summary>
        public Task PassUntilAsync(string line) => Eventually.TrueAsync(
            () =>
            {
                if (Told.Lines.Contains(line)) return true;
                _clock!.Advance(TimeSpan.FromSeconds(0.5));
                return false;
            },
            line, Seconds);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }
    }
}
