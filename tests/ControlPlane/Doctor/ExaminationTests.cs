using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using StreamClips.ControlPlane.Database;
using StreamClips.ControlPlane.Doctor;
using StreamClips.ControlPlane.Tests.Accounts;
using StreamClips.ControlPlane.Tests.Command;
using StreamClips.ControlPlane.Tests.NodeLink;
using StreamClips.Testing;

namespace StreamClips.ControlPlane.Tests.Doctor;

/// <summary>The checks against a real database and storage, and by command.</summary>
public sealed class ExaminationTests
{
    [Test]
    public async Task A_check_that_hangs_or_breaks_is_told_and_holds_up_no_other()
    {
        var clock = new ManualClock();
        await using var postgres = new Postgres("Host=h;Database=d");
        using var examination = new Examination(null!, postgres, [], null!, null!, clock, NullLogger<Examination>.Instance);
        var never = new TaskCompletionSource<IReadOnlyList<Finding>>();
        var hangs = examination.LookAsync("storage", _ => never.Task, CancellationToken.None);
        Assert.That((await examination.LookAsync("disk", _ => throw new InvalidOperationException("a bug"), CancellationToken.None))[0].Seen, Is.EqualTo("could not be checked"));
        Assert.That((await examination.LookAsync("database", _ => throw new TimeoutException("gone"), CancellationToken.None))[0].Status, Is.EqualTo("fail"));
        Assert.That(hangs.IsCompleted, Is.False);
        clock.Advance(Examination.Deadline);
        Assert.That((await hangs.WaitAsync(TimeSpan.FromSeconds(60)))[0], Is.EqualTo(Finding.Fail("storage", "no answer within 5 s", "see that it is reachable, and not overloaded")));
    }

    [Test]
    [Category("Slow")]
    public async Task Operators_are_told_how_everything_is_by_the_command_too()
    {
        await using var control = await TestControlPlane.StartAsync();
        using var command = await CommandLine.OfAsync(control, "operate");
        var report = await control.GetAsync("/doctor");
        Assert.That(report["worst"]!.ToString(), Is.EqualTo("warn"), report.ToJsonString());
        var checks = report["checks"]!.AsArray().ToDictionary(c => c!["check"]!.ToString(), c => (c!["status"]!.ToString(), c["seen"]!.ToString()));
        Assert.That(checks["database"].Item2, Does.Match(@"^PostgreSQL 1[5-9]\.\d+.*, answered in \d+ ms$"));
        Assert.That((checks["schema"].Item1, checks["storage local"].Item1 is "ok" or "warn", checks["CA of the nodes"].Item1, checks["nodes"]), Is.EqualTo(("ok", true, "ok", ("warn", "no node has ever connected"))));
        Assert.That(Directory.EnumerateFiles(control.StoragePath, "*", SearchOption.AllDirectories), Is.Empty, "nothing is left in the storage");

        await using var agent = await FakeAgent.ConnectAsync(control);
        var (code, _, said) = await command.RunAsync("doctor");
        Assert.That(code, Is.Zero, said);
        Assert.That(said, Does.Match("ok +reachable ").And.Match("ok +sign-in +admin, may do what operator may, until ").And.Match("(ok|warn) +storage local ").And.Match("ok +nodes +all 1 are heard"));
        var viewer = await CommandLine.OfAsync(control, "read");
        Assert.That((await viewer.RunAsync("doctor")).All, Does.Match("warn +its own checks +only operators see them"));
        viewer.Dispose();

        Directory.Delete(Path.Combine(control.StoragePath, "streamclips-doctor"));
        await File.WriteAllTextAsync(Path.Combine(control.StoragePath, "streamclips-doctor"), "a file where a folder is wanted");
        (code, _, said) = await command.RunAsync("doctor --json");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(said, Does.Contain("\"worst\": \"fail\"").And.Contain("takes no file"));
    }

    [Test]
    [Category("Slow")]
    public async Task A_control_plane_that_is_away_and_a_token_that_is_not_let_in_are_told_with_what_to_do()
    {
        await using var control = await TestControlPlane.StartAsync();
        using var stranger = new CommandLine(control.Address, "sct_nobodys");
        var (code, _, said) = await stranger.RunAsync("doctor");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(said, Does.Match("fail +sign-in +the token is not let in.*\n +→ streamclips login http"));
        using var held = new HeldPort();
        using var nobody = new CommandLine(new Uri($"http://127.0.0.1:{held.Number}"), "sct_x");
        (code, _, said) = await nobody.RunAsync("doctor");
        Assert.That((code, said.Contains("does not answer", StringComparison.Ordinal)), Is.EqualTo((1, true)), said);
        using var anybody = control.Client();
        Assert.That((await anybody.GetAsync("/doctor")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }
}
