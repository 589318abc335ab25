using StreamClips.Testing;

namespace StreamClips.Shared.Tests;

public sealed class RealPathTests
{
    [Test]
    public void Links_dots_and_double_slashes_are_gone_and_what_is_missing_stays()
    {
        using var directory = new TemporaryDirectory();
        var root = RealPath.Of(directory.Path);
        Directory.CreateDirectory(directory["a/b"]);
        Directory.CreateSymbolicLink(directory["to-a"], "a");
        Directory.CreateSymbolicLink(directory["to-b"], directory["to-a/b"]);

        Assert.That(RealPath.Of(directory["to-a/b/new/dir"]), Is.EqualTo($"{root}/a/b/new/dir"));
        Assert.That(RealPath.Of(directory["to-b"]), Is.EqualTo($"{root}/a/b"), "a link to below a link");
        Assert.That(RealPath.Of($"{directory.Path}//a/../a/"), Is.EqualTo($"{root}/a"));
        Assert.That(RealPath.Of("/"), Is.EqualTo("/"));
    }

    [Test]
    public void Links_in_a_circle_are_an_error_and_no_endless_walk()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateSymbolicLink(directory["one"], directory["two"]);
        Directory.CreateSymbolicLink(directory["two"], directory["one"]);
        Directory.CreateSymbolicLink(directory["self"], directory["self/below"]);

        Assert.That(() => RealPath.Of(directory["one/x"]), Throws.InstanceOf<IOException>());
        Assert.That(() => RealPath.Of(directory["self"]), Throws.InstanceOf<IOException>());
    }
}
