using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.NodeAgent.ControlLink;
using StreamClips.NodeAgent.Enrollment;
using StreamClips.NodeAgent.Tests.Fixtures;
using StreamClips.Shared.Trust;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.ControlLink;

/// <summary>Which identity a node keeps where two come at once.</summary>
public sealed class MembershipTests
{
    [Test]
    public async Task A_renewal_that_ends_after_an_enrolment_changes_neither_the_file_nor_the_identity_in_use()
    {
        using var directory = new TemporaryDirectory();
        var files = new IdentityFiles(directory["identity"]);
        var authority = new TestAuthority();
        var (before, renewed, enrolled) = (authority.MakeNode("node-1"), authority.MakeNode("node-1"), authority.MakeNode("node-1"));
        files.Save(before);
        var options = new LinkOptions { ControlPlanes = [new Uri("https://127.0.0.1:1")], NodeId = "node-1", Capacity = 1 };
        using var membership = new Membership(options, files, new Enroller(options, new(options, new Random(1)), files, TimeProvider.System), NullLogger<Membership>.Instance);
        var (current, _) = await membership.AdmitAsync(refused: false, CancellationToken.None);

        membership.TakeEnrolled(enrolled);
        var taken = membership.TakeRenewed(renewed, current!);

        Assert.That(taken, Is.False);
        Assert.That(membership.Current, Is.EqualTo(enrolled));
        Assert.That(files.Load().Identity!.Certificate.SerialNumber, Is.EqualTo(enrolled.Certificate.SerialNumber));
    }

    [Test]
    public async Task A_renewal_takes_the_place_of_what_it_renewed_and_leaves_the_key_of_an_enrolment_under_way()
    {
        using var directory = new TemporaryDirectory();
        var files = new IdentityFiles(directory["identity"]);
        var authority = new TestAuthority();
        var renewed = authority.MakeNode("node-1");
        files.Save(authority.MakeNode("node-1"));
        var options = new LinkOptions { ControlPlanes = [new Uri("https://127.0.0.1:1")], NodeId = "node-1", Capacity = 1 };
        using var membership = new Membership(options, files, new Enroller(options, new(options, new Random(1)), files, TimeProvider.System), NullLogger<Membership>.Instance);
        var (current, _) = await membership.AdmitAsync(refused: false, CancellationToken.None);
        using var pending = files.PendingKey();

        Assert.That(membership.TakeRenewed(renewed, current!), Is.True);

        Assert.That(files.Load().Identity!.Certificate.SerialNumber, Is.EqualTo(renewed.Certificate.SerialNumber));
        using var again = files.PendingKey();
        Assert.That(again.ExportSubjectPublicKeyInfo(), Is.EqualTo(pending.ExportSubjectPublicKeyInfo()));
        membership.TakeEnrolled(authority.MakeNode("node-1"));
        using var next = files.PendingKey();
        Assert.That(next.ExportSubjectPublicKeyInfo(), Is.Not.EqualTo(pending.ExportSubjectPublicKeyInfo()));
    }

    [Test]
    public async Task An_agent_that_stops_while_it_enrols_stops_and_has_no_fault()
    {
        using var directory = new TemporaryDirectory();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var options = new LinkOptions { ControlPlanes = [new Uri($"https://{silent.LocalEndpoint}")], NodeId = "node-1", Capacity = 1 };
        using var stop = new CancellationTokenSource();
        var enrolment = new Enroller(options, new(options, new Random(1)), new IdentityFiles(directory["identity"]), TimeProvider.System).EnrollAsync(JoinToken.Make(new byte[32]), stop.Token);
        using var taken = await silent.AcceptTcpClientAsync();

        await stop.CancelAsync();

        Assert.That(() => enrolment, Throws.InstanceOf<OperationCanceledException>());
    }
}
