using StreamClips.NodeAgent.Host;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Host;

public sealed class MachineHealthTests
{
    [Test]
    public void The_network_is_all_devices_but_the_loopback() =>
        Assert.That(
            MachineHealth.Network(
            [
                "Inter-|   Receive                                                |  Transmit",
                " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed",
                "    lo:  999       9    0    0    0     0          0         0      999       9    0    0    0     0       0          0",
                "  eth0: 1000      10    0    0    0     0          0         0     2000      10    0    0    0     0       0          0",
                "wlan0:7       1    0    0    0     0          0         0     8       1    0    0    0     0       0          0",
                "torn: 1 2",
            ]), Is.EqualTo((1007, 2008)));

    [Test]
    public void This_machine_has_memory_disk_and_a_kernel()
    {
        using var directory = new TemporaryDirectory();
        var health = MachineHealth.Read(directory.Path);
        Assert.That((health.MemoryTotalBytes, health.MemoryAvailableBytes, health.DiskTotalBytes), Is.GreaterThan((0L, 0L, 0L)));
        Assert.That(MachineHealth.Kernel, Does.Match(@"^\d+\.\d+"));
    }
}
