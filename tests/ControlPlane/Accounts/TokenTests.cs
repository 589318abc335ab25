using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using StreamClips.ControlPlane.Http;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Accounts;

[Category("Slow")]
public sealed class TokenTests
{
    // From the real time on: the client throws cookies away that have expired by it.
    private readonly ManualClock _clock = new(TimeProvider.System.GetUtcNow());
    private TestControlPlane _control = null!;

    [SetUp]
    public async Task StartAsync() => _control = await TestControlPlane.StartAsync(clock: _clock);

    [TearDown]
    public async Task StopAsync() => await _control.DisposeAsync();

    [Test]
    public async Task A_token_is_shown_once_and_kept_as_a_hash()
    {
        var (_, text) = await _control.Http.TokenAsync("read");
        var listed = (await _control.GetAsync("/tokens")).ToJsonString();
        var kept = await _control.ScalarAsync<string>("select (select string_agg(t::text, '') from api_token t) || (select string_agg(a::text, '') from audit a)");

        Assert.That(text, Does.Match("^sct_[A-Za-z0-9_-]{43}$"));
        Assert.That(listed, Does.Contain(text[..12]).And.Not.Contain(text[..16]));
        Assert.That(kept, Does.Not.Contain(text[16..]).And.Not.Contain(text[..16]));
        Assert.That(await _control.ScalarAsync<byte[]>("select token_hash from api_token"), Has.Length.EqualTo(32));
        Assert.That(await _control.ScalarAsync<byte[]>("select token_hash from api_token"), Is.Not.EqualTo(SHA256.HashData(Encoding.UTF8.GetBytes(text[..43]))));
    }

    [Test]
    public async Task A_token_reaches_no_further_than_its_owner_does_now()
    {
        var id = await _control.AddUserAsync("otto", Role.Admin);
        using var otto = await _control.SignedInAsync("otto");
        using var token = _control.Bearing((await otto.TokenAsync("admin")).Text);
        Assert.That((await token.GetAsync("/users")).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        await _control.Http.PutAsJsonAsync($"/users/{id}", new { role = "viewer" });

        Assert.That((await token.GetAsync("/users")).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await token.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using var more = await otto.PostAsJsonAsync("/tokens", new { name = "more", scope = "operate" });
        Assert.That((int)more.StatusCode, Is.EqualTo(400), "nor does he make one that reaches further");
        Assert.That(await more.Content.ReadAsStringAsync(), Does.Contain("more than the role viewer may"));
    }

    [Test]
    public async Task A_token_ends_with_its_time()
    {
        using var token = _control.Bearing((await _control.Http.TokenAsync("read", days: 1)).Text);
        _clock.Advance(TimeSpan.FromHours(23.9));
        Assert.That((await token.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        _clock.Advance(TimeSpan.FromHours(0.2));

        using var response = await token.GetAsync("/streamers");
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(response.Headers.WwwAuthenticate.Single().Scheme, Is.EqualTo("Bearer"));
    }

    [Test]
    public async Task The_last_use_is_written_at_most_once_a_minute()
    {
        using var token = _control.Bearing((await _control.Http.TokenAsync("read")).Text);
        var first = await UseAsync();
        _clock.Advance(TimeSpan.FromSeconds(59));
        var soon = await UseAsync();
        _clock.Advance(TimeSpan.FromSeconds(2));
        var later = await UseAsync();

        Assert.That(soon, Is.EqualTo(first));
        Assert.That(later, Is.EqualTo(first.AddSeconds(61)));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from audit where subject = 'token'"), Is.EqualTo(1), "a use is no change");

        async Task<DateTime> UseAsync()
        {
            using var response = await token.GetAsync("/streamers");
            return await _control.ScalarAsync<DateTime>("select last_used_at from api_token where last_address is not null");
        }
    }

    [Test]
    public async Task Ones_own_tokens_are_revoked_and_others_are_not_seen()
    {
        await _control.AddUserAsync("vera", Role.Viewer);
        using var vera = await _control.SignedInAsync("vera");
        var (mine, text) = await vera.TokenAsync("read");
        var (others, _) = await _control.Http.TokenAsync("read");
        using var token = _control.Bearing(text);

        Assert.That((await vera.DeleteAsync($"/tokens/{others}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await vera.GetStringAsync("/tokens"), Does.Contain(mine.ToString()).And.Not.Contain(others.ToString()));
        Assert.That((await vera.GetAsync("/tokens?all=true")).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await _control.GetAsync("/tokens?all=true"))["items"]!.AsArray(), Has.Count.EqualTo(2));
        Assert.That((await token.DeleteAsync($"/tokens/{others}")).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await token.DeleteAsync($"/tokens/{mine}")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent), "as a program does that signs out");
        Assert.That((await token.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Nobody_has_more_tokens_than_one_can_look_through()
    {
        await _control.ExecuteAsync(
            """
            insert into api_token (id, account_id, name, scope, prefix, token_hash, created_at, expires_at)
            select gen_random_uuid(), a.id, 't', 'read', 'sct_abcdefgh', sha256(n::text::bytea), now(), now() + interval '1 day' from account a, generate_series(1, 100) n
            """);

        Assert.That((await _control.Http.PostAsJsonAsync("/tokens", new { name = "x", scope = "read" })).StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
    }

    [TestCase("sct_")]
    [TestCase("sct_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [TestCase("nonsense")]
    public async Task A_token_that_is_none_is_refused(string text)
    {
        using var token = _control.Bearing(text);

        Assert.That((await token.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }
}
