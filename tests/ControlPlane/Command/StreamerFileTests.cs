using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Command;

/// <summary>Many streamers as a file, by command, as a process against a real control plane.</summary>
[Category("Slow")]
public sealed class StreamerFileTests : ControlPlaneFixture
{
    private CommandLine _command = null!;
    private TemporaryDirectory _directory = null!;

    [SetUp]
    public async Task PrepareAsync()
    {
        _command = await CommandLine.OfAsync(_control, "operate");
        _directory = new TemporaryDirectory();
    }

    [TearDown]
    public void PutAway()
    {
        _directory.Dispose();
        _command.Dispose();
    }

    [TestCase("csv")]
    [TestCase("json")]
    public async Task What_is_exported_is_imported_elsewhere(string format)
    {
        await _control.AddStreamerAsync("ada", active: false, settings: new { surge_threshold = 3 });
        await _control.AddStreamerAsync("grace");
        var file = _directory[$"channels.{format}"];

        await _command.SaysAsync($"streamers export -o {file}");
        await _control.ExecuteAsync("delete from streamer");
        var (code, _, said) = await _command.RunAsync($"streamers import {file} --dry-run");
        Assert.That((code, said.Contains("2 would be added", StringComparison.Ordinal)), Is.EqualTo((0, true)), said);
        Assert.That(await _control.ScalarAsync<long>("select count(*) from streamer"), Is.Zero, "a dry run changes nothing");

        (code, _, said) = await _command.RunAsync($"streamers import {file}");

        Assert.That((code, said.Contains("2 added", StringComparison.Ordinal)), Is.EqualTo((0, true)), said);
        var ada = await _command.JsonAsync("streamers show ada");
        Assert.That((ada["active"]!.GetValue<bool>(), ada["settings"]!.ToJsonString()), Is.EqualTo((false, """{"surge_threshold":3}""")));
        (code, _, said) = await _command.RunAsync($"streamers import {file}");
        Assert.That((code, said.Contains("2 stay as they are", StringComparison.Ordinal)), Is.EqualTo((0, true)), said);
    }

    [Test]
    public async Task A_file_with_faults_changes_nothing_and_names_every_row()
    {
        var file = _directory["channels.csv"];
        await File.WriteAllTextAsync(file, "name,url,settings.surge_threshold\nada,https://www.twitch.tv/ada,2\ngrace,not an address,2\njoan,https://www.twitch.tv/joan,loud\n");

        var (code, output, said) = await _command.RunAsync($"streamers import {file}");

        Assert.That(code, Is.EqualTo(1), said);
        Assert.That(output + said, Does.Contain("grace").And.Contain("joan").And.Contain("surge_threshold").And.Contain("2 refused: nothing was changed"));
        Assert.That(await _control.ScalarAsync<long>("select count(*) from streamer"), Is.Zero);
    }

    [Test]
    public async Task A_file_that_is_not_there_or_empty_is_told()
    {
        var empty = _directory["empty.csv"];
        await File.WriteAllTextAsync(empty, "");

        Assert.That((await _command.RunAsync($"streamers import {_directory["no.csv"]}")).All, Does.Contain("cannot be read"));
        Assert.That((await _command.RunAsync($"streamers import {empty}")).All, Does.Contain("is empty"));
    }
}
