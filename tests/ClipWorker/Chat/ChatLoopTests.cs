using StreamClips.ClipWorker.Chat;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Chat;

/// <summary>When a chat is visited again. The visits are made up, so that only the clock counts.</summary>
[TestFixture]
internal sealed class ChatLoopTests
{
    private static readonly VisitEnd Reconnect = new("reconnect", ChatRetry.AtOnce);
    private readonly List<Task> _running = [];
    private ManualClock _clock = null!;
    private ChatInbox _inbox = null!;
    private ChatTold _told = null!;
    private CancellationTokenSource _stop = null!;
    private int _visits;

    [SetUp]
    public void Begin() => (_clock, _inbox, _told, _stop, _visits) = (new(), new(), new(), new(), 0);

    [TearDown]
    public async Task Stop()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _running.Clear();
        _stop.Dispose();
    }

    [TestCase(ChatRetry.AtOnce)]
    [TestCase(ChatRetry.Later)]
    public async Task A_server_that_lets_us_join_and_sends_us_away_is_visited_more_and_more_rarely(ChatRetry then)
    {
        Run(1, JoinedFor(TimeSpan.FromSeconds(1), new("away", then)));
        await PassUntilAsync(() => _told.Waits.Count >= 40);
        var waits = _told.Waits.Select(w => w.TotalSeconds).ToList();
        Assert.That(waits.Take(2), Has.All.LessThanOrEqualTo(4), "at first it is soon");
        Assert.That(waits.Skip(10).Average(), Is.InRange(8, 22), "then up to half a minute, 15 s in the mean");
    }

    [Test]
    public async Task After_a_visit_that_lasted_it_comes_back_at_once_where_the_server_wants_it()
    {
        Run(1, JoinedFor(ChatLoop.Lasting, Reconnect));
        await PassUntilAsync(() => _told.Waits.Count >= 10);
        Assert.That(_told.Waits, Has.All.LessThanOrEqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public async Task A_visit_that_lasted_ends_the_growth_of_the_waits()
    {
        Run(1, async ct => _visits < 20 ? new("short") : await JoinedFor(ChatLoop.Lasting, new("long"))(ct));
        await PassUntilAsync(() => _told.Waits.Count >= 40);
        Assert.That(_told.Waits.Skip(10).Take(9).Max(), Is.GreaterThan(TimeSpan.FromSeconds(10)));
        Assert.That(_told.Waits.Skip(19), Has.All.LessThanOrEqualTo(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public async Task Who_was_refused_asks_again_after_some_ten_minutes_and_says_so_until_then()
    {
        Run(1, async ct => _visits < 3 ? new("over quota", ChatRetry.MuchLater) : await JoinedFor(ChatLoop.Lasting, Reconnect)(ct));
        await PassUntilAsync(() => _visits == 1 && _clock.Timers == 1);
        Assert.That((_inbox.State, _inbox.Closed), Is.EqualTo((ChatState.Refused, "over quota")));
        _clock.Advance(TimeSpan.FromMinutes(7.9));
        Assert.That(_visits, Is.EqualTo(1));
        await PassUntilAsync(() => _visits == 2 && _clock.Timers == 1);
        Assert.That(_told.Waits, Has.All.InRange(TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(12)));
        Assert.That((_inbox.State, _inbox.Closed), Is.EqualTo((ChatState.Refused, "over quota")));
        await PassUntilAsync(() => _inbox.Listening);
        Assert.That(_inbox.Closed, Is.Empty);
    }

    [Test]
    public async Task Many_workers_that_start_together_do_not_join_together()
    {
        const int Workers = 50, Steps = 20;
        for (var i = 0; i < Workers; i++) Run(i, ct => Task.Delay(Timeout.InfiniteTimeSpan, _clock, ct).ContinueWith(_ => Reconnect, TaskScheduler.Default));
        var begun = new List<int>();
        for (var step = 0; step < Steps; step++)
        {
            // A worker either waits or has begun, so that what this step began is counted into this step.
            await Eventually.TrueAsync(() => _clock.Timers + Volatile.Read(ref _visits) == Workers, "each waits or visits");
            begun.Add(Volatile.Read(ref _visits) - begun.Sum());
            _clock.Advance(TimeSpan.FromSeconds(1.0 / Steps));
        }

        await Eventually.TrueAsync(() => Volatile.Read(ref _visits) == Workers, "all have begun after a second");
        Assert.That(begun[0], Is.Zero, "each waits a moment of its own first");
        Assert.That(begun, Has.All.LessThanOrEqualTo(Workers / 5));
    }

    private void Run(int seed, Func<CancellationToken, Task<VisitEnd>> visitAsync) => _running.Add(new ChatLoop("name", _clock, new Random(seed)).RunAsync(
        ct =>
        {
            Interlocked.Increment(ref _visits);
            return visitAsync(ct);
        },
        _inbox, _told, _stop.Token));

    private Func<CancellationToken, Task<VisitEnd>> JoinedFor(TimeSpan time, VisitEnd end) => async ct =>
    {
        _inbox.Listening = true;
        await Task.Delay(time, _clock, ct);
        return end;
    };

    /// <summary>Lets time pass, each time when the loop sleeps.</summary>
    private async Task PassUntilAsync(Func<bool> condition)
    {
        while (true)
        {
            await Eventually.TrueAsync(() => _clock.Timers == 1, "the loop sleeps");
            if (condition()) return;
            _clock.Advance(TimeSpan.FromSeconds(0.5));
        }
    }
}
