using System.Text.Json.Nodes;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Command;

/// <summary>Streamers and processes by command, as a process against a real control plane.</summary>
[Category("Slow")]
public sealed class StreamerCommandTests
{
    private TestControlPlane _control = null!;
    private CommandLine _command = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _control = await TestControlPlane.StartAsync();
        _command = await CommandLine.OfAsync(_control, "operate");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _command.Dispose();
        await _control.DisposeAsync();
    }

    [Test]
    public async Task A_streamer_is_added_changed_found_by_name_and_removed()
    {
        var (code, _, said) = await _command.RunAsync(["streamers", "add", "Ada Lovelace", "https://www.twitch.tv/ada", "--set", "surge_threshold=2.5", "--set", "vertical=true", "--inactive"]);
        Assert.That((code, said), Is.EqualTo((0, "Ada Lovelace is added, inactive")));

        await _command.RunAsync(["streamers", "edit", "ada lovelace", "--name", "ada", "--set", "vertical=", "--set", "clip_duration=45"]);
        var shown = await _command.JsonAsync("streamers show ADA");
        Assert.That(shown["settings"]!.ToJsonString(), Is.EqualTo("""{"clip_duration":45,"surge_threshold":2.5}"""), "what is not named stays");
        Assert.That((shown["url"]!.ToString(), shown["active"]!.GetValue<bool>()), Is.EqualTo(("https://www.twitch.tv/ada", false)));
        Assert.That(await _command.SaysAsync($"streamers show {shown["id"]!.ToString()[..23]}"), Does.Match("State +inactive").And.Match("Own settings +clip_duration=45, surge_threshold=2.5"));

        Assert.That((await _command.RunAsync("streamers remove ada")).Code, Is.EqualTo(2), "nobody was asked");
        Assert.That(await _command.SaysAsync("streamers remove ada --yes"), Is.EqualTo("ada is removed"));
        Assert.That((await _command.RunAsync("streamers show ada")).All, Does.StartWith("streamclips: there is no streamer 'ada'."));
    }

    [Test]
    public async Task A_stream_key_is_no_argument_and_is_never_shown()
    {
        var (code, _, said) = await _command.RunAsync("streamers add studio rtmp://h.example/app/s3cr3tkey");
        Assert.That((code, said.Contains("--url-file", StringComparison.Ordinal), said.Contains("s3cr3t", StringComparison.Ordinal)), Is.EqualTo((2, true, false)), said);
        await _command.SaysAsync("streamers add studio -", "rtmp://h.example/app/s3cr3tkey");
        await _command.SaysAsync("streamers edit studio --name studio-1");
        Assert.That(await _command.SaysAsync("streamers list --json"), Does.Contain("rtmp://h.example/app/****").And.Not.Contain("s3cr3t"));
        Assert.That(await _control.ScalarAsync<bool>("select sealed_url is not null from streamer where name = 'studio-1'"), Is.True, "a change of the name keeps the key");
        await _command.SaysAsync("streamers remove studio-1 --yes");
    }

    [Test]
    public async Task What_runs_is_started_shown_with_its_place_and_stopped()
    {
        await using var agent = await FakeAgent.ConnectAsync(_control);
        foreach (var name in (string[])["grace", "joan"]) await _control.AddStreamerAsync(name, active: false);

        Assert.That(await _command.SaysAsync("streamers start grace joan"), Does.Contain("grace starts on node-1").And.Contain("joan starts on node-1"));
        Assert.That(await _command.SaysAsync("processes list --node node-1"), Does.Match("grace +assigned +node-1").And.Match("joan +assigned +node-1"));
        var process = await _command.JsonAsync("processes show grace");
        Assert.That((process["node_id"]!.ToString(), process["endings"]!.AsArray().Count), Is.EqualTo(("node-1", 0)));
        Assert.That(await _command.SaysAsync("streamers show grace"), Does.Match("Placed +on node-1"));

        var (code, _, said) = await _command.RunAsync("streamers start grace nobody");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(said, Does.Contain("grace is already running on node-1").And.Contain("there is no streamer 'nobody'").And.Contain("2 of 2 failed"));

        Assert.That(await _command.SaysAsync("streamers stop joan"), Is.EqualTo("joan stops on node-1"));
        Assert.That(await _command.SaysAsync($"processes stop {process["id"]}"), Is.EqualTo("grace stops on node-1"));
        Assert.That((await _control.GetAsync("/streamers"))["items"]!.AsArray().Where(s => s!["active"]!.GetValue<bool>()), Is.Empty);
        Assert.That((await _command.JsonAsync("processes list --all --limit 1"))["next"], Is.Not.Null, "there is another page");
    }

    [Test]
    public async Task Everything_that_is_wrong_is_told_at_once_with_the_exit_code()
    {
        var (code, answer, said) = await _command.RunAsync(["streamers", "add", "x", "ftp://x", "--set", "clip_duration=99999"]);
        Assert.That((code, answer), Is.EqualTo((1, "")), "what went wrong is on standard error");
        Assert.That(said, Does.Contain("  url is 'ftp://x'").And.Contain("  clip_duration is 99999 s"));
        (code, _, said) = await _command.RunAsync("streamers add x y --set a --set clip_duratoin=3 --actve");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(said, Does.Contain("'a' has no '='").And.Contain("there is no setting 'clip_duratoin'. Did you mean clip_duration?").And.Contain("there is no option '--actve'"));
    }

    [Test]
    public async Task A_shell_is_offered_the_names_of_streamers()
    {
        await _control.AddStreamerAsync("completed", active: false);
        // A busy machine may take longer than a person waits: then nothing is offered, and Tab is pressed again.
        await Eventually.TrueAsync(async () => (await _command.RunAsync(["[suggest:1]", "streamclips streamers show compl"])).All == "completed", "the name is offered", 120);
    }

    [Test]
    public async Task A_long_list_comes_page_after_page()
    {
        await _control.ExecuteAsync("insert into streamer (id, name, url, active, settings, created_at, updated_at) select gen_random_uuid(), 'many-' || n, 'https://www.twitch.tv/m' || n, false, '{}', now(), now() from generate_series(1, 1203) n");
        Assert.That((await _command.JsonAsync("streamers list"))["items"]!.AsArray().Count(s => s!["name"]!.ToString().StartsWith("many-", StringComparison.Ordinal)), Is.EqualTo(1203));
        var some = await _command.JsonAsync("streamers list --limit 7");
        Assert.That((some["items"]!.AsArray().Count, some["next"]?.GetValueKind()), Is.EqualTo((7, (System.Text.Json.JsonValueKind?)System.Text.Json.JsonValueKind.String)));
        Assert.That(await _command.SaysAsync("streamers list --limit 7"), Does.Contain("there are more: --limit 28"));
        await _control.ExecuteAsync("delete from streamer where name like 'many-%'");
    }
}
