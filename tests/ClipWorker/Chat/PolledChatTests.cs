using StreamClips.ClipWorker.Chat;
using StreamClips.Testing;

namespace StreamClips.ClipWorker.Tests.Chat;

/// <summary>How a chat that has to be asked is asked, and what it hands in.</summary>
[TestFixture]
internal sealed class PolledChatTests
{
    private ManualClock _clock = null!;
    private ChatInbox _inbox = null!;
    private Told _told = null!;
    private CancellationTokenSource _stop = null!;
    private Script _script = null!;
    private Task _running = null!;

    [SetUp]
    public void Begin() => (_clock, _inbox, _told, _stop) = (new(), new(), new(), new());

    [TearDown]
    public async Task Stop()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    [Test]
    public async Task What_was_said_before_it_came_is_known_and_not_counted()
    {
        await RunAsync(_ => Read(["old", "older"], -30), _ => Read(["old", "new"], -5));
        Assert.That(_inbox.Listening, Is.True);
        Assert.That(Taken(), Is.EqualTo(new[] { "heard", "heard" }));
        await StepAsync();
        Assert.That(Taken(), Is.EqualTo(new[] { "new", "heard" }), "a repeat is dropped by its id");
    }

    [TestCase(0, 1)]
    [TestCase(3, 3)]
    [TestCase(500, 8)]
    public async Task It_is_asked_again_when_the_platform_wishes_but_soon_enough_to_see_a_surge(int wish, int waits)
    {
        await RunAsync(_ => Read([], 0, wish), _ => Read([], 0, wish));
        _clock.Advance(TimeSpan.FromSeconds(waits - 0.1));
        Assert.That(_script.Asked, Is.EqualTo(1));
        await StepAsync();
        Assert.That(_script.Asked, Is.EqualTo(2));
    }

    [Test]
    public async Task A_burst_is_handed_in_by_the_platforms_times_then_what_was_taken_back_then_how_far_it_was_heard()
    {
        await RunAsync(_ => Read([], 0), now => new ChatPoll.Read([Said("late", now.AddSeconds(-1)), Removed("x", now), Said("early", now.AddSeconds(-7)), Said("future", now.AddHours(1))], now, TimeSpan.FromSeconds(5)));
        Taken();
        await StepAsync();
        var events = Events();
        Assert.That(events.Select(e => e.Kind == ChatEventKind.Heard ? "heard" : $"{e.Message.Text}"), Is.EqualTo(new[] { "early", "late", "future", "x", "heard" }));
        Assert.That(events[2].Message.At, Is.EqualTo(_script.Now), "a time from the future is wrong");
        Assert.That(events[^1].Message.At, Is.EqualTo(_script.Now - PolledChat.Settle));
        Assert.That(events[^1].Message.At - events[^1].Arrived, Is.EqualTo(_script.Now - _clock.GetUtcNow()), "both clocks' difference");
    }

    [Test]
    public async Task A_question_without_an_answer_is_asked_again_and_the_chat_still_counts_as_heard()
    {
        await RunAsync(_ => Read([], 0), _ => new ChatPoll.Failed("503"), _ => Read(["missed"], -9));
        await StepAsync();
        Assert.That(_inbox.Listening, Is.True);
        Assert.That(_told.Lines[^1], Is.EqualTo("lost 503"));
        Taken();
        await StepAsync();
        Assert.That(Taken(), Is.EqualTo(new[] { "missed", "heard" }));
        Assert.That(_script.Begun, Is.EqualTo(1));
    }

    [Test]
    public async Task After_five_failures_or_when_its_place_is_forgotten_it_begins_anew()
    {
        await RunAsync([_ => Read([], 0), .. Enumerable.Repeat<Func<DateTimeOffset, ChatPoll>>(_ => new ChatPoll.Failed("503"), 5), _ => Read([], 0), _ => new ChatPoll.Expired("400"), _ => Read([], 0)]);
        for (var i = 0; i < 5; i++) await StepAsync();
        Assert.That(_inbox.Listening, Is.False);
        await StepAsync();
        Assert.That((_inbox.Listening, _script.Begun), Is.EqualTo((true, 2)));
        await StepAsync();
        Assert.That((_inbox.Listening, _told.Lines[^1]), Is.EqualTo((false, "lost 400")));
        await StepAsync();
        Assert.That((_inbox.Listening, _script.Begun), Is.EqualTo((true, 3)));
    }

    [Test]
    public async Task A_closed_chat_is_told_once_and_looked_at_again()
    {
        await RunAsync(_ => new ChatPoll.Closed("off"), _ => new ChatPoll.Closed("off"), _ => Read([], 0));
        Assert.That((_inbox.Closed, _inbox.State), Is.EqualTo(("off", ChatState.Closed)), "which is not that it is connected to anew");
        await StepAsync();
        Assert.That(_told.Lines, Is.EqualTo(new[] { "closed off" }));
        await StepAsync();
        Assert.That((_inbox.Closed, _inbox.Listening), Is.EqualTo(("", true)));
    }

    [Test]
    public async Task Who_is_turned_away_asks_again_only_after_minutes()
    {
        await RunAsync(_ => Read([], 0), _ => new ChatPoll.Refused("429"), _ => Read([], 0));
        await StepAsync();
        Assert.That((_inbox.Closed, _inbox.State, _told.Lines[^1]), Is.EqualTo(("429", ChatState.Refused, "refused 429")));
        var asked = _script.Asked;
        _clock.Advance(TimeSpan.FromMinutes(7.9));
        await SleepsAsync();
        Assert.That(_script.Asked, Is.EqualTo(asked));
        _clock.Advance(TimeSpan.FromMinutes(4.2));
        await Eventually.TrueAsync(() => _inbox.Listening, "it begins anew");
        Assert.That(_script.Begun, Is.EqualTo(2));
    }

    private ChatPoll.Read Read(string[] ids, double seconds, int waitS = 30) =>
        new([.. ids.Select(id => Said(id, _script.Now.AddSeconds(seconds)))], _script.Now, TimeSpan.FromSeconds(waitS));

    private static ChatEvent Said(string id, DateTimeOffset at) => new(ChatEventKind.Said, new(at, "u", id, id), at);

    private static ChatEvent Removed(string id, DateTimeOffset at) => new(ChatEventKind.MessageRemoved, new(at, "", id, id), at);

    private async Task RunAsync(params Func<DateTimeOffset, ChatPoll>[] answers)
    {
        _script = new(_clock, answers);
        _running = new PolledChat(_script, _clock, new Random(1)).RunAsync(_inbox, _told, _stop.Token);
        await SleepsAsync();
    }

    /// <summary>Lets time pass until it has asked once more and sleeps again.</summary>
    private async Task StepAsync()
    {
        for (var asked = _script.Asked; _script.Asked == asked; await SleepsAsync()) _clock.Advance(TimeSpan.FromSeconds(0.1));
    }

    private Task SleepsAsync() => Eventually.TrueAsync(() => _clock.Timers == 1 || _running.IsCompleted, "it waits for the next question");

    private List<ChatEvent> Events()
    {
        var events = new List<ChatEvent>();
        while (_inbox.TryTake(out var chatEvent)) events.Add(chatEvent with { Message = chatEvent.Message with { Text = chatEvent.Message.Text.ToArray() } });
        return events;
    }

    private string[] Taken() => [.. Events().Select(e => e.Kind == ChatEventKind.Heard ? "heard" : $"{e.Message.Text}")];

    /// <summary>Answers one after the other; the platform's clock is a minute ahead of ours. Answers are made at once.</summary>
    private sealed class Script(ManualClock clock, IReadOnlyList<Func<DateTimeOffset, ChatPoll>> answers) : IChatPoller
    {
        public string Channel => "someone";

        public int Asked { get; private set; }

        public int Begun { get; private set; }

        public DateTimeOffset Now => clock.GetUtcNow().AddMinutes(1);

        public Task<ChatPoll> BeginAsync(CancellationToken ct)
        {
            Begun++;
            return PollAsync(ct);
        }

        public Task<ChatPoll> PollAsync(CancellationToken ct) => Task.FromResult(answers[Math.Min(Asked++, answers.Count - 1)](Now));
    }

    private sealed class Told : IChatEvents
    {
        public List<string> Lines { get; } = [];

        public void ChatConnected(string channel) => Lines.Add("connected");

        public void ChatDisconnected(string channel, string why, TimeSpan wait) => Lines.Add($"lost {why}");

        public void ChatClosed(string channel, string why, TimeSpan wait) => Lines.Add($"closed {why}");

        public void ChatRefused(string channel, string why, TimeSpan wait) => Lines.Add($"refused {why}");
    }
}
