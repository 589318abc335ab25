using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StreamClips.Testing;

namespace StreamClips.EndToEnd.Tests;

/// <summary>Starts and ends of the command, the good and the bad ones.</summary>
[TestFixture]
[Category("Slow")]
internal sealed class LifecycleTests
{
    [Test]
    public async Task Two_demos_side_by_side_do_not_disturb_each_other()
    {
        using var one = new TemporaryDirectory();
        using var two = new TemporaryDirectory();
        await using var first = await DemoRun.StartReadyAsync(one.Path);
        await using var second = await DemoRun.StartReadyAsync(two.Path);
        await second.EventAsync("channel.live", e => e["streamer"]!.ToString() == "alpha", 120);

        Assert.That(await first.StopAsync(), Is.Zero, first.Errors);

        Assert.That(Processes.Of(one.Path), Is.Empty);
        Assert.That(Processes.Workers(two.Path), Has.Count.EqualTo(3));
        Assert.That((await second.Api.ListAsync("/streamers")), Has.Count.EqualTo(3));
    }

    [Test]
    public async Task When_the_command_is_killed_everything_it_started_stops()
    {
        using var directory = new TemporaryDirectory();
        await using var demo = await DemoRun.StartReadyAsync(directory.Path);
        await demo.EventAsync("process.started", _ => true, 120);

        demo.Signal(Signals.Kill);

        await Eventually.TrueAsync(() => Processes.Of(directory.Path).Count == 0, $"nothing of {directory.Path} runs", 60);
    }

    [Test]
    public async Task Postgres_left_behind_by_kill_9_is_taken_over_and_stopped_in_the_end()
    {
        using var directory = new TemporaryDirectory();
        await using var demo = await DemoRun.StartReadyAsync(directory.Path);
        await demo.EventAsync("process.started", _ => true, 120);
        foreach (var program in Processes.Of(directory.Path).Where(p => p.CommandLine.Contains("StreamClips.", StringComparison.Ordinal)))
            Processes.KillAtOnce(program.Pid);
        await Eventually.TrueAsync(() => !Processes.Of(directory.Path).Any(p => p.CommandLine.Contains("StreamClips.", StringComparison.Ordinal)), "ours are gone", 60);
        Assert.That(Processes.Of(directory.Path).Any(p => p.CommandLine.Contains("postgres", StringComparison.Ordinal)), Is.True, "Postgres was left behind");

        await using var again = await DemoRun.StartReadyAsync(directory.Path);
        Assert.That(await again.Api.ListAsync("/streamers"), Has.Count.EqualTo(3));
        Assert.That(await again.StopAsync(), Is.Zero, again.Errors);
        Assert.That(Processes.Of(directory.Path), Is.Empty);
    }

    [Test]
    public async Task A_port_in_use_is_named_with_the_remedy()
    {
        using var directory = new TemporaryDirectory();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        await using var demo = DemoRun.Start(directory.Path, "--port", $"{port}");

        Assert.That(await demo.ExitAsync(60), Is.EqualTo(1));
        Assert.That(demo.Errors, Does.Contain($"port {port} is in use").And.Contain("--port"));
        Assert.That(Processes.Of(directory.Path), Is.Empty);
    }

    [Test]
    public async Task A_directory_that_cannot_be_written_to_is_named_with_the_remedy()
    {
        using var directory = new TemporaryDirectory();
        File.SetUnixFileMode(directory.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        // Root writes everywhere, unless it gives that right (CAP_DAC_OVERRIDE) away.
        string[] command = [.. Environment.IsPrivilegedProcess ? ["setpriv", "--bounding-set=-dac_override"] : Array.Empty<string>(), "dotnet", Programs.Cli, "demo", "--data", directory.Path, "--port", "0", "--for", "20s"];
        using var demo = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, UseShellExecute = false })!;
        var errors = await demo.StandardError.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(120));
        await demo.WaitForExitAsync();

        Assert.That(demo.ExitCode, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("cannot write to the data directory").And.Contain(directory.Path).And.Contain("--data"));
        Assert.That(errors, Does.Not.Contain("   at "), "no stack trace");
    }

    [Test]
    public async Task A_demo_that_saves_no_clip_in_its_time_fails()
    {
        using var directory = new TemporaryDirectory();
        await using var demo = DemoRun.Start(directory.Path, "--port", "0", "--surges", "none", "--for", "1s");
        Assert.That(await demo.ExitAsync(180), Is.EqualTo(1));
        Assert.That(Processes.Of(directory.Path), Is.Empty);
    }

    [Test]
    public async Task Up_is_the_same_without_the_simulated_platform()
    {
        using var directory = new TemporaryDirectory();
        await using var up = DemoRun.StartCommand("up", directory.Path, "--port", "0");
        await up.ReadyAsync();
        await up.EventAsync("node.joined", e => e["node"]!.ToString() == "node-1", 120);

        Assert.That(await up.Api.ListAsync("/streamers"), Is.Empty);
        Assert.That(Processes.Running(directory.Path, "StreamClips.LiveSite.dll"), Is.Empty);
        Assert.That(await up.StopAsync(), Is.Zero, up.Errors);
        Assert.That(Processes.Of(directory.Path), Is.Empty);
    }

    [Test]
    public async Task A_new_user_sees_the_address_the_password_and_soon_a_clip()
    {
        using var directory = new TemporaryDirectory();
        var start = new ProcessStartInfo("setsid", [Path.Combine(Programs.Root, "streamclips"), "demo", "--data", directory.Path, "--port", "0"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var script = Process.Start(start)!;
        var lines = new List<string>();
        // A free machine takes some 55 s from the first line, the build included; where it is built already, some 40 s.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        try
        {
            while (await script.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                lines.Add(line);
                if (line.Contains("clip saved: ", StringComparison.Ordinal)) break;
            }

            Processes.Interrupt(script.Id);
            await script.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        finally
        {
            if (!script.HasExited) foreach (var left in Processes.Of(directory.Path)) Processes.KillAtOnce(left.Pid);
        }

        var said = string.Join('\n', lines);
        Assert.That(said, Does.Match("dashboard +http://127.0.0.1:[0-9]+/").And.Match("sign in +admin / [A-Za-z0-9_=-]{12}"));
        Assert.That(said, Does.Match("alpha +live").And.Match("alpha +process started on node-1").And.Match("surge ×[0-9.]+: [0-9]+ messages"));
        Assert.That(File.Exists(said.Split("clip saved: ")[1].Split(" (")[0]), Is.True);
        Assert.That(script.ExitCode, Is.Zero);
        Assert.That(Processes.Of(directory.Path), Is.Empty);
    }
}
