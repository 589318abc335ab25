using System.Net;
using System.Net.Http.Json;
using Dapper;
using StreamClips.ControlPlane.Http;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Accounts;

[Category("Slow")]
public sealed class SessionTests
{
    // From the real time on: the client throws cookies away that have expired by it.
    private readonly ManualClock _clock = new(TimeProvider.System.GetUtcNow());
    private TestControlPlane _control = null!;

    [SetUp]
    public async Task StartAsync() => _control = await TestControlPlane.StartAsync(clock: _clock);

    [TearDown]
    public async Task StopAsync() => await _control.DisposeAsync();

    [Test]
    public async Task Ones_own_sessions_are_listed_and_ended_and_others_are_not_seen()
    {
        await _control.AddUserAsync("vera", Role.Viewer);
        using var here = await _control.SignedInAsync("vera");
        using var there = await _control.SignedInAsync("vera");
        var mine = (await here.GetFromJsonAsync<System.Text.Json.Nodes.JsonObject>("/sessions"))!["items"]!.AsArray();
        var other = mine.Single(s => !s!["current"]!.GetValue<bool>())!["id"]!.ToString();
        var admins = (await _control.GetAsync("/sessions"))["items"]!.AsArray().Single()!["id"]!.ToString();

        Assert.That(mine, Has.Count.EqualTo(2));
        Assert.That((await here.DeleteAsync($"/sessions/{admins}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await here.GetAsync("/sessions?all=true")).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await here.DeleteAsync($"/sessions/{other}")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await there.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _control.GetAsync("/sessions?all=true"))["items"]!.AsArray(), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_session_ends_a_day_after_its_last_use_and_a_week_after_its_begin()
    {
        for (var day = 0; day < 7; day++)
        {
            _clock.Advance(TimeSpan.FromHours(23.5));
            Assert.That((await _control.Http.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.OK), $"day {day}");
        }

        _clock.Advance(TimeSpan.FromHours(4));
        Assert.That((await _control.Http.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), "a week");
        await _control.SignInAsync(_control.Http);
        _clock.Advance(TimeSpan.FromHours(24.1));
        Assert.That((await _control.Http.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), "a day without use");
        await _control.Get<StreamClips.ControlPlane.Accounts.SessionStore>().TrimAsync(_clock.GetUtcNow(), CancellationToken.None);
        Assert.That(await _control.ScalarAsync<long>("select count(*) from session"), Is.Zero);
    }

    [TestCase("session")]
    [TestCase("token")]
    public async Task What_somebody_follows_ends_with_what_let_them_in(string kind)
    {
        await _control.AddUserAsync("vera", Role.Viewer);
        using var vera = await _control.SignedInAsync("vera");
        var (tokenId, text) = await vera.TokenAsync("read");
        using var follower = kind == "session" ? vera : _control.Bearing(text);
        using var response = await follower.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.That(await reader.ReadLineAsync(), Is.EqualTo(": streamclips"));

        // The stream is about to read what there is to tell, when the sign-out and another event come between.
        await using var busy = new Npgsql.NpgsqlConnection(_control.Connection + ";Pooling=false");
        await busy.OpenAsync();
        await using var transaction = await busy.BeginTransactionAsync();
        await busy.ExecuteAsync("lock table event in access exclusive mode");
        _control.Get<StreamClips.ControlPlane.Notifications.ChangeSignal>().Set(StreamClips.ControlPlane.Notifications.Topic.Events);
        await Eventually.TrueAsync(async () => await _control.ScalarAsync<long>("select count(*) from pg_locks where relation = 'event'::regclass and not granted") > 0, "the stream reads");
        using var ended = kind == "session" ? await vera.PostAsync("/auth/logout", null) : await vera.DeleteAsync($"/tokens/{tokenId}");
        await busy.ExecuteAsync("insert into event (at, kind, data) values (now(), 'streamer.added', '{\"streamer\": \"hidden\"}')");
        await transaction.CommitAsync();

        Assert.That(await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(90)), Does.Not.Contain("hidden"), "and tells nothing that came after");
    }

    [Test]
    public async Task Guessing_is_slowed_down_over_all_replicas_and_locks_nobody_out_who_is_signed_in_here()
    {
        await using var replica = await TestControlPlane.StartAsync(_control.Connection, signIn: false, clock: _clock);
        await _control.AddUserAsync("vera", Role.Viewer);
        using var vera = await _control.SignedInAsync("vera");
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 6; i++)
        {
            using var response = await (i % 2 == 0 ? _control : replica).Http.PostAsJsonAsync("/auth/login", new { username = "vera", password = "guess" });
            answers.Add(response.StatusCode);
        }

        Assert.That(answers, Is.EqualTo(Enumerable.Repeat(HttpStatusCode.Unauthorized, 5).Append(HttpStatusCode.TooManyRequests)));
        Assert.That((await vera.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        _clock.Advance(TimeSpan.FromSeconds(30));
        using var again = await _control.SignedInAsync("vera");
    }

    [TestCase("192.0.2.7", "192.0.2.7")]
    [TestCase("::ffff:192.0.2.7", "192.0.2.7")]
    [TestCase("2001:db8:1:2:3:4:5:6", "20010DB800010002")]
    [TestCase("2001:db8:1:2:ffff::1", "20010DB800010002")]
    public void One_guesser_is_one_address_or_one_network_of_64_bits(string address, string network) =>
        Assert.That(StreamClips.ControlPlane.Accounts.LoginThrottle.Network(IPAddress.Parse(address)), Is.EqualTo(network));
}
