using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Http;
using StreamClips.ControlPlane.Tests.Accounts;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Http;

[Category("Slow")]
public sealed class IdempotencyTests
{
    private ManualClock _clock = null!;
    private TestControlPlane _control = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _clock = new ManualClock(TimeProvider.System.GetUtcNow());
        _control = await TestControlPlane.StartAsync(clock: _clock);
    }

    [TearDown]
    public async Task StopAsync() => await _control.DisposeAsync();

    [Test]
    public async Task The_same_request_is_carried_out_once_and_answered_alike()
    {
        var first = await PostAsync("/streamers", Streamer("ada"), "k1");
        var again = await PostAsync("/streamers", Streamer("ada"), "k1");
        var quoted = await PostAsync("/streamers", Streamer("ada"), "\"k1\"");

        Assert.That(first.Status, Is.EqualTo(201));
        Assert.That((again.Status, again.Body, again.Tag, again.Location), Is.EqualTo((201, first.Body, first.Tag, first.Location)));
        Assert.That(quoted.Body, Is.EqualTo(first.Body));
        Assert.That((first.Replayed, again.Replayed), Is.EqualTo((false, true)));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from streamer"), Is.EqualTo(1));
    }

    [Test]
    public async Task Requests_that_come_at_once_make_one_thing()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync("/tokens/join", new { uses = 3 }, "at-once")));

        Assert.That(await _control.ScalarAsync<long>("select count(*) from join_token"), Is.EqualTo(1));
        Assert.That(answers.Select(a => a.Status), Is.All.EqualTo(201).Or.EqualTo(409));
        Assert.That(answers.Where(a => a.Status == 201).Select(a => a.Body).Distinct().Count(), Is.EqualTo(1));
        Assert.That(answers.Where(a => a.Status == 409).Select(a => a.Body), Is.All.Contains("still being carried out"));
    }

    [Test]
    public async Task A_key_is_for_one_request_and_for_one_user()
    {
        await PostAsync("/streamers", Streamer("ada"), "k1");
        var other = await PostAsync("/streamers", Streamer("bert"), "k1");
        await _control.AddUserAsync("olga", Role.Operator);
        using var olga = await _control.SignedInAsync("olga");
        var hers = await PostAsync("/streamers", Streamer("carl"), "k1", olga);

        Assert.That((other.Status, hers.Status), Is.EqualTo((422, 201)));
        Assert.That(other.Body, Does.Contain("used for another request"));
    }

    [Test]
    public async Task What_was_refused_may_be_sent_again_with_its_key()
    {
        await _control.AddStreamerAsync("ada");
        var taken = await PostAsync("/streamers", Streamer("ADA"), "k1");
        await _control.ExecuteAsync("delete from streamer");
        var free = await PostAsync("/streamers", Streamer("ADA"), "k1");

        Assert.That((taken.Status, free.Status, free.Replayed), Is.EqualTo((409, 201, false)));
    }

    [Test]
    public async Task A_new_token_is_answered_again_and_stands_nowhere_in_the_database()
    {
        var first = await PostAsync("/tokens", new { name = "ci", scope = "read" }, "a-guessable-key");
        var again = await PostAsync("/tokens", new { name = "ci", scope = "read" }, "a-guessable-key");
        var token = JsonNode.Parse(first.Body)!["token"]!.ToString();

        Assert.That(again.Body, Is.EqualTo(first.Body));
        var rows = await _control.ScalarAsync<string>("select string_agg(encode(answer, 'escape') || k::text, ' ') from idempotency_key k");
        Assert.That(rows, Does.Not.Contain(token).And.Not.Contain("a-guessable-key").And.Not.Contain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(token))));
    }

    [Test]
    public async Task A_key_is_forgotten_after_a_day()
    {
        await PostAsync("/tokens/join", new { uses = 1 }, "k1");
        _clock.Advance(IdempotencyStore.Kept - TimeSpan.FromMinutes(1));
        await _control.Get<Trimmer>().RunOnceAsync(CancellationToken.None);
        var within = await PostAsync("/tokens/join", new { uses = 1 }, "k1");
        _clock.Advance(TimeSpan.FromMinutes(2));
        await _control.Get<Trimmer>().RunOnceAsync(CancellationToken.None);

        Assert.That(within.Replayed, Is.True);
        Assert.That(await _control.ScalarAsync<long>("select count(*) from idempotency_key"), Is.Zero);
    }

    [Test]
    public async Task A_request_that_died_before_its_commit_may_be_tried_again_after_a_minute()
    {
        await PostAsync("/streamers", Streamer("ada"), "k1");
        await _control.ExecuteAsync("update idempotency_key set committed = false, answer = null, claimed_until = @until; delete from streamer", new { until = _clock.GetUtcNow() + IdempotencyStore.LongestClaim });

        Assert.That((await PostAsync("/streamers", Streamer("ada"), "k1")).Status, Is.EqualTo(409));
        _clock.Advance(IdempotencyStore.LongestClaim + TimeSpan.FromSeconds(1));
        Assert.That((await PostAsync("/streamers", Streamer("ada"), "k1")).Status, Is.EqualTo(201));
    }

    [Test]
    public async Task A_request_that_died_after_its_commit_is_never_carried_out_again()
    {
        await PostAsync("/tokens/join", new { uses = 1 }, "k1");
        await _control.ExecuteAsync("update idempotency_key set answer = null");
        _clock.Advance(IdempotencyStore.LongestClaim * 2);
        var again = await PostAsync("/tokens/join", new { uses = 1 }, "k1");

        Assert.That((again.Status, await _control.ScalarAsync<long>("select count(*) from join_token")), Is.EqualTo((409, 1L)));
        Assert.That(again.Body, Does.Contain("was carried out, and its answer was lost"));
    }

    [Test]
    public async Task The_key_is_committed_with_the_thing_and_one_that_was_taken_over_undoes_it()
    {
        var (store, postgres) = (_control.Get<IdempotencyStore>(), _control.Get<Postgres>());
        var account = await _control.ScalarAsync<Guid>("select id from account");
        var (slow, other) = (new Claim(account, "k1", Guid.NewGuid()), new Claim(account, "k1", Guid.NewGuid()));
        await store.ClaimAsync(slow, new byte[32], CancellationToken.None);
        _clock.Advance(IdempotencyStore.LongestClaim + TimeSpan.FromSeconds(1));
        Assert.That((await store.ClaimAsync(other, new byte[32], CancellationToken.None)).Outcome, Is.EqualTo(ClaimOutcome.Claimed));

        Assert.ThrowsAsync<TimeoutException>(() => MakeAsync(slow));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from streamer"), Is.Zero);
        await MakeAsync(other);
        Assert.That(await _control.ScalarAsync<bool>("select committed from idempotency_key"), Is.True);

        async Task MakeAsync(Claim claim)
        {
            BeforeCommit.Do((connection, cancellation) => IdempotencyStore.CommitAsync(connection, claim, cancellation));
            await postgres.TransactAsync(connection => Dapper.SqlMapper.ExecuteAsync(
                connection, "insert into streamer (id, name, url, active, settings, created_at, updated_at) values (gen_random_uuid(), 'a', 'https://x.example', false, '{}', now(), now())"), CancellationToken.None);
        }
    }

    [Test]
    public async Task A_route_marks_the_key_in_the_very_transaction_of_what_it_makes()
    {
        await _control.ExecuteAsync(
            """
            create table probe (what text, transaction bigint);
            grant insert on probe to public;
            create function probe() returns trigger language plpgsql as $$ begin insert into probe values (tg_table_name, txid_current()); return null; end $$;
            create trigger probe after insert on join_token for each row execute function probe();
            create trigger probe after update on idempotency_key for each row when (new.committed and not old.committed) execute function probe();
            """);
        await PostAsync("/tokens/join", new { uses = 1 }, "k1");

        Assert.That(await _control.ScalarAsync<string>("select string_agg(what, ' ' order by what) from probe group by transaction"), Is.EqualTo("idempotency_key join_token"));
    }

    [Test]
    public async Task A_user_has_so_many_keys_and_no_more()
    {
        await _control.ExecuteAsync(
            """
            insert into idempotency_key (account_id, key_hash, request_hash, claim, claimed_until, committed, expires_at)
            select (select id from account), sha256(n::text::bytea), sha256('r'), gen_random_uuid(), now(), true, now() + interval '100 years' from generate_series(1, @most) n
            """, new { most = IdempotencyStore.MostOfUser });
        var refused = await PostAsync("/streamers", Streamer("ada"), "k1");

        Assert.That(refused.Status, Is.EqualTo(429));
        Assert.That((await PostAsync("/streamers", Streamer("ada"), null)).Status, Is.EqualTo(201));
    }

    [TestCase("a b")]
    [TestCase("01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890")]
    public async Task What_is_no_key_is_told(string key) =>
        Assert.That((await PostAsync("/streamers", Streamer("ada"), key)).Status, Is.EqualTo(400));

    private static object Streamer(string name) => new { name, url = "https://www.twitch.tv/ada", active = false };

    private async Task<(int Status, string Body, string? Tag, string? Location, bool Replayed)> PostAsync(string path, object body, string? key, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (key is not null) request.Headers.TryAddWithoutValidation(Idempotency.Header, key);
        using var response = await (client ?? _control.Http).SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ETag?.ToString(), response.Headers.Location?.ToString(), response.Headers.Contains(Idempotency.Replayed));
    }
}
