using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Accounts;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Accounts;

public sealed class AccountTests
{
    private TestControlPlane _control = null!;

    [SetUp]
    public async Task StartAsync() => _control = await TestControlPlane.StartAsync(signIn: false);

    [TearDown]
    public async Task StopAsync() => await _control.DisposeAsync();

    [Test]
    public async Task A_right_password_opens_the_api_until_the_sign_out()
    {
        Assert.That((await _control.Http.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));

        using var response = await LogInAsync("ADMIN", TestControlPlane.Password);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await response.Content.ReadFromJsonAsync<JsonObject>())!["username"]!.ToString(), Is.EqualTo("admin"));
        var cookie = response.Headers.GetValues("Set-Cookie").Single();
        Assert.That(cookie.ToLowerInvariant(), Does.Contain("httponly").And.Contain("samesite=strict"));
        Assert.That((await _control.Http.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _control.Http.PostAsync("/auth/logout", null)).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        using var again = new HttpRequestMessage(HttpMethod.Get, "/streamers");
        again.Headers.Add("Cookie", cookie.Split(';')[0]);
        Assert.That((await _control.Client().SendAsync(again)).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), "a stolen cookie is worth nothing after the sign-out");
    }

    [Test]
    public async Task The_token_in_the_cookie_is_not_in_the_database()
    {
        using var response = await LogInAsync("admin", TestControlPlane.Password);
        var token = response.Headers.GetValues("Set-Cookie").Single().Split('=', 2)[1].Split(';')[0];

        Assert.That(token, Has.Length.EqualTo(43));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from session where encode(token_hash, 'escape') like '%' || @token || '%'", new { token }), Is.Zero);
        Assert.That(await _control.ScalarAsync<string>("select password_hash from account"), Does.Not.Contain(TestControlPlane.Password));
    }

    [TestCase("admin", "wrong")]
    [TestCase("nobody", "wrong")]
    public async Task A_wrong_name_and_a_wrong_password_are_told_the_same(string name, string password)
    {
        using var response = await LogInAsync(name, password);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
        Assert.That((await response.Content.ReadFromJsonAsync<JsonObject>())!["title"]!.ToString(), Is.EqualTo("the user name or the password is wrong"));
    }

    [Test]
    public async Task Guessing_is_slowed_down()
    {
        // Its clock stands still, as hashing takes long on a busy machine.
        await using var control = await TestControlPlane.StartAsync(signIn: false, clock: new ManualClock());
        var answers = new List<HttpStatusCode>();
        TimeSpan? wait = null;
        for (var i = 0; i < 6; i++)
        {
            using var response = await control.Http.PostAsJsonAsync("/auth/login", new { username = "admin", password = "guess" });
            answers.Add(response.StatusCode);
            wait = response.Headers.RetryAfter?.Delta;
        }

        Assert.That(answers.Take(5), Is.All.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(answers[5], Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(wait, Is.GreaterThan(TimeSpan.Zero).And.LessThanOrEqualTo(TimeSpan.FromSeconds(30)));
    }

    [Test]
    public async Task A_form_signs_in_too()
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["username"] = "admin", ["password"] = TestControlPlane.Password });
        using var response = await _control.Http.PostAsync("/auth/login", form);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase(65, 9)]
    [TestCase(100_000, 9)]
    [TestCase(5, 201)]
    [TestCase(0, 9)]
    public async Task A_form_that_no_account_can_be_like_is_wrong_before_it_is_looked_up(int nameLength, int passwordLength)
    {
        foreach (var path in (string[])["/auth/login", "/app/sign-in"])
        {
            var name = nameLength == 0 ? "a\u0001b" : new string('a', nameLength);
            using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["username"] = name, ["password"] = new string('p', passwordLength) });
            using var response = await _control.Http.PostAsync(path, form);

            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), path);
        }

        Assert.That(_control.Log.Select(l => l.Message), Has.None.Contains("account.refused"), "it is not looked up");
    }

    [Test]
    public async Task A_form_that_cannot_be_read_is_refused()
    {
        foreach (var path in (string[])["/auth/login", "/app/sign-in"])
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["username"] = "a\0b", ["password"] = "p" });
            using var response = await _control.Http.PostAsync(path, form);

            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), path);
        }
    }

    [Test]
    public async Task A_write_from_another_site_is_refused()
    {
        await _control.SignInAsync(_control.Http);
        foreach (var (header, value) in ((string, string)[])[("Origin", "http://evil.example"), ("Sec-Fetch-Site", "cross-site"), ("Origin", "null")])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/streamers") { Content = JsonContent.Create(new { name = "x", url = "http://x.example" }) };
            request.Headers.Add(header, value);
            Assert.That((await _control.Http.SendAsync(request)).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), $"{header}: {value}");
        }

        Assert.That((await _control.GetAsync("/streamers"))["items"]!.AsArray(), Is.Empty);
    }

    [Test]
    public async Task Two_starts_make_one_admin_and_keep_their_password()
    {
        var signIn = _control.Get<SignIn>();

        Assert.That(await signIn.AddFirstAdminAsync(null, CancellationToken.None), Is.Null, "there is one already");
        await _control.ExecuteAsync("delete from account");
        var made = await signIn.AddFirstAdminAsync(null, CancellationToken.None);

        Assert.That(made, Has.Length.GreaterThanOrEqualTo(20));
        Assert.That((await LogInAsync("admin", made!)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    private Task<HttpResponseMessage> LogInAsync(string username, string password) =>
        _control.Http.PostAsJsonAsync("/auth/login", new { username, password });
}
