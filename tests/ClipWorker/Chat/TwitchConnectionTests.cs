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
        await run.BeginAsync();
        await Eventually.TrueAsync(() => server.Heard.Contains("JOIN #channel\r\n"), "the wish to join", Seconds);
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
        await run.BeginAsync();
        await run.ToldAsync("connected");
        await run.PassUntilAsync("lost: no answer to a ping in 10 s");
        await Eventually.TrueAsync(() => server.Heard.Contains("PING :streamclips\r\n"), "the PING", Seconds);
    }

    [TestCase("Login unsuccessful")]
    [TestCase("This channel does not exist or has been suspended.")]
    public async Task What_the_server_says_in_place_of_a_join_is_told(string notice)
    {
        await using var server = new ChatServer(hangUp: false, $"@msg-id=x :tmi.twitch.tv NOTICE #channel :{notice}\r\n");
        await using var run = new Run(server.Address, new ManualClock());
        await run.BeginAsync();
        await run.ToldAsync($"lost: the server says: {notice}");
        Assert.That(run.Told.Lines, Has.None.EqualTo("connected"));
    }

    [Test]
    public async Task A_channel_that_is_suspended_while_it_is_read_is_left_and_another_notice_changes_nothing()
    {
        await using var server = new ChatServer(
            hangUp: false, Joined, "@msg-id=slow_on :tmi.twitch.tv NOTICE #channel :This room is now in slow mode.\r\n",
            "@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #channel :This channel does not exist or has been suspended.\r\n");
        await using var run = new Run(server.Address, new ManualClock());
        await run.BeginAsync();
        await run.ToldAsync("lost: the server says: This channel does not exist or has been suspended.");
        Assert.That(run.Told.Lines.Take(2), Is.EqualTo(new[] { "connected", "lost: the server says: This channel does not exist or has been suspended." }));
    }

    [Test]
    public async Task Who_is_told_to_reconnect_comes_back()
    {
        await using var server = new ChatServer(hangUp: false, Joined, ":tmi.twitch.tv RECONNECT\r\n");
        await using var run = new Run(server.Address, new ManualClock());
        await run.BeginAsync();
        await run.ToldAsync("lost: the server asked us to connect anew");
        await run.PassUntilAsync(() => server.Visits >= 2, "it comes back");
    }

    [Test]
    public async Task A_connection_that_fails_counts_as_no_join_and_one_that_joins_does()
    {
        using var directory = new TemporaryDirectory();
        var joins = new JoinBudget(directory["joins"], TimeProvider.System, new Random(1));
        // Nothing listens at port 1.
        await using (var failing = new Run(new("irc://127.0.0.1:1/"), joins: joins))
            await Eventually.TrueAsync(() => failing.Told.Lines.Any(l => l.StartsWith("lost: ", StringComparison.Ordinal)), "it fails", Seconds);
        Assert.That(File.Exists(directory["joins"]), Is.False);
        await using var server = new ChatServer(hangUp: false, Joined);
        await using var run = new Run(server.Address, joins: joins);
        await run.ToldAsync("connected");
        Assert.That(new FileInfo(directory["joins"]).Length, Is.EqualTo(sizeof(long)));
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

        public Run(Uri server, ManualClock? clock = null, JoinBudget? joins = null)
        {
            _clock = clock;
            _reading = new TwitchChat(server, "channel", clock ?? TimeProvider.System, new Random(1), joins).RunAsync(Inbox, Told, _stop.Token);
        }

        public ChatInbox Inbox { get; } = new();

        public ChatTold Told { get; } = new();

        /// <summary>Lets the first moment pass, in which nobody connects; from there on the clock stands still while sockets are at work.</summary>
        public async Task BeginAsync()
        {
            await Eventually.TrueAsync(() => _clock!.Timers == 1, "it waits a moment first", Seconds);
            _clock!.Advance(TimeSpan.FromSeconds(1));
        }

        /// <summary>Waits, while the clock stands still, until something was told.</summary>
        public Task ToldAsync(string line) => Eventually.TrueAsync(() => Told.Lines.Contains(line), line, Seconds);

        /// <summary>Lets time pass, some 25 times as fast as it does, until something was told. Not for while a connection is being made.</summary>
        public Task PassUntilAsync(string line) => PassUntilAsync(() => Told.Lines.Contains(line), line);

        /// <inheritdoc cref="PassUntilAsync(string)"/>
        public Task PassUntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(
            () =>
            {
                if (condition()) return true;
                _clock!.Advance(TimeSpan.FromSeconds(0.5));
                return false;
            },
            what, Seconds);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }
    }
}
