using System.Net;
using System.Net.Sockets;
using System.Text;
using StreamClips.ControlPlane.Service;
using StreamClips.Shared.Hosting;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Service;

/// <summary>The control plane as a systemd service of Type=notify, by a socket like systemd's.</summary>
public sealed class ServiceTests
{
    [Test]
    [Category("Slow")]
    public async Task Systemd_hears_when_the_control_plane_is_ready_how_it_is_that_it_lives_and_that_it_stops()
    {
        var name = $"@streamclips-{Guid.NewGuid()}";
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        systemd.Bind(new UnixDomainSocketEndPoint($"\0{name[1..]}"));
        var told = new List<string>();
        await using var control = await TestControlPlane.StartAsync(change: o => o with { Service = new(new ServiceSocket(name, TimeSpan.FromSeconds(120))) });

        await HearsAsync("READY=1");
        await HearsAsync("WATCHDOG=1");
        await HearsAsync($"STATUS=leads with term 1; listens on {control.Address.GetLeftPart(UriPartial.Authority)} and ");
        Assert.That(told, Has.None.StartsWith("STOPPING"));

        await control.StopAsync();
        await HearsAsync("STOPPING=1");

        Task HearsAsync(string what) => Eventually.TrueAsync(
            () =>
            {
                var buffer = new byte[4096];
                while (systemd.Available > 0) told.AddRange(Encoding.UTF8.GetString(buffer, 0, systemd.Receive(buffer)).Split('\n'));
                return told.Exists(t => t.StartsWith(what, StringComparison.Ordinal));
            },
            $"systemd hears {what}");
    }

    [Test]
    public async Task Any_answer_of_the_server_is_a_sign_of_life_and_a_connection_that_nobody_takes_is_none()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = new Uri($"https://{listener.LocalEndpoint}");
        var clock = new ManualClock();

        var closing = RequestWatch.AnswersAsync(address, clock, CancellationToken.None);
        using (var taken = await listener.AcceptTcpClientAsync()) taken.Close();
        Assert.That(await closing, Is.True, "as where it wants TLS, or another caller");

        var answering = RequestWatch.AnswersAsync(address, clock, CancellationToken.None);
        using (var taken = await listener.AcceptTcpClientAsync())
        {
            await taken.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
            Assert.That(await answering, Is.True);
        }

        var waiting = RequestWatch.AnswersAsync(address, clock, CancellationToken.None);
        await Eventually.TrueAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(5));
                return waiting.IsCompleted;
            },
            "it gives up");
        Assert.That(await waiting, Is.False, "the kernel takes connections for a program that hangs, too");

        listener.Stop();
        Assert.That(await RequestWatch.AnswersAsync(address, clock, CancellationToken.None), Is.False);
    }
}
