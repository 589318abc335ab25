using System.Text.Json.Nodes;

namespace StreamClips.ControlPlane.Tests.Command;

/// <summary>Contexts, users, tokens, sessions, the audit trail and events by command.</summary>
[Category("Slow")]
public sealed class AccessCommandTests
{
    private TestControlPlane _control = null!;
    private CommandLine _command = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _control = await TestControlPlane.StartAsync();
        _command = await CommandLine.OfAsync(_control);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _command.Dispose();
        await _control.DisposeAsync();
    }

    [Test]
    public async Task Several_control_planes_are_remembered_by_name_and_their_tokens_only_for_their_owner()
    {
        using var home = new CommandLine(server: null, token: null);
        await home.SaysAsync($"login {_control.Address} --context one", TestControlPlane.Password);
        var made = await _command.JsonAsync("tokens create second --scope read", TestControlPlane.Password);
        await home.SaysAsync($"login {_control.Address} --context two --token-file -", made["token"]!.ToString());

        Assert.That((await home.JsonAsync("contexts list"))["items"]!.AsArray().Select(c => (c!["name"]!.ToString(), c["current"]!.GetValue<bool>())), Is.EqualTo(new[] { ("one", false), ("two", true) }));
        Assert.That((await home.RunAsync("streamers add x https://www.twitch.tv/x")).All, Does.Contain("this token may not do this"), "two is for reading");
        Assert.That(await home.SaysAsync("streamers add x https://www.twitch.tv/x --inactive --context one"), Does.StartWith("x is added"));
        await home.SaysAsync("contexts rename one first");
        Assert.That(await home.SaysAsync("contexts use first"), Does.StartWith("commands use first now"));
        Assert.That((await home.RunAsync("contexts use frist")).All, Does.Contain("Did you mean first?"));

        var file = home.Path("streamclips/contexts.json");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Assert.That(await home.SaysAsync("contexts show"), Does.Contain("could be read or written by others (mode 644)").And.Match("Context +first").And.Not.Contain("sct_"));
        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        await home.SaysAsync("contexts remove first");
        await home.SaysAsync("logout two");
        Assert.That(await _control.ScalarAsync<long>("select count(*) from api_token where name = 'second'"), Is.Zero, "signing out revokes");
    }

    [Test]
    public async Task Users_are_let_in_by_the_password_of_an_admin_and_never_by_a_token()
    {
        Assert.That((await _command.RunAsync("users add ada", "the wrong one\nada's own password")).All, Does.Contain("the user name or the password is wrong"));
        Assert.That(await _command.SaysAsync("users add ada --role operator", $"{TestControlPlane.Password}\nada's own password"), Does.Contain("user ada is added, with the role operator"));
        Assert.That((await _command.RunAsync("users add eve!", $"{TestControlPlane.Password}\nshort")).All, Does.Contain("  username is 'eve!'").And.Contain("  password"), "all faults at once");
        Assert.That(await _command.SaysAsync("users role ada viewer", TestControlPlane.Password), Does.Contain("user ada has the role viewer"));
        var given = (await _command.JsonAsync("users password ada --generate", TestControlPlane.Password))["password"]!.ToString();

        using var ada = new CommandLine(server: null, token: null);
        Assert.That(await ada.SaysAsync($"login {_control.Address} --user ada --scope read", given), Does.Contain("as ada"));
        Assert.That((await ada.RunAsync("users list")).All, Does.Contain("admin is needed"));
        await ada.SaysAsync("users password", $"{given}\nanother of ada's own");
        Assert.That(await _command.SaysAsync("users remove ada --yes"), Is.EqualTo("user ada is removed"));
        Assert.That((await _command.JsonAsync("users list"))["items"]!.AsArray().Select(u => u!["username"]!.ToString()), Is.EqualTo(new[] { "admin" }));
    }

    [Test]
    public async Task A_token_is_shown_once_on_standard_output_alone_and_revoked_by_name()
    {
        var (code, answer, all) = await _command.RunAsync("tokens create grafana --days 3", TestControlPlane.Password);
        Assert.That((code, answer.Split('\n').Length, answer.StartsWith("sct_", StringComparison.Ordinal)), Is.EqualTo((0, 1, true)), all);
        Assert.That(await _command.SaysAsync("tokens list"), Does.Contain("grafana").And.Not.Contain(answer));
        Assert.That(await _command.SaysAsync("tokens revoke grafana --yes"), Is.EqualTo("token grafana is revoked"));
        Assert.That(await _command.SaysAsync("tokens list --json"), Does.Not.Contain("grafana"));
    }

    [Test]
    public async Task Sessions_are_listed_and_ended()
    {
        using var browser = _control.Client();
        await _control.SignInAsync(browser);
        var all = (await _command.JsonAsync("sessions list --all"))["items"]!.AsArray();
        var newest = all.OrderBy(s => s!["created_at"]!.ToString(), StringComparer.Ordinal).Last()!["id"]!.ToString();
        Assert.That(await _command.SaysAsync($"sessions end {newest} --all --yes"), Does.Contain("the session of admin is over"));
        Assert.That((int)(await browser.GetAsync("/streamers")).StatusCode, Is.EqualTo(401));
    }

    [Test]
    public async Task What_was_changed_and_what_happened_is_told()
    {
        await _command.SaysAsync("streamers add told https://www.twitch.tv/told --inactive");
        await _command.SaysAsync("streamers edit told --name retold");
        Assert.That(await _command.SaysAsync("audit --subject streamer --since 1h --limit 1"), Does.Contain("name: told → retold"));
        Assert.That((await _command.JsonAsync("audit --subject streamer --action changed --limit 1"))["items"]![0]!["after"]!["name"]!.ToString(), Is.EqualTo("retold"));

        var lines = (await _command.SaysAsync("events --kind streamer. --json")).Split('\n').Select(l => JsonNode.Parse(l)!).ToList();
        Assert.That(lines.Select(l => l["event"]!.ToString()), Has.All.StartsWith("streamer."));
        Assert.That(lines[^1]["streamer"]!.ToString(), Is.EqualTo("retold"), "the newest is the last");
        await _control.ExecuteAsync("delete from event where id = (select min(id) from event)");
        Assert.That((await _command.SaysAsync("events --json --limit 0")).Split('\n').Select(l => JsonNode.Parse(l)!["event"]!.ToString()), Does.Not.Contain("reset").And.Contain("streamer.changed"), "what is trimmed is passed over");
        Assert.That(await _command.SaysAsync("events --utc --limit 1"), Does.Match("^[0-9-]{10} [0-9:]{8}Z  "));
        Assert.That(await _command.SaysAsync("events --since 2000-01-01 --kind nothing"), Is.EqualTo("Nothing happened that was asked for."));
    }
}
