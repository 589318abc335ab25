using StreamClips.Cli.Data;
using StreamClips.Testing;

namespace StreamClips.Cli.Tests.Data;

[TestFixture]
internal sealed class DataDirectoryTests
{
    [Test]
    public void A_second_command_in_the_same_directory_is_refused_and_named_the_remedy()
    {
        using var temporary = new TemporaryDirectory();
        using var first = DataDirectory.Open(temporary.Path, "demo");

        Assert.That(() => DataDirectory.Open(temporary.Path, "demo"), Throws.TypeOf<CommandException>()
            .With.Message.Contains("another streamclips runs in").And.Message.Contains("--data"));
    }

    [Test]
    public void The_lock_is_gone_with_its_holder()
    {
        using var temporary = new TemporaryDirectory();
        DataDirectory.Open(temporary.Path, "demo").Dispose();

        Assert.That(() => DataDirectory.Open(temporary.Path, "demo").Dispose(), Throws.Nothing);
    }

    [Test]
    public void A_lock_file_that_nobody_holds_is_no_hindrance()
    {
        using var temporary = new TemporaryDirectory();
        File.WriteAllText(temporary["lock"], "999999\n");

        Assert.That(() => DataDirectory.Open(temporary.Path, "demo").Dispose(), Throws.Nothing);
    }

    [Test]
    public void A_path_that_is_a_file_is_refused_with_its_name()
    {
        using var temporary = new TemporaryDirectory();
        File.WriteAllText(temporary["file"], "");

        Assert.That(() => DataDirectory.Open(temporary["file"], "demo"), Throws.TypeOf<CommandException>().With.Message.Contains(temporary["file"]));
    }

    [Test]
    public void A_full_disk_is_named_with_the_remedy_and_nothing_is_held()
    {
        using var temporary = new TemporaryDirectory();

        Assert.That(() => DataDirectory.Open(temporary.Path, "demo", _ => DataDirectory.LeastFreeBytes - 1), Throws.TypeOf<CommandException>()
            .With.Message.Contains($"the disk that holds {temporary.Path} is full: 255 MiB are free, 256 MiB are needed").And.Message.Contains("--data"));
        Assert.That(() => DataDirectory.Open(temporary.Path, "demo", _ => DataDirectory.LeastFreeBytes).Dispose(), Throws.Nothing);
    }

    [Test]
    public void Secrets_are_made_once_and_are_their_owners_alone()
    {
        using var temporary = new TemporaryDirectory();
        using var data = DataDirectory.Open(temporary.Path, "demo");

        var first = File.ReadAllText(data.AdminPasswordFile);
        Assert.That(File.ReadAllText(data.AdminPasswordFile), Is.EqualTo(first));
        Assert.That(first, Has.Length.GreaterThanOrEqualTo(12));
        Assert.That(File.GetUnixFileMode(data.AdminPasswordFile), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        data.WriteJoinToken("a token");
        Assert.That(File.GetUnixFileMode(data.JoinTokenFile), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void Real_channels_are_not_watched_beside_simulated_ones()
    {
        using var temporary = new TemporaryDirectory();
        DataDirectory.Open(temporary.Path, "demo").Dispose();

        Assert.That(() => DataDirectory.Open(temporary.Path, "up"), Throws.TypeOf<CommandException>()
            .With.Message.Contains("holds the data of `demo`").And.Message.Contains("--data"));
        Assert.That(() => DataDirectory.Open(temporary.Path, "demo").Dispose(), Throws.Nothing);
    }
}
