using StreamClips.ClipWorker.Chat;
using StreamClips.ClipWorker.Chat.Kick;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Chat.Kick;

/// <summary>Kick's chat over a real WebSocket.</summary>
[TestFixture]
internal sealed class KickChatTests
{
    private const string Established = """{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.2\",\"activity_timeout\":120}"}""";
    private const string Joined = """{"event":"pusher_internal:subscription_succeeded","data":"{}","channel":"chatrooms.7.v2"}""";
    private const double Seconds = 60;

    [Test]
    public async Task It_subscribes_and_hears_each_message_once()
    {
        await using var server = new ChatServer(hangUp: false, Established, Joined, Said("1", "hello"), Said("1", "hello"), Said("2", "there"));
        await using var run = new Run(server);
        var texts = new List<string>();
        await Eventually.TrueAsync(
            () =>
            {
                if (run.Inbox.TryTake(out var heard)) texts.Add(heard.Message.Text.ToString());
                return texts.Count == 2;
            },
            "two messages", Seconds);
        Assert.That(texts, Is.EqualTo(new[] { "hello", "there" }));
        Assert.That(run.Inbox.State, Is.EqualTo(ChatState.Connected));
        await Eventually.TrueAsync(() => server.Heard.Count >= 2, "both subscriptions", Seconds);
        Assert.That(server.Heard, Is.EqualTo(new[]
        {
            """{"event":"pusher:subscribe","data":{"auth":"","channel":"chatrooms.7.v2"}}""",
            """{"event":"pusher:subscribe","data":{"auth":"","channel":"channel.5"}}""",
        }));
    }

    [Test]
    public async Task A_ping_is_answered()
    {
        await using var server = new ChatServer(hangUp: false, Established, Joined, """{"event":"pusher:ping","data":"{}"}""");
        await using var run = new Run(server);
        await Eventually.TrueAsync(() => server.Heard.Contains("""{"event":"pusher:pong","data":{}}"""), "the answer", Seconds);
    }

    [Test]
    public async Task A_server_that_accepts_and_does_not_let_us_join_is_left()
    {
        await using var server = new ChatServer(hangUp: false, Established);
        await using var run = new Run(server, new ManualClock());
        await run.BeginAsync();
        await Eventually.TrueAsync(() => server.Heard.Count >= 2, "both subscriptions", Seconds);
        await run.PassUntilAsync("lost: the server did not let us join the chatroom in 10 s");
    }

    [Test]
    public async Task A_server_that_does_not_answer_a_ping_is_dead()
    {
        await using var server = new ChatServer(hangUp: false, Established, Joined);
        await using var run = new Run(server, new ManualClock());
        await run.BeginAsync();
        await run.ToldAsync("connected");
        await run.PassUntilAsync("lost: no answer to a ping in 10 s");
        await Eventually.TrueAsync(() => server.Heard.Contains("""{"event":"pusher:ping","data":{}}"""), "the ping", Seconds);
    }

    [Test]
    public async Task An_error_for_good_is_told_and_tried_again_after_minutes()
    {
        await using var server = new ChatServer(hangUp: false, """{"event":"pusher:error","data":{"code":4001,"message":"no such app"}}""");
        await using var run = new Run(server, new ManualClock());
        await run.BeginAsync();
        await run.ToldAsync("refused: the server says: no such app (4001)");
        Assert.That((run.Inbox.State, run.Inbox.Closed), Is.EqualTo((ChatState.Refused, "the server says: no such app (4001)")));
        Assert.That(server.Visits, Is.EqualTo(1));
        await Eventually.TrueAsync(() => run.Clock.Timers == 1, "it waits", Seconds);
        run.Clock.Advance(ChatLoop.RefusedWait * 1.2);
        await Eventually.TrueAsync(() => server.Visits == 2, "the second visit", Seconds);
    }

    [TestCase(4003, "refused: the server closed the connection (4003)")]
    [TestCase(4100, "lost: the server closed the connection (4100)")]
    public async Task The_code_of_a_close_counts_like_an_error(int code, string told)
    {
        await using var server = new ChatServer(hangUp: false, Established) { CloseCode = code };
        await using var run = new Run(server, new ManualClock());
        await run.BeginAsync();
        await run.ToldAsync(told);
    }

    [Test]
    public async Task A_server_that_wants_us_to_come_back_gets_us()
    {
        await using var server = new ChatServer(hangUp: false, Established, Joined, """{"event":"pusher:error","data":{"code":4200,"message":"please reconnect"}}""");
        await using var run = new Run(server, new ManualClock());
        await run.BeginAsync();
        await run.ToldAsync("lost: the server says: please reconnect (4200)");
        await run.PassUntilAsync(() => server.Visits >= 2, "it comes back");
    }

    [Test]
    public async Task A_broadcast_that_begins_ends_the_wait_for_it()
    {
        await using var server = new ChatServer(hangUp: false, Established, Joined, """{"event":"App\\Events\\StreamerIsLive","data":"{\"livestream\":{\"id\":1}}"}""");
        await using var run = new Run(server);
        await run.Inbox.WaitForBroadcastAsync(TimeSpan.FromHours(1), TimeProvider.System, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(Seconds));
    }

    [Test]
    public async Task A_chatroom_that_is_not_told_is_asked_for_again()
    {
        var asked = 0;
        await using var server = new ChatServer(hangUp: false, Established, Joined);
        await using var run = new Run(server, new ManualClock(), () => Interlocked.Increment(ref asked) < 3 ? (null, "kick.com answers 403") : (new(7, 5), null));
        await run.PassUntilAsync(() => Volatile.Read(ref asked) >= 3, "the third question");
        await run.ToldAsync("connected");
        Assert.That(run.Told.Lines, Is.EqualTo(new[] { "lost: kick.com answers 403", "lost: kick.com answers 403", "connected" }));
    }

    private static string Said(string id, string text) =>
        $$$"""{"event":"App\\Events\\ChatMessageEvent","data":"{\"id\":\"{{{id}}}\",\"content\":\"{{{text}}}\",\"type\":\"message\",\"created_at\":\"2026-01-02T03:04:05+00:00\",\"sender\":{\"id\":42}}","channel":"chatrooms.7.v2"}""";

    /// <summary>A chat that is read until the end of the test.</summary>
    private sealed class Run : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _reading;

        public Run(ChatServer server, ManualClock? clock = null, Func<(KickRoom? Room, string? Fault)>? findRoom = null)
        {
            Clock = clock ?? new();
            var chat = new KickChat(server.Address, "name", _ => Task.FromResult(findRoom?.Invoke() ?? (new KickRoom(7, 5), null)), clock ?? TimeProvider.System, new Random(1));
            _reading = chat.RunAsync(Inbox, Told, _stop.Token);
        }

        public ManualClock Clock { get; }

        public ChatInbox Inbox { get; } = new();

        public ChatTold Told { get; } = new();

        /// <summary>Lets the first moment pass, in which nobody connects; from there on the clock stands still while sockets are at work.</summary>
        public async Task BeginAsync()
        {
            await Eventually.TrueAsync(() => Clock.Timers == 1, "it waits a moment first", Seconds);
            Clock.Advance(TimeSpan.FromSeconds(1));
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
                Clock.Advance(TimeSpan.FromSeconds(0.5));
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
