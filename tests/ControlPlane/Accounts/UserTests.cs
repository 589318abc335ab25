using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Http;

namespace StreamClips.ControlPlane.Tests.Accounts;

[Category("Slow")]
public sealed class UserTests : ControlPlaneFixture
{
    [Test]
    public async Task A_user_is_added_listed_and_removed_with_all_that_lets_them_in()
    {
        var id = await _control.AddUserAsync("vera", Role.Operator);
        using var vera = await _control.SignedInAsync("vera");
        using var token = _control.Bearing((await vera.TokenAsync("operate")).Text);
        var listed = (await _control.GetAsync("/users"))["items"]!.AsArray().Select(u => $"{u!["username"]} {u["role"]} {u["tokens"]}");

        Assert.That(listed, Is.EqualTo((string[])["admin admin 0", "vera operator 1"]));
        Assert.That((await token.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _control.Http.DeleteAsync($"/users/{id}")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await vera.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await token.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _control.Http.DeleteAsync($"/users/{id}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task The_last_admin_stays_one_also_when_two_demote_each_other_at_once()
    {
        var admin = await _control.ScalarAsync<Guid>("select id from account");
        Assert.That((await PutRoleAsync(_control.Http, admin, "viewer")).StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await _control.Http.DeleteAsync($"/users/{admin}")).StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
        var other = await _control.AddUserAsync("otto", Role.Admin);
        using var otto = await _control.SignedInAsync("otto");

        var answers = await Task.WhenAll(PutRoleAsync(_control.Http, other, "viewer"), PutRoleAsync(otto, admin, "viewer"));

        Assert.That(await _control.ScalarAsync<long>("select count(*) from account where role = 'admin'"), Is.EqualTo(1));
        Assert.That(answers.Count(a => a.StatusCode == HttpStatusCode.OK), Is.EqualTo(1));
    }

    [Test]
    public async Task Another_role_counts_from_the_next_request_on()
    {
        var id = await _control.AddUserAsync("vera", Role.Operator);
        using var vera = await _control.SignedInAsync("vera");
        Assert.That((await vera.PutAsJsonAsync("/settings", new { })).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        Assert.That((await PutRoleAsync(_control.Http, id, "viewer")).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        Assert.That((await vera.PutAsJsonAsync("/settings", new { })).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Ones_own_password_wants_the_present_one_and_ends_the_other_sessions()
    {
        await _control.AddUserAsync("vera", Role.Viewer);
        using var here = await _control.SignedInAsync("vera");
        using var there = await _control.SignedInAsync("vera");
        using var program = _control.Bearing((await here.TokenAsync("read")).Text);

        Assert.That((await ChangeAsync("a wrong guess", "a fresh password")).StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await ChangeAsync(Callers.Password, "short")).StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await there.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await ChangeAsync(Callers.Password, "a fresh password")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));

        Assert.That((await here.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await there.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await program.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using var again = await _control.SignedInAsync("vera", "a fresh password");

        Task<HttpResponseMessage> ChangeAsync(string present, string password) =>
            here.PutAsJsonAsync("/users/me/password", new { current_password = present, password });
    }

    [Test]
    public async Task An_admin_sets_a_forgotten_password_and_the_old_sessions_end()
    {
        var id = await _control.AddUserAsync("vera", Role.Viewer);
        using var vera = await _control.SignedInAsync("vera");
        using var program = _control.Bearing((await vera.TokenAsync("read")).Text);
        Assert.That((await program.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        Assert.That((await _control.Http.PutAsJsonAsync($"/users/{id}/password", new { password = "a fresh password" })).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));

        Assert.That((await vera.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await program.GetAsync("/streamers")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), "who knew the old one may have made it");
        using var again = await _control.SignedInAsync("vera", "a fresh password");
    }

    [Test]
    public async Task Every_fault_of_a_new_user_is_named_at_once()
    {
        using var response = await _control.Http.PostAsJsonAsync("/users", new { username = "-x y", password = "short", role = "god", more = 1 });
        var errors = (await response.Content.ReadFromJsonAsync<JsonObject>())!["errors"]!.AsObject();

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(errors.Select(e => e.Key), Is.EquivalentTo((string[])["username", "password", "role", "more"]));
        Assert.That(errors["role"]![0]!.ToString(), Does.Contain("role is 'god': give viewer, operator, admin"));
        await _control.AddUserAsync("vera", Role.Viewer);
        Assert.That((await _control.Http.PostAsJsonAsync("/users", new { username = "VERA", password = "a good password", role = "viewer" })).StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
    }

    private static Task<HttpResponseMessage> PutRoleAsync(HttpClient client, Guid id, string role) => client.PutAsJsonAsync($"/users/{id}", new { role });
}
