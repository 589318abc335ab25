using System.Diagnostics;
using StreamClips.Storage.Ssh;
using StreamClips.Testing;

namespace StreamClips.Storage.Tests.Ssh;

/// <summary>Whom the client believes, and what it says of itself.</summary>
public sealed class SshTrustTests
{
    private const string Password = "a 'pass' \"word\" with $signs and `ticks`\\";
    private SshBench _bench = null!;

    [SetUp]
    public async Task StartServer() => _bench = await SshBench.StartAsync();

    [TearDown]
    public async Task StopServer() => await _bench.DisposeAsync();

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_host_key_that_is_not_pinned_is_refused_with_its_fingerprint(bool another)
    {
        string[] pinned = another ? [(await SshPrograms.MakeKeyAsync(_bench.Path("another"))).Key] : [];
        var refused = await _bench.Storage(_bench.Options() with { HostKeys = pinned }).StoreAsync(SshBench.Key(), _bench.Source(10), default);
        Assert.That(refused.Outcome, Is.EqualTo(StoreOutcome.Unavailable));
        Assert.That(refused.Reason, Does.Contain(_bench.Server.Fingerprint).And.Contain("STORAGE_SERVER_HOST_KEY"));
        Assert.That(_bench.Files(), Is.Empty);
        await _bench.Server.EndedAsync();
        Assert.That(_bench.Server.Log, Does.Contain("Connection from").And.Not.Contain("Accepted"));
    }

    [Test]
    public async Task A_wrong_password_is_told_and_not_tried_again_and_again()
    {
        var refused = await _bench.Storage(_bench.Options() with { KeyFile = null, Password = Password }).StoreAsync(SshBench.Key(), _bench.Source(10), default);
        Assert.That(refused.Outcome, Is.EqualTo(StoreOutcome.Unavailable));
        Assert.That(refused.Reason, Does.Contain("STORAGE_SERVER_PASSWORD").And.Not.Contain(Password));
        await _bench.Server.EndedAsync();
        Assert.That(_bench.Server.Log.Split("Failed password").Length - 1, Is.EqualTo(1), _bench.Server.Log);
    }

    [Test]
    public async Task A_key_that_the_server_does_not_know_is_told()
    {
        await SshPrograms.MakeKeyAsync(_bench.Path("stranger"));
        var refused = await _bench.Storage(_bench.Options() with { KeyFile = _bench.Path("stranger") }).StoreAsync(SshBench.Key(), _bench.Source(10), default);
        Assert.That(refused.Reason, Does.Contain("by this key").And.Contain("authorized_keys"));
    }

    [Test]
    public async Task The_right_password_lets_in_and_is_in_no_command_line_and_no_file()
    {
        await File.WriteAllTextAsync(_bench.Path("password"), Password);
        var (key, _) = await SshPrograms.MakeKeyAsync(_bench.Path("foreign_key"));
        var start = new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "foreign", "ssh.js"), _bench.Path("foreign_key"), _bench.Path("password"), SshPrograms.SftpServer])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        };
        using var server = Process.Start(start)!;
        var port = int.Parse((await server.StandardOutput.ReadLineAsync())!);
        var options = _bench.Options() with { Port = port, User = "clips", KeyFile = null, Password = Password, HostKeys = [key] };
        Assert.That(await _bench.Storage(options).StoreAsync(SshBench.Key(), _bench.Source(100_000), default), Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
        Assert.That(CommandLines(), Has.Some.Contains(_bench.WorkDirectory), "the client runs");
        Assert.That(CommandLines(), Has.None.Contains("with $signs"));
        foreach (var file in Directory.GetFiles(_bench.WorkDirectory)) Assert.That(await File.ReadAllTextAsync(file), Does.Not.Contain("with $signs"), file);

        var wrong = await _bench.Storage(options with { Password = Password + "!" }).StoreAsync(SshBench.Key("x/y.mp4"), _bench.Source(10), default);
        Assert.That(wrong.Reason, Does.Contain("by this password"));
        server.StandardInput.Close();
        await server.WaitForExitAsync();
    }

    [Test]
    public async Task A_jump_host_leads_to_the_server_and_its_key_is_pinned_too()
    {
        await using var jump = await SshServer.StartAsync();
        File.Copy(_bench.Server.UserKey + ".pub", Path.Combine(Path.GetDirectoryName(jump.UserKey)!, "authorized_keys"), overwrite: true);
        var options = _bench.Options() with { Jump = new(Environment.UserName, "127.0.0.1", jump.Port, [jump.HostKey]) };
        Assert.That(await _bench.Storage(options).StoreAsync(SshBench.Key(), _bench.Source(100_000), default), Is.EqualTo(new StoreResult(StoreOutcome.Stored)));
        Assert.That(jump.Received, Is.GreaterThan(100_000));

        var wrong = options with { Jump = options.Jump with { HostKeys = [_bench.Server.HostKey] }, WorkDirectory = _bench.Path("wrong") };
        var refused = await _bench.Storage(wrong).StoreAsync(SshBench.Key("x/y.mp4"), _bench.Source(10), default);
        Assert.That(refused.Reason, Does.Contain(jump.Fingerprint).And.Contain("STORAGE_SERVER_JUMP_HOST_KEY"));
    }

    [Test]
    public async Task A_log_in_that_prints_text_is_told()
    {
        await using var talkative = await SshBench.StartAsync(talkative: true);
        var refused = await talkative.Storage().StoreAsync(SshBench.Key(), talkative.Source(10), default);
        Assert.That(refused.Reason, Does.Contain("must be silent"));
    }

    private static List<string> CommandLines()
    {
        var lines = new List<string>();
        foreach (var process in Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
        {
            try
            {
                lines.Add(File.ReadAllText(Path.Combine(process, "cmdline")));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has just ended.
            }
        }

        return lines;
    }
}
