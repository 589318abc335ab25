using Microsoft.Extensions.Logging;
using StreamClips.NodeAgent.ControlLink;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.ControlLink;

public sealed class JoinTokenFileTests
{
    [TestCase(true)]
    [TestCase(false)]
    public void A_used_token_goes_only_where_it_was_said_so(bool remove)
    {
        using var directory = new TemporaryDirectory();
        using var log = new LogCapture();
        File.WriteAllText(directory["token"], "scj1_x");
        var file = new JoinTokenFile(Options(directory["token"], remove), new Logger<JoinTokenFile>(log));

        file.Used();
        file.Used();

        Assert.That(File.Exists(directory["token"]), Is.Not.EqualTo(remove));
        Assert.That(log.Lines, Has.Count.EqualTo(remove ? 1 : 0));
    }

    [Test]
    public void One_that_cannot_be_removed_is_told_once()
    {
        using var log = new LogCapture();
        var file = new JoinTokenFile(Options("/proc/version", remove: true), new Logger<JoinTokenFile>(log));

        file.Used();
        file.Used();

        Assert.That(log.Lines.Single().Event.Name, Is.EqualTo("membership.token_stays"));
    }

    private static LinkOptions Options(string path, bool remove) => new() { ControlPlanes = [new("https://127.0.0.1:1")], NodeId = "node-1", Capacity = 1, JoinTokenFile = path, RemoveJoinToken = remove };
}
