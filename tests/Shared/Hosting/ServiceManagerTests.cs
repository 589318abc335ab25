using StreamClips.Shared.Hosting;
using StreamClips.Testing;

namespace StreamClips.Shared.Tests.Hosting;

public sealed class ServiceManagerTests
{
    private enum Loop
    {
        Breathing,
        Shipping,
    }

    [Test]
    public void A_loop_that_does_not_go_round_is_missed_and_forgiven_when_it_does()
    {
        var clock = new ManualClock();
        var pulse = new LoopPulse<Loop>(clock);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That(pulse.Stuck(TimeSpan.FromSeconds(10)), Is.Null, "they had that long since the start");

        clock.Advance(TimeSpan.FromSeconds(1));
        foreach (var loop in Enum.GetValues<Loop>().Where(l => l != Loop.Shipping)) pulse.Beat(loop);
        Assert.That(pulse.Stuck(TimeSpan.FromSeconds(10)), Is.EqualTo((Loop.Shipping, TimeSpan.FromSeconds(11))));

        pulse.Beat(Loop.Shipping);
        Assert.That(pulse.Stuck(TimeSpan.FromSeconds(10)), Is.Null);
    }

    [TestCase("", "", "", null, null)]
    [TestCase("/run/systemd/notify", "", "", "/run/systemd/notify", null)]
    [TestCase("@name", "30000000", "42", "@name", 30)]
    [TestCase("@name", "30000000", "", "@name", 30)]
    [TestCase("@name", "30000000", "43", "@name", null)]
    public void What_the_service_manager_wants_is_read_from_the_environment(string socket, string us, string pid, string? name, int? seconds)
    {
        var (manager, faults) = ServiceManager.Read(socket, us, pid, pid: 42);

        Assert.That(faults, Is.Empty);
        Assert.That(manager.Socket?.Socket, Is.EqualTo(name));
        Assert.That(manager.Socket?.Watchdog, Is.EqualTo(seconds is { } s ? TimeSpan.FromSeconds(s) : (TimeSpan?)null));
    }

    [TestCase("notify", "", 1)]
    [TestCase("@", "", 1)]
    [TestCase("vsock:2:1", "", 1)]
    [TestCase("/run/n", "0", 1)]
    [TestCase("/run/n", "-5", 1)]
    [TestCase("relative", "soon", 2)]
    public void What_makes_no_sense_is_named(string socket, string us, int faults) => Assert.That(ServiceManager.Read(socket, us, "", 42).Faults, Has.Count.EqualTo(faults));

    [Test]
    public void A_manager_that_does_not_listen_is_a_fault_in_words()
    {
        using var directory = new TemporaryDirectory();
        Assert.That(new ServiceSocket(directory["none"], null).Tell("READY=1"), Does.StartWith($"{directory["none"]}: "));
    }
}
