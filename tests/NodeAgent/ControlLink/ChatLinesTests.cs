using System.Text;
using StreamClips.NodeAgent.ControlLink;
using StreamClips.NodeAgent.Shipping;
using StreamClips.Shared.Journal;

namespace StreamClips.NodeAgent.Tests.ControlLink;

/// <summary>Lines of the chat's rate pass the agent, but not to a control plane that does not know them.</summary>
public sealed class ChatLinesTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public void They_are_kept_back_from_a_control_plane_that_does_not_take_them([Values] bool takes)
    {
        byte[][] lines = [Log("before"), Chat(), Log("after")];

        var batch = LinkContracts.ToBatch(Guid.NewGuid(), new(new(1, 0), new(1, 900), lines, Damaged: 0), takes);

        Assert.That(batch.Lines.Select(l => l.ToArray()), Is.EqualTo(takes ? lines : [lines[0], lines[2]]));
        Assert.That(batch.To.Offset, Is.EqualTo(900), "the cursor passes them");
    }

    [Test]
    public void The_bound_on_log_lines_is_not_theirs()
    {
        var rate = new LogRate(LinesPerSecond: 1, Burst: 1);
        Assert.That(rate.Lets(Log("one"), out rate), Is.True);
        Assert.That(rate.Lets(Chat(), out rate), Is.True);
        Assert.That(rate.Lets(Log("two"), out rate), Is.False);
        Assert.That(Encoding.UTF8.GetString(Chat()), Does.StartWith("{\"kind\":\"chat\""), "as the filter has it");
    }

    private static byte[] Log(string message) => new LogEntry { At = At, Level = "info", Event = "e", Message = message }.ToUtf8();

    private static byte[] Chat() => new ChatEntry { At = At, Version = 1, Began = At, Number = 0, From = At, Until = At, Seconds = [4, 0, 0] }.ToUtf8();
}
