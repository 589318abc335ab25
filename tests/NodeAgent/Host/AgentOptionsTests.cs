using StreamClips.NodeAgent.Host;
using StreamClips.NodeAgent.Workers;
using StreamClips.Shared;
using StreamClips.Shared.Trust;
using StreamClips.Testing;

namespace StreamClips.NodeAgent.Tests.Host;

public sealed class AgentOptionsTests
{
    private TemporaryDirectory _directory = null!;
    private Dictionary<string, string> _environment = null!;

    [SetUp]
    public void MakeEnvironment()
    {
        _directory = new TemporaryDirectory();
        File.WriteAllText(_directory["worker.dll"], "");
        _environment = new()
        {
            ["CONTROL_PLANE_URL"] = "https://127.0.0.1:9000",
            ["INSTANCE_ID"] = "node-1",
            ["NODE_DIRECTORY"] = _directory["node"],
            ["STORAGE_SERVER_PATH"] = _directory["clips"],
            ["CLIP_WORKER"] = _directory["worker.dll"],
        };
    }

    [TearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [Test]
    public void A_whole_environment_gives_options()
    {
        var (options, faults) = AgentOptions.FromEnvironment(_environment);

        Assert.That(faults, Is.Empty);
        Assert.That(options!.Link.Capacity, Is.EqualTo(8));
        Assert.That(options.StopWorkersOnExit, Is.False);
        Assert.That(options.Workers.Directory, Is.EqualTo(Path.Combine(RealPath.Of(_directory.Path), "node/workers")));
    }

    [Test]
    public void The_directory_is_known_by_its_real_path()
    {
        Directory.CreateDirectory(_directory["real"]);
        Directory.CreateSymbolicLink(_directory["link"], _directory["real"]);
        _environment["NODE_DIRECTORY"] = _directory.Path + "//link/x/../node/";

        var (options, faults) = AgentOptions.FromEnvironment(_environment);

        Assert.That(faults, Is.Empty);
        Assert.That(options!.Workers.Directory, Is.EqualTo(Path.Combine(RealPath.Of(_directory["real"]), "node", "workers")));
    }

    [Test]
    public void An_empty_environment_names_every_variable_at_once()
    {
        var (options, faults) = AgentOptions.FromEnvironment(new Dictionary<string, string>());

        Assert.That(options, Is.Null);
        Assert.That(faults.Select(f => f.Split(' ')[0]), Is.EqualTo(_environment.Keys));
    }

    [TestCase("CONTROL_PLANE_URL", "127.0.0.1:9000")]
    [TestCase("CONTROL_PLANE_URL", "ftp://h")]
    [TestCase("CONTROL_PLANE_URL", "http://h:9000")]
    [TestCase("CONTROL_PLANE_URL", "https://user:secret@h")]
    [TestCase("INSTANCE_ID", "Node 1")]
    [TestCase("INSTANCE_ID", "../x")]
    [TestCase("NODE_DIRECTORY", "relative")]
    [TestCase("STORAGE_SERVER_PATH", "relative")]
    [TestCase("CLIP_WORKER", "/no/such/worker")]
    [TestCase("NODE_CAPACITY", "0")]
    [TestCase("NODE_CAPACITY", "many")]
    [TestCase("STOP_WORKERS_ON_EXIT", "perhaps")]
    [TestCase("SPOOL_LIMIT", "much")]
    [TestCase("DISK_FLOOR", "1")]
    [TestCase("NOTIFY_SOCKET", "run/notify")]
    public void A_wrong_value_is_named_with_its_variable(string name, string value)
    {
        _environment[name] = value;

        var (options, faults) = AgentOptions.FromEnvironment(_environment);

        Assert.That(options, Is.Null);
        Assert.That(faults.Single(), Does.StartWith($"{name} is '{value}': "));
    }

    [Test]
    public void Several_addresses_are_read_and_each_faulty_one_is_named()
    {
        _environment["CONTROL_PLANE_URL"] = " https://a.example:9443, https://[::1]:9443,https://b.example ";
        Assert.That(AgentOptions.FromEnvironment(_environment).Options!.Link.ControlPlanes.Select(u => u.ToString()), Is.EqualTo((string[])["https://a.example:9443/", "https://[::1]:9443/", "https://b.example/"]));

        _environment["CONTROL_PLANE_URL"] = "https://a.example,http://b.example,,c.example:1,https://A.example:443/,https://b.example";
        var faults = AgentOptions.FromEnvironment(_environment).Faults;
        Assert.That(faults.Select(f => f.Split(':', 2)[0]), Is.EqualTo((string[])["CONTROL_PLANE_URL holds 'http", "CONTROL_PLANE_URL holds ''", "CONTROL_PLANE_URL holds 'c.example", "CONTROL_PLANE_URL holds 'https"]));
        Assert.That(faults[^1], Is.EqualTo("CONTROL_PLANE_URL holds 'https://A.example:443/' twice: give each address once"));
        foreach (var long_ in (string[])[string.Join(',', Enumerable.Range(0, 17).Select(n => $"https://h{n}")), new('x', 5000)])
        {
            _environment["CONTROL_PLANE_URL"] = long_;
            Assert.That(AgentOptions.FromEnvironment(_environment).Faults.Single(), Does.Contain("give at most"));
        }
    }

    [Test]
    public void Addresses_of_any_letters_are_read_or_named_and_never_thrown_at()
    {
        const string Letters = "https://:@,[]%. a1\u00e9\0?#";
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var text = (random.Next(2) == 0 ? "https://" : "") + string.Concat(Enumerable.Range(0, random.Next(1, 20)).Select(_ => Letters[random.Next(Letters.Length)]));
            var (addresses, faults) = AgentsAddresses.Read("X", text);
            Assert.That(addresses.Count > 0, Is.EqualTo(faults.Count == 0), text);
            Assert.That(addresses, Has.All.Matches<Uri>(a => a.Scheme == "https" && a.Host.Length > 0 && a.UserInfo.Length == 0), text);
        }
    }

    [Test]
    public void A_worker_sees_the_platforms_and_no_secret()
    {
        string[] seen = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "DOTNET_ROOT", "TWITCH_CHAT_URL", "KICK_CHAT_URL", "YOUTUBE_URL", "WORKER_POLL_INTERVAL_MS", "RING_DIRECTORY"];
        string[] hidden = ["JOIN_TOKEN_FILE", "JOIN_TOKEN", "SECRET_KEY", "DATABASE_URL", "STORAGE_SERVER_PASSWORD", "STREAMCLIPS_STOP_WITH_PARENT", "LD_PRELOAD", "TWITCH_CLIENT_ID", "TWITCH_CLIENT_SECRET", "TWITCH_CLIENT_SECRET_FILE", "HTTPS_PROXY", "http_proxy", "NO_PROXY"];

        var allowed = WorkerOptions.Allowed(seen.Concat(hidden).ToDictionary(n => n, _ => "x"), "/node/renditions.lock", "/node/chat-joins", "/node/recording-paused");

        Assert.That(allowed.Keys, Is.EquivalentTo(seen.Append("WORKER_RENDITION_LOCK").Append("WORKER_CHAT_JOINS").Append("WORKER_PAUSE_FILE")));
    }

    [Test]
    public void A_directory_of_another_node_or_in_use_is_refused_with_the_remedy()
    {
        var (first, _) = DirectoryLock.TryTake(_directory["node"], "node-1");
        Assert.That(DirectoryLock.TryTake(_directory["node"], "node-1").Fault, Does.Contain("another agent is using"));
        first!.Dispose();

        Assert.That(DirectoryLock.TryTake(_directory["node"], "node-2").Fault, Does.Contain("belongs to node 'node-1'"));
        var (again, fault) = DirectoryLock.TryTake(_directory["node"], "node-1");
        Assert.That(again, Is.Not.Null, fault);
        again!.Dispose();
    }

    [Test]
    public void A_lock_that_fails_for_the_disk_is_not_laid_to_another_agent()
    {
        Directory.CreateDirectory(_directory["node"]);
        Directory.CreateDirectory(_directory["node/node-id"]);

        Assert.That(DirectoryLock.TryTake(_directory["node"], "node-1").Fault, Does.Contain("cannot be written").And.Not.Contain("another agent"));
    }

    [Test]
    public void A_directory_that_cannot_be_made_is_told()
    {
        File.WriteAllText(_directory["file"], "");
        Assert.That(DirectoryLock.TryTake(_directory["file/node"], "node-1").Fault, Does.Contain("cannot be made"));
    }
}
